"""Find or do anything: one field over everything, by keys alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Stocked
from tests.browser.desk import Desk
from tests.browser.test_accessibility import expect_accessible

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def find(desk: Desk, text: str) -> Locator:
    """Type into the palette; the option that is chosen already."""
    desk.page.keyboard.press("Control+k")
    field = desk.page.get_by_role("combobox", name="Find or do anything")
    expect(field).to_be_focused()
    desk.page.keyboard.type(text)
    expect(desk.page.locator("#found")).not_to_have_attribute("aria-busy", "true")
    return desk.page.locator("#found [aria-selected=true]")


def test_it_finds_customers_with_where_they_are_now(ana: Desk, record: Stocked) -> None:
    ana.open("/plans/")

    chosen = find(ana, record.users[0])

    expect(chosen).to_contain_text(f"on {record.name}")
    field = ana.page.get_by_role("combobox", name="Find or do anything")
    expect(field).to_have_attribute("aria-activedescendant", "option-customers-1")
    expect(ana.page.locator("#found-count")).to_contain_text("result")
    expect_accessible(ana.page)
    ana.page.keyboard.press("Enter")
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text(record.users[0])


def test_what_is_called_just_so_comes_before_what_only_begins_so(ana: Desk, record: Stocked) -> None:
    ana.open("/")

    expect(find(ana, record.name).locator(".what")).to_have_text(record.name)


def test_the_arrows_go_round_and_escape_gives_the_focus_back(ana: Desk) -> None:
    ana.open("/")
    link = ana.page.get_by_role("link", name="New record")
    link.focus()
    find(ana, "abuse-desk")
    first = ana.page.locator("#found [role=option]").first

    ana.page.keyboard.press("ArrowUp")
    expect(ana.page.locator("#found [role=option]").last).to_have_attribute("aria-selected", "true")
    ana.page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    ana.page.keyboard.press("Escape")

    expect(ana.page.locator("#palette")).to_be_hidden()
    expect(link).to_be_focused()


def test_a_customer_is_attached_from_anywhere_in_eight_keys_beyond_the_names(
    sam: Desk, record: Stocked, customer: Callable[[], str]
) -> None:
    username = customer()
    sam.open("/plans/")
    strokes = 0

    def press(key: str) -> None:
        nonlocal strokes
        strokes += 1
        sam.page.keyboard.press(key)

    press("/")
    expect(sam.page.get_by_role("combobox", name="Find or do anything")).to_be_focused()
    sam.page.keyboard.type(username)
    expect(sam.page.locator("#found [aria-selected=true]")).to_contain_text(f"Attach {username} to")
    press("Enter")
    expect(sam.page.get_by_role("combobox", name=f"Record to attach {username} to")).to_be_focused()
    sam.page.keyboard.type(record.name)
    expect(sam.page.locator("#found [aria-selected=true]")).to_contain_text(record.name)
    press("Enter")

    sam.expect_notice("Append", username, record.name)
    assert strokes <= 8


def test_what_was_opened_last_comes_first(ana: Desk, record: Stocked) -> None:
    ana.open_record(record.name)
    ana.open("/plans/")
    ana.page.keyboard.press("/")

    recent = ana.page.get_by_role("group", name="Recent")

    expect(recent.get_by_role("option").first).to_have_text(record.name)
    ana.page.keyboard.press("Enter")
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text(record.name)


def test_operations_are_found_by_their_ticket(
    sam: Desk, record: Stocked, customer: Callable[[], str]
) -> None:
    username = customer()
    sam.open_record(record.name)
    sam.fill({"reason": "PAL-4711"})
    sam.append(username)
    sam.expect_notice("PAL-4711")

    find(sam, "PAL-47")

    option = sam.page.get_by_role("group", name="Operations by number or ticket").get_by_role("option")
    expect(option).to_contain_text(username)
    expect(option).to_contain_text("PAL-4711")


@pytest.mark.parametrize("who", ["ana", "ida"])
def test_it_offers_only_what_somebody_may(who: str, request: pytest.FixtureRequest) -> None:
    desk: Desk = request.getfixturevalue(who)
    desk.open("/")
    find(desk, "new rec")

    expected = 1 if who == "ana" else 0
    expect(desk.page.locator("#found [role=option]", has_text="New record")).to_have_count(expected)


def test_the_bars_box_leads_into_it_with_what_was_typed(ana: Desk) -> None:
    ana.open("/")

    ana.page.locator("#find").click()

    expect(ana.page.get_by_role("combobox", name="Find or do anything")).to_be_focused()
    expect(ana.page.locator("#palette")).to_be_visible()
