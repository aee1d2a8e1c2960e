"""Keys for rows, forms and pages; they can be switched off."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SitDown, Stocked
from tests.browser.desk import Desk
from tests.browser.test_accessibility import expect_accessible

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_j_and_k_move_and_x_selects_also_a_range(ana: Desk) -> None:
    ana.open("/")
    rows = ana.page.locator("table.list > tbody > tr")
    press = ana.page.keyboard.press

    press("j")
    press("j")
    expect(rows.nth(1)).to_be_focused()
    press("k")
    expect(rows.nth(0)).to_be_focused()
    press("x")
    for _ in range(3):
        press("j")
    press("Shift+X")

    expect(ana.page.locator("input[name=pick]:checked")).to_have_count(4)
    expect(ana.page.locator("[data-picked]")).to_contain_text("4 selected")
    press("Enter")
    expect(ana.page).to_have_url(re.compile(r"/records/\d+/$"))


def test_a_appends_d_detaches_and_e_edits(ana: Desk, record: Stocked) -> None:
    ana.open_record(record.name)
    press = ana.page.keyboard.press

    press("a")
    expect(ana.field("user")).to_be_focused()
    press("e")
    expect(ana.field("user")).to_have_value("e")
    ana.field("user").fill("")
    ana.page.locator("h1").click()
    press("j")
    press("d")
    reason = ana.page.locator(".here").get_by_label("Reason or ticket")
    expect(reason).to_be_focused()
    press("Escape")
    ana.page.evaluate("document.activeElement.blur()")
    press("e")
    expect(ana.page).to_have_url(re.compile("/edit/$"))


@pytest.mark.parametrize(
    ("key", "path"), [("r", "/"), ("c", "/customers/"), ("m", "/monitored/"), ("a", "/audit/")]
)
def test_g_goes(ben: Desk, key: str, path: str) -> None:
    ben.open("/plans/")

    ben.page.keyboard.press("g")
    ben.page.keyboard.press(key)

    expect(ben.page).to_have_url(ben.url.rstrip("/") + path)


def test_whoever_may_not_open_a_page_is_told_so(sam: Desk) -> None:
    sam.open("/plans/")

    sam.page.keyboard.press("g")
    sam.page.keyboard.press("a")

    expect(sam.page.locator("#said")).to_have_text("Your role does not open this page.")


def test_a_question_mark_shows_them_and_they_can_be_switched_off_for_good(sit_down: SitDown) -> None:
    ana = sit_down("ana")
    ana.open("/")
    ana.page.keyboard.press("?")
    keys = ana.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_contain_text("select the row")
    expect_accessible(ana.page)

    keys.get_by_label("Use these keys in this browser").uncheck()
    ana.page.keyboard.press("Escape")
    ana.page.reload()
    for key in ("/", "?", "j"):
        ana.page.keyboard.press(key)

    expect(ana.page.locator("dialog[open]")).to_have_count(0)
    expect(ana.page.locator("tr:focus")).to_have_count(0)
    ana.page.keyboard.press("Control+k")
    expect(ana.page.locator("#palette")).to_be_visible()
    ana.page.keyboard.press("Escape")
    ana.page.get_by_label("Your account").click()
    ana.page.get_by_role("link", name="Keyboard shortcuts").click()
    keys.get_by_label("Use these keys in this browser").check()
    ana.page.keyboard.press("Escape")
    ana.page.keyboard.press("j")
    expect(ana.page.locator("tr:focus")).to_have_count(1)


def test_without_scripts_the_keys_are_a_page(sit_down: SitDown) -> None:
    ana = sit_down("ana", java_script_enabled=False)

    ana.open("/keys/")

    expect(ana.page.get_by_role("main")).to_contain_text("select the row")
    expect(ana.page.get_by_label("Use these keys in this browser")).to_be_hidden()


def test_names_mailboxes_and_the_link_to_this_moment_are_copied(sit_down: SitDown, record: Stocked) -> None:
    ben = sit_down("ben", permissions=["clipboard-read", "clipboard-write"])
    ben.open_record(record.name)

    def copied(what: str) -> str:
        ben.page.get_by_role("button", name=what).click()
        expect(ben.page.locator("#said")).to_have_text("Copied.")
        return str(ben.page.evaluate("navigator.clipboard.readText()"))

    assert copied("Copy the name") == record.name
    assert copied("Copy the mailbox") == record.email
    ben.page.get_by_text("The API call this makes").click()
    assert "curl" in copied("Copy the command")
    ben.open("/monitored/")
    assert re.fullmatch(rf"{re.escape(ben.url)}monitored/\?at=.+", copied("Copy link to this moment"))
