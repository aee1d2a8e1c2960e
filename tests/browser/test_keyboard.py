"""The desk without a mouse."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stocked
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

OUTLINE = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== "none";
}"""


def test_the_first_tab_stop_skips_to_the_content(ana: Desk) -> None:
    ana.open("/")
    ana.page.keyboard.press("Tab")
    skip = ana.page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()

    ana.page.keyboard.press("Enter")
    ana.page.keyboard.press("Tab")

    expect(ana.page.get_by_role("link", name="New record")).to_be_focused()


def test_tab_goes_through_the_bar_to_the_first_action_with_a_visible_focus(ana: Desk) -> None:
    ana.open("/")
    passed = []
    for _ in range(12):
        ana.page.keyboard.press("Tab")
        passed.append(ana.page.evaluate("document.activeElement.innerText || document.activeElement.id"))
        assert ana.page.evaluate(OUTLINE), f"no visible focus on {passed[-1]!r}"
        if passed[-1] == "New record":
            break

    assert passed[-1] == "New record", passed
    assert passed.index("Records") < passed.index("find") < passed.index("New record")


def test_slash_opens_the_palette_but_not_out_of_a_field(ana: Desk) -> None:
    ana.open("/records/new/")
    ana.field("name").press("/")
    expect(ana.field("name")).to_have_value("/")

    ana.open("/")
    ana.page.keyboard.press("/")

    find = ana.page.get_by_role("combobox", name="Find or do anything")
    expect(find).to_be_focused()
    expect(find).to_have_value("")
    ana.page.keyboard.type("café")
    expect(ana.page.get_by_role("option").first).to_contain_text("café-österreich")
    ana.page.keyboard.press("Enter")
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("café-österreich")


def test_a_customer_is_appended_and_detached_by_keyboard_alone(sam: Desk, record: Stocked) -> None:
    username = record.users[0]
    sam.open_record("soft-launch")
    sam.field("user").focus()
    sam.page.keyboard.type(username)
    expect(sam.page.get_by_role("option")).to_have_count(1)
    sam.page.keyboard.press("ArrowDown")
    sam.page.keyboard.press("Enter")
    sam.page.keyboard.press("Tab")
    sam.page.keyboard.type("ESC-12")
    sam.page.keyboard.press("Enter")
    sam.page.get_by_role("button", name="Append too").focus()
    sam.page.keyboard.press("Space")
    sam.expect_notice(f"Appended {username} to soft-launch", "ESC-12")

    sam.row(username).get_by_role("button").focus()
    sam.page.keyboard.press("Space")

    sam.expect_notice(f"Detached {username} from soft-launch")


def test_the_account_menu_opens_and_closes_by_keyboard(ana: Desk) -> None:
    ana.open("/")
    menu = ana.page.get_by_label("Your account")
    menu.focus()
    ana.page.keyboard.press("Enter")
    expect(ana.page.get_by_role("button", name="Sign out")).to_be_visible()

    ana.page.keyboard.press("Escape")

    expect(ana.page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(menu).to_be_focused()
