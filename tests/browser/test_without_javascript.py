"""The essentials of the walk with JavaScript off: plain forms and links."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from monitors.sandbox.server import SandboxServer
from tests.browser.conftest import SitDown, Stocked
from tests.browser.desk import SAID, Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def ana(sit_down: SitDown) -> Desk:
    return sit_down("ana", java_script_enabled=False)


def test_create_edit_append_detach_and_delete_work(ana: Desk, customer: Callable[[], str]) -> None:
    username = customer()
    ana.create("plain")
    ana.look_again_until(SAID, "Created plain")

    ana.press("View record")
    ana.press("Edit")
    ana.fill({"new_frequency": "7"})
    ana.press("Save changes")
    ana.look_again_until("sample from 1 in 100 to 1 in 7")

    ana.fill({"user": username})
    ana.press("Append")
    ana.look_again_until(f"Appended {username} to plain")
    ana.page.get_by_text("The API call this makes").click()
    expect(ana.page.get_by_label("API call")).to_contain_text("task=append")

    ana.press("Delete")
    expect(ana.page.get_by_role("main")).to_contain_text("1 customer is still on plain")
    ana.press("View customers")
    ana.detach(username)
    ana.look_again_until(f"Detached {username} from plain")

    ana.press("Delete")
    ana.fill({"name": "plain"})
    ana.press("Delete this record")
    ana.look_again_until("Deleted plain")
    ana.notice.get_by_role("link", name="Operation").click()
    ana.expect_notice("Deleted plain")


def test_search_sort_pages_and_account_work(ana: Desk) -> None:
    ana.open("/")
    ana.page.get_by_role("link", name="Mailbox").click()
    expect(ana.page.locator("tbody tr").first).to_contain_text("abuse-eu@northmail.example")

    find = ana.page.get_by_role("searchbox", name="Find a customer or record")
    find.fill("phishing-suspects")
    find.press("Enter")  # one exact hit opens
    expect(ana.page.get_by_role("heading", level=1)).to_have_text("phishing-suspects")

    ana.open("/customers/")
    expect(ana.page.get_by_text("1–50 of")).to_be_visible()
    ana.page.get_by_role("link", name="Next").click()
    expect(ana.page.get_by_text("51–100 of")).to_be_visible()

    ana.page.get_by_label("Your account").click()
    expect(ana.page.get_by_role("button", name="Sign out")).to_be_visible()


def test_an_unknown_outcome_is_shown_and_can_be_checked(
    ana: Desk, record: Stocked, sandbox: SandboxServer
) -> None:
    sandbox.fault("close_before_answer", task="detach", applied=True)
    ana.open_record(record.name)

    ana.detach(record.users[0])

    ana.look_again_until("Unknown, checking", f"Detach {record.users[0]} from {record.name}")
    expect(ana.page.get_by_role("button", name="Check from")).to_be_disabled()
    while not ana.page.get_by_role("button", name="Check now").count():
        ana.page.wait_for_timeout(200)
        ana.page.reload()
    ana.press("Check now")
    ana.expect_notice(f"Detach {record.users[0]} from {record.name}")
    expect(ana.banner("asked")).to_contain_text("A new list was requested")
