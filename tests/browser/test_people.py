"""An administrator lets somebody in and gives them a role, with JavaScript off; the invited person goes on."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import SitDown
from tests.browser.desk import Desk
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PASSWORD = "seven small herons"


def test_somebody_is_invited_comes_in_and_is_given_a_role(
    browser: Browser, product: Product, sit_down: SitDown
) -> None:
    ben = sit_down("ben", java_script_enabled=False)
    ben.open("/people/")
    ben.press("Invite somebody")
    ben.fill({"username": "eve", "first_name": "Eve", "last_name": "Moss"})
    ben.page.get_by_label("Support").check()
    ben.press("Invite")
    link = urlsplit(ben.page.get_by_label("One-time link").input_value()).path

    with Desk(browser.new_context(java_script_enabled=False), product.url) as eve:
        eve.open(link)
        eve.fill({"password": PASSWORD, "again": PASSWORD})
        eve.press("Set the password")
        eve.page.get_by_label("Username").fill("eve")
        eve.page.get_by_label("Password").fill(PASSWORD)
        eve.page.get_by_role("button", name="Sign in", exact=True).click()
        assert eve.open("/customers/") == 200
        assert eve.open("/audit/") == 403
        expect(eve.page.get_by_role("main")).to_contain_text("Ask Ben Okafor")

        ben.press("Go to Eve Moss")
        ben.page.get_by_label("Auditors").check()
        ben.press("Save roles")
        expect(ben.page.get_by_role("main")).to_contain_text(
            "Roles of eve: Auditors, Support instead of Support"
        )

        assert eve.open("/audit/?person=eve") == 200
        expect(eve.page.get_by_role("main")).to_contain_text("Made an invitation for eve")

        ben.page.get_by_role("button", name="Deactivate").click()
        expect(ben.page.get_by_role("main")).to_contain_text("Eve Moss may not sign in any more")
        eve.open("/customers/")
        expect(eve.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
