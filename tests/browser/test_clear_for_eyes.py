"""Whose a record is, what its mailbox gets, and what changed: found by clicking."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stocked
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_tag_is_given_found_saved_as_a_view_and_counted_in_the_head(ana: Desk, record: Stocked) -> None:
    tag = f"tag-{record.name}"
    ana.open_record(record.name)
    ana.press("Edit")
    ana.fill({"tags": tag, "description": "For the tests"})
    ana.press("Save changes")
    expect(ana.page.get_by_role("main")).to_contain_text("Saved. Nothing was sent to SendGrid.")

    ana.page.locator("#facts").get_by_role("link", name=tag).click()
    expect(ana.page.locator("#total")).to_contain_text("1 of ")
    ana.page.get_by_text("Save this view").click()
    ana.page.locator(".save-filter [name=name]").fill(f"View of {record.name}")
    ana.page.locator(".save-filter").get_by_role("button", name="Save", exact=True).click()
    ana.open("/")
    ana.page.get_by_role("link", name=f"View of {record.name}").click()
    expect(ana.page.locator("tr[data-record-id]")).to_have_count(1)
    ana.press("Delete view")


def test_the_head_follows_the_search_while_somebody_types(ana: Desk) -> None:
    ana.open("/")
    ana.page.get_by_role("searchbox", name="Search these records").press_sequentially("legal-hold")

    expect(ana.page.locator("#total")).to_contain_text("2 of ")


def test_a_mailbox_leads_to_its_records_and_to_a_chart_that_can_be_read(ana: Desk) -> None:
    ana.open_record("phishing-suspects")
    ana.page.locator("#facts").get_by_role("link", name="phishing@northmail.example").click()
    expect(ana.page.locator("tr[data-record-id]")).to_have_count(4)

    ana.page.get_by_role("link", name="Estimated samples").click()
    expect(ana.page.get_by_role("img", name="Estimated samples")).to_be_visible()
    ana.page.get_by_text("Show numbers").click()
    expect(ana.page.locator("table.numbers")).to_be_visible()


def test_a_record_leads_to_what_changed_on_it(ida: Desk) -> None:
    ida.open_record("phishing-suspects")
    ida.page.get_by_role("link", name="Compare two moments").click()

    expect(ida.page.get_by_role("heading", level=1)).to_have_text("What changed")
    expect(ida.page.locator("tr[data-customer]").first).to_contain_text("phishing-suspects")
    ida.page.get_by_role("link", name="Went").click()
    expect(ida.page.locator("[data-empty=none]")).to_contain_text("Nobody went")
