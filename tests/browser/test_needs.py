"""What needs somebody, in a browser: found at Home, tried again or dismissed, and a check that counts down."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from monitors.sandbox.server import SandboxServer
from tests.browser.conftest import SitDown, Stocked
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def need(desk: Desk, title: str) -> Locator:
    return desk.page.locator("[data-need=operations] li", has_text=title)


def test_what_was_refused_waits_at_home_until_it_is_dismissed(sam: Desk, record: Stocked) -> None:
    title = f"Append nobody-such to {record.name}"
    sam.open_record(record.name)
    sam.append("nobody-such")
    sam.expect_notice("Refused")
    sam.open("/home/")

    expect(need(sam, title)).to_contain_text("SendGrid said “User not found”")
    number = sam.page.locator("#needing .badge")
    before = int(re.sub(r"\D", "", number.inner_text()))

    need(sam, title).get_by_role("link", name="Try again").click()
    expect(sam.page.get_by_role("main").get_by_label("Customer")).to_have_value("nobody-such")

    sam.open("/home/")
    need(sam, title).get_by_role("button", name="Dismiss").click()
    expect(need(sam, title)).to_have_count(0)
    if before > 1:
        expect(number).to_contain_text(str(before - 1))
    else:
        expect(number).to_have_count(0)


def test_a_check_is_there_once_a_list_can_tell(
    sam: Desk, record: Stocked, sandbox: SandboxServer, customer: Callable[[], str]
) -> None:
    username = customer()
    sandbox.fault("close_before_answer", task="append", applied=False)
    sandbox.fault("empty_200", task="list", times=0)
    sam.open_record(record.name)
    sam.append(username)
    sam.expect_notice("Unknown, checking")
    sam.open("/home/")
    row = need(sam, f"Append {username} to {record.name}")

    check = row.get_by_role("button", name=re.compile("^Check"))
    expect(check).to_be_disabled()
    expect(check).to_have_text(re.compile(r"Check in \d+ s"))
    expect(check).to_have_text("Check now")
    expect(check).to_be_enabled()


def test_without_javascript_the_check_says_from_when(
    sit_down: SitDown, record: Stocked, sandbox: SandboxServer, customer: Callable[[], str]
) -> None:
    sam, username = sit_down("sam", java_script_enabled=False), customer()
    sandbox.fault("close_before_answer", task="append", applied=False)
    sandbox.fault("empty_200", task="list", times=0)
    sam.open_record(record.name)
    sam.append(username)
    sam.look_again_until("Unknown, checking")
    sam.open("/home/")
    row = need(sam, f"Append {username} to {record.name}")

    while row.get_by_role("button", name="Check from").count():
        expect(row.get_by_role("button", name="Check from")).to_be_disabled()
        sam.page.wait_for_timeout(200)
        sam.page.reload()
    expect(row.get_by_role("button", name="Check now")).to_be_enabled()


def test_a_chip_leads_to_what_its_state_means(sam: Desk, record: Stocked) -> None:
    sam.open_record(record.name)
    sam.append("nobody-such")
    sam.expect_notice("Refused")
    sam.open("/operations/")

    sam.page.locator("tr[data-state=refused] a.chip").first.click()

    expect(sam.page).to_have_url(re.compile(r"/help/states/#refused$"))
    expect(sam.page.locator("tr:target")).to_contain_text("SendGrid said no")
