"""What a person sees who went astray, and how they come back."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_stranger_is_sent_to_the_sign_in_page_and_back_to_where_they_wanted(
    browser: Browser, product: Product
) -> None:
    with Desk(browser.new_context(), product.url) as stranger:
        stranger.open("/customers/?q=blue")
        stranger.page.get_by_label("Username").fill("sam")
        stranger.page.get_by_label("Password").fill("wrong")
        stranger.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(stranger.page.get_by_role("alert")).to_contain_text("Wrong name or password")

        stranger.page.get_by_label("Password").fill("demo")
        stranger.page.get_by_role("button", name="Sign in", exact=True).click()

        expect(stranger.page).to_have_url(product.url + "customers/?q=blue")
        stranger.page.get_by_label("Your account").click()
        stranger.page.get_by_role("button", name="Sign out").click()
        expect(stranger.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        stranger.open("/")
        expect(stranger.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_an_address_that_leads_nowhere_says_how_to_go_on(ana: Desk) -> None:
    assert ana.open("/records/999999/") == 404
    expect(ana.page.get_by_role("main")).to_contain_text("Page not found")
    ana.press("Go to records")
    expect(ana.page.get_by_role("heading", level=1)).to_have_text("Records")


def test_a_role_that_may_not_is_told_who_may(sam: Desk) -> None:
    assert sam.open("/audit/") == 403
    expect(sam.page.get_by_role("main")).to_contain_text("Your role: Support")
    expect(sam.page.get_by_role("main")).to_contain_text("Only auditors and administrators may do this.")


def test_a_page_whose_session_has_ended_leads_to_the_sign_in_page(ana: Desk) -> None:
    ana.open("/customers/")
    ana.context.clear_cookies()

    ana.page.get_by_role("searchbox", name="Search these customers").press_sequentially("blue")

    expect(ana.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_a_form_that_lost_its_cookie_is_not_sent(ana: Desk) -> None:
    ana.open("/records/new/")
    ana.fill({"name": "no-cookie", "email": "a@northmail.example", "frequency": "1"})
    ana.context.clear_cookies(name="csrftoken")

    ana.press("Create record")

    expect(ana.page.get_by_role("main")).to_contain_text("This form has expired")
    expect(ana.page.get_by_role("main")).to_contain_text("Nothing was sent")


def test_a_request_that_cannot_be_read_is_refused_in_words(ana: Desk) -> None:
    ana.open("/records/new/")
    ana.fill({"name": "many", "email": "a@northmail.example", "frequency": "1"})
    ana.page.locator("main form").evaluate(
        "form => form.insertAdjacentHTML('beforeend', '<input type=hidden name=n value=1>'.repeat(1100))"
    )

    ana.press("Create record")

    expect(ana.page.get_by_role("main")).to_contain_text("This request could not be read")
