"""Finding one record or customer among many."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stocked
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_typing_narrows_the_list_in_place_and_the_address_keeps_it(ana: Desk) -> None:
    ana.open("/")
    began = ana.page.evaluate("performance.timeOrigin")

    ana.page.get_by_role("searchbox", name="Search these records").press_sequentially("legal-hold")

    expect(ana.page.locator("tr[data-record-id]")).to_have_count(2)
    expect(ana.page).to_have_url(re.compile(r"[?&]q=legal-hold"))
    assert ana.page.evaluate("performance.timeOrigin") == began
    ana.page.reload()
    expect(ana.page.locator("tr[data-record-id]")).to_have_count(2)


def test_a_filter_and_a_sort_keep_each_other(ana: Desk) -> None:
    ana.open("/")
    ana.press("No customers")
    ana.page.get_by_role("link", name="Sample").click()

    expect(ana.page.get_by_role("columnheader", name="Sample")).to_have_attribute("aria-sort", "ascending")
    expect(ana.page.locator("tr[data-record-id]").first).to_contain_text("1 in 1")
    expect(ana.page).to_have_url(re.compile("filter=no-customers"))
    for row in ana.page.locator("tr[data-record-id]").all():
        expect(row.locator("[data-label=Customers]")).to_have_text("0")


def test_no_match_says_so_and_leads_back(ana: Desk, record: Stocked) -> None:
    for path, words, way_back in (
        ("/?q=nothing-like-it", "No matching records", "Show all records"),
        ("/customers/?q=nothing-like-it", "No matching customers", "Show all customers"),
        ("/search/?q=nothing-like-it", "No results", "Go to records"),
    ):
        ana.open(path)
        expect(ana.page.locator("[data-empty=no-match]")).to_contain_text(words)
        ana.press(way_back)
        expect(ana.page.locator("tbody tr").nth(10)).to_be_visible()

    ana.open_record("phishing-suspects")
    ana.page.get_by_role("searchbox", name="Search these customers").fill("nothing-like-it")
    expect(ana.page.locator("[data-empty=no-match]")).to_contain_text(
        "None of the 41 customers on this record"
    )


def test_the_bar_finds_customers_and_records_together(ana: Desk, record: Stocked) -> None:
    ana.open("/upstream/")
    ana.page.keyboard.press("/")
    ana.page.keyboard.type(record.name)

    found = ana.page.locator("#found")
    expect(found.get_by_role("option").filter(has_text=record.users[0]).first).to_be_visible()
    expect(found.locator("[aria-selected=true]")).to_contain_text(record.name)
    ana.page.keyboard.press("Enter")
    expect(ana.page.get_by_role("heading", level=1)).to_have_text(record.name)


def test_a_column_that_says_nothing_is_not_shown(ana: Desk, record: Stocked) -> None:
    ana.open(f"/?q={record.name}")
    head, cell = ana.page.locator("th.c-state"), ana.page.locator("td.c-state")

    expect(head).to_be_hidden()
    expect(cell).to_be_hidden()

    cell.evaluate("cell => { cell.innerHTML = '<span class=chip>Sending</span>' }")
    expect(head).to_be_visible()
    expect(cell).to_be_visible()
