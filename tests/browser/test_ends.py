"""For a while and elsewhere, at a real browser, with and without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SitDown
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def ana(request: pytest.FixtureRequest, sit_down: SitDown) -> Desk:
    return sit_down("ana", java_script_enabled=request.param)


def test_an_append_for_a_while_is_extended_and_moved(ana: Desk, customer: Callable[[], str]) -> None:
    username, name = customer(), f"ends-{customer()}"
    ana.create(name)
    ana.look_again_until(f"Created {name}")
    ana.press("View record")
    ana.page.get_by_role("radio", name="4 hours").check()
    ana.append(username)
    ana.look_again_until("Confirmed", f"Appended {username} to {name}")
    row = ana.page.locator(f"tr[data-customer='{username}']")
    expect(row).to_contain_text("in 4 h")

    row.get_by_role("link", name="Extend").click()
    form = ana.page.locator("form", has=ana.page.get_by_role("button", name="Extend 1 customer"))
    form.get_by_role("radio", name="No end").check()
    form.locator("input[name=reason]").fill("ESC-1")
    ana.press("Extend 1 customer")

    expect(ana.page.locator(f"tr[data-customer='{username}']")).to_contain_text("no end")

    ana.open_record("billing-watch")
    ana.append(username)
    expect(ana.page.get_by_role("alert")).to_contain_text(f"{username} is on {name}")
    ana.press(f"Move from {name}")
    ana.look_again_until(f"Appended {username} to billing-watch")
