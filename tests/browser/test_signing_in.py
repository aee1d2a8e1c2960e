"""Coming in for the first time, and with a second factor: an authenticator app, and a passkey of a virtual device."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk
from tests.browser.test_accessibility import expect_accessible
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PASSWORD = "a long enough one"
INVITE = """
from django.contrib.auth.models import Group, User
from monitors.services.invitations import invite_link
person = User.objects.create_user({name!r})
person.groups.add(Group.objects.get(name="Support"))
print(invite_link(person))
"""


def invited(browser: Browser, product: Product, name: str) -> Desk:
    """A new person, who has chosen a password by the link that they were given; not signed in."""
    link = product.manage("shell", "--verbosity", "0", "--command", INVITE.format(name=name)).split()[-1]
    # A passkey belongs to a host's name; an address has none.
    desk = Desk(browser.new_context(), product.url.replace("127.0.0.1", "localhost"))
    desk.open(link.removeprefix("http://localhost:8000"))
    expect_accessible(desk.page)
    desk.fill({"password": PASSWORD, "again": PASSWORD})
    desk.press("Set the password")
    expect(desk.page.get_by_role("main")).to_contain_text("Your password is set")
    return desk


def type_password(desk: Desk, name: str) -> None:
    desk.open("/accounts/login/")
    desk.fill({"username": name, "password": PASSWORD})
    desk.page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(desk: Desk) -> None:
    desk.page.get_by_label("your account").click()
    desk.page.get_by_role("button", name="Sign out").click()
    expect(desk.page).to_have_url(re.compile("login"))


def test_somebody_adds_an_authenticator_app_and_signs_in_with_its_code(
    browser: Browser, product: Product
) -> None:
    with invited(browser, product, "tom") as tom:
        type_password(tom, "tom")
        tom.open("/accounts/security/")
        expect_accessible(tom.page)
        tom.press("Add an app")
        expect_accessible(tom.page)
        secret = tom.page.locator(".secret").inner_text()
        assert tom.page.locator(".qr").evaluate("image => image.naturalWidth") > 0
        tom.fill({"code": code(secret)})
        tom.press("Add the app")
        expect(tom.page.locator("[data-codes] li")).to_have_count(10)
        expect_accessible(tom.page)
        sign_out(tom)

        type_password(tom, "tom")
        expect(tom.page.get_by_role("heading", name="One more step")).to_be_visible()
        expect_accessible(tom.page)
        tom.fill({"code": "000000"})
        tom.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(tom.summary).to_contain_text("Wrong code")
        tom.fill({"code": code(secret)})
        tom.page.get_by_role("button", name="Sign in", exact=True).click()

        expect(tom.page.get_by_label("your account")).to_be_visible()


def test_somebody_adds_a_passkey_and_signs_in_with_it_alone(browser: Browser, product: Product) -> None:
    with invited(browser, product, "pia") as pia:
        device = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        devtools = pia.context.new_cdp_session(pia.page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": device})
        type_password(pia, "pia")
        pia.open("/accounts/passkeys/add/")
        expect_accessible(pia.page)
        pia.fill({"name": "work laptop"})
        pia.press("Add the passkey")
        expect(pia.page.locator("[data-codes] li")).to_have_count(10)
        sign_out(pia)

        pia.page.get_by_role("button", name="Sign in with a passkey").click()
        expect(pia.page.get_by_label("your account")).to_be_visible()
        sign_out(pia)

        type_password(pia, "pia")
        pia.page.get_by_role("button", name="Use a passkey").click()
        expect(pia.page.get_by_label("your account")).to_be_visible()
        pia.open("/accounts/security/")
        expect(pia.page.locator("[data-factor=passkey]")).to_contain_text("work laptop")
        expect_accessible(pia.page)


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
