"""What each role does all day, from the first click to the last, and what a role may not."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from monitors.sandbox.server import SandboxServer
from tests.browser.conftest import EXPECT_TIMEOUT_MS, Stocked
from tests.browser.desk import SAID, Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_an_account_manager_walks_from_a_new_record_to_its_deletion(
    ana: Desk, customer: Callable[[], str]
) -> None:
    first, second = customer(), customer()

    ana.open("/")
    ana.press("New record")
    ana.fill({"name": "walk", "email": "walk@northmail.example", "frequency": "1000", "reason": "ONB-7"})
    ana.press("Create record")
    expect_done(ana, "Created walk, 1 in 1,000 to walk@northmail.example")
    expect(ana.notice).to_contain_text("ONB-7")

    ana.press("View record")
    ana.press("Edit")
    ana.fill({"new_name": "walked", "new_frequency": "50"})
    ana.press("Save changes")
    expect_done(ana, "Changed walk: name from walk to walked, sample from 1 in 1,000 to 1 in 50")
    expect(ana.page.get_by_role("heading", level=1)).to_have_text("walked")
    expect(ana.page.locator("#facts")).to_contain_text("1 in 50 messages")

    ana.append(first)
    ana.expect_notice(SAID, f"Appended {first} to walked")
    ana.append(second)
    expect_done(ana, f"Appended {second} to walked")
    for username in (first, second):
        expect(ana.row(username)).to_contain_text("Ana Keller")
        expect(ana.row(username).locator("[data-state]")).to_have_count(0)
    for username in (first, second):
        ana.open_customer(username)
        expect(ana.row(username)).to_contain_text("walked")
        expect(ana.row(username)).to_contain_text("1 in 50 to walk@northmail.example")

    ana.open_record("walked")
    ana.detach(first)
    ana.expect_notice(SAID, f"Detached {first} from walked")
    expect(ana.row(first)).to_have_count(0)
    ana.press("Delete")
    expect(ana.page.get_by_role("main")).to_contain_text("1 customer is still on walked")
    ana.press("View customers")
    ana.detach(second)
    expect_done(ana, f"Detached {second} from walked")

    ana.press("Delete")
    ana.fill({"name": "walked"})
    ana.press("Delete this record")
    expect_done(ana, "Deleted walked")
    expect(ana.page.get_by_role("link", name="walked", exact=True)).to_have_count(0)
    ana.open("/search/?q=walked")
    ana.page.get_by_role("link", name="walked", exact=True).click()
    expect(ana.page.locator("[data-gone]")).to_contain_text("Ana Keller")


def test_support_appends_and_detaches_but_cannot_create(
    sam: Desk, record: Stocked, customer: Callable[[], str]
) -> None:
    username = customer()

    sam.open("/")
    expect(sam.page.get_by_role("link", name="New record")).to_have_count(0)
    sam.open_record(record.name)
    expect(sam.page.get_by_role("link", name="Edit")).to_have_count(0)
    expect(sam.page.get_by_role("link", name="Delete")).to_have_count(0)
    sam.append(username)
    expect_done(sam, f"Appended {username} to {record.name}")
    sam.detach(username)
    sam.expect_notice(SAID, f"Detached {username} from {record.name}")

    assert sam.open("/records/new/") == 403
    expect(sam.page.get_by_role("main")).to_contain_text("account managers")


def test_a_detachment_can_be_undone_at_once(sam: Desk, record: Stocked, withheld: SandboxServer) -> None:
    username = record.users[0]
    sam.open_record(record.name)
    sam.detach(username)
    sam.expect_notice("Accepted, confirming", SAID, f"Detached {username} from {record.name}")
    expect(sam.row(username)).to_have_count(0)

    sam.press("Undo")
    sam.expect_notice("Accepted, confirming", f"Appended {username} to {record.name}")
    withheld.clear()

    expect(sam.row(username)).to_be_visible()
    # Lists were failing: the next one comes once their pause is over.
    expect(sam.history).to_contain_text("Superseded", timeout=EXPECT_TIMEOUT_MS * 3)


def test_support_appends_and_detaches_on_the_page_of_a_customer(sam: Desk, record: Stocked) -> None:
    username = record.users[0]
    sam.open_customer(username)
    sam.detach(username)
    sam.expect_notice(SAID, f"Detached {username} from {record.name}")
    expect(sam.page.locator("[data-empty=none]")).to_contain_text("Not on any record")

    sam.fill({"name": record.name})
    sam.page.keyboard.press("Escape")
    sam.press("Append")

    sam.expect_notice(SAID, f"Appended {username} to {record.name}")
    expect(sam.row(username)).to_contain_text(record.name)


def test_an_auditor_looks_at_everything_and_touches_nothing(ida: Desk, record: Stocked) -> None:
    ida.open_record(record.name)
    pk = ida.page.locator("[data-record-id]").first.get_attribute("data-record-id")

    expect(ida.row(record.users[0])).to_be_visible()
    expect(ida.page.locator("main button:not([data-copies]):visible")).to_have_count(0)
    for path in ("new", f"{pk}/edit", f"{pk}/delete", f"{pk}/append", f"{pk}/detach"):
        assert ida.open(f"/records/{path}/") == 403, path
        expect(ida.page.get_by_role("main")).to_contain_text("Your role: Auditors")
    assert ida.open("/audit/") == 200


def test_typing_suggests_customers_and_says_where_they_are_now(sam: Desk, record: Stocked) -> None:
    username = record.users[1]
    sam.open_record("unused-template")
    suggestions = sam.page.get_by_role("listbox", name="Suggestions")

    sam.field("user").press_sequentially(username[:-2])
    expect(suggestions.get_by_role("option")).to_contain_text(f"now on {record.name}")
    sam.page.keyboard.press("ArrowDown")
    sam.page.keyboard.press("Enter")

    expect(sam.field("user")).to_have_value(username)
    expect(suggestions).to_be_hidden()


def test_the_api_call_follows_what_is_typed_and_hides_the_key(ana: Desk) -> None:
    ana.open("/records/new/")
    ana.page.get_by_text("The API call this makes").click()

    ana.fill({"name": "O'Neill", "frequency": "7"})

    call = ana.page.get_by_label("API call")
    expect(call).to_contain_text("frequency=7")
    expect(call).to_contain_text("task=create")
    expect(call).to_contain_text("api_key=••••••••")
    assert "demo-key" not in ana.page.content()


def expect_done(desk: Desk, sentence: str) -> None:
    """The page says at once what the upstream said, and later that a list shows it; nobody reloads."""
    desk.expect_notice(sentence, SAID)
    was = desk.page.evaluate("performance.timeOrigin")
    desk.expect_notice("Confirmed", sentence, "the list asked for at")
    assert desk.page.evaluate("performance.timeOrigin") == was
    expect(desk.page.get_by_text("Accepted, confirming")).to_have_count(0)
