"""Each page by axe-core, light and dark, wide and narrow; no sideways scrolling on a phone."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, Page, expect

from monitors.sandbox.server import SandboxServer
from tests.browser.conftest import SitDown, Stocked
from tests.browser.desk import SAID, Desk
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

RULES: dict[Literal["light", "dark"], list[str]] = {
    "light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "dark": ["color-contrast"],  # all that a scheme can change
}
WIDTHS, HEIGHT = (1280, 768, 320), 800
# Contrast is most of what axe does. Of rows that are drawn alike, whatever they say, it looks at that of the first.
RUN = """async rules => {
  const look = element => {
    const style = getComputedStyle(element);
    const says = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    return [element.tagName, says, ...DRAWN.map(name => style[name])].join();
  };
  const DRAWN = ["color", "backgroundColor", "backgroundImage", "opacity", "fontSize", "fontWeight", "textShadow",
    "display", "visibility", "position"];
  const drawn = new Map();
  const alike = [...document.querySelectorAll("tbody > tr, li")].filter(row => {
    const looks = [row, ...row.querySelectorAll("*")].map(look).join(";");
    const others = drawn.get(row.parentNode) ?? new Set();
    drawn.set(row.parentNode, others);
    return others.size === others.add(looks).size;
  });
  const violations = async (context, options) =>
    (await axe.run(context, { resultTypes: ["violations"], ...options })).violations;
  const elsewhere = { include: [document], exclude: alike };
  const contrast = await violations(alike.length ? elsewhere : document, { runOnly: ["color-contrast"] });
  if (rules.includes("color-contrast")) return { violations: contrast };
  const others = await violations(document, { runOnly: rules, rules: { "color-contrast": { enabled: false } } });
  return { violations: [...contrast, ...others] };
}"""
PLAIN = (
    "/",
    "/?q=abuse",
    "/?q=nothing-has-this-name",
    "/?filter=no-customers",
    "/customers/?q=blue-",
    "/upstream/",
)
FOUND = ("/search/?q=phishing", "/search/?q=nothing-has-this-name", "/search/", "/records/new/")
WORK = (
    *(
        "/home/",
        "/operations/",
        "/operations/?filter=all",
        "/operations/tickets/",
        "/help/states/",
        "/plans/",
        "/plans/new/",
        "/review/",
        "/keys/",
    ),
    *("/upstream/?each=yes", "/mailboxes/abuse-eu@northmail.example/", "/accounts/security/"),
)


@pytest.fixture(scope="module")
def window(browser: Browser, product: Product, states: dict[str, Any]) -> Iterator[Desk]:
    with Desk(browser.new_context(storage_state=states["ben"]), product.url) as desk:
        yield desk


@pytest.fixture
def ben(window: Desk) -> Iterator[Desk]:
    """In one window for all pages: a new one takes more than to open the page in it."""
    window.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    yield window
    wrong = window.wrong.copy()
    window.wrong.clear()
    assert not wrong


@pytest.mark.parametrize("path", [*PLAIN, *FOUND, *WORK])
def test_a_page_is_accessible_and_fits(ben: Desk, path: str) -> None:
    assert ben.open(path) == 200
    expect_accessible(ben.page)


@pytest.mark.parametrize("part", ["", "edit/", "delete/", "append/", "detach/", "trend/"])
def test_a_page_of_a_record_is_accessible_and_fits(ben: Desk, part: str) -> None:
    ben.open_record("shared-pool-07")
    address = ben.page.url.split("?")[0]
    ben.page.goto(address + part)
    expect_accessible(ben.page)


@pytest.mark.parametrize("part", ["", "append/", "detach/"])
def test_a_page_of_a_customer_is_accessible_and_fits(ben: Desk, product: Product, part: str) -> None:
    [[pk]] = product.rows("SELECT min(customer_id) FROM monitors_attachment")
    assert ben.open(f"/customers/{pk}/{part}") == 200
    expect_accessible(ben.page)


@pytest.mark.parametrize(
    "path",
    [
        *("/audit/", "/audit/1/", "/insight/", "/people/", "/people/invite/", "/people/2/"),
        *("/monitored/?customer=blue-", "/monitored/?from=2026-03-03", "/monitored/print/?customer=blue-"),
        *("/monitored/?from=2026-01-01&customer=blue-", "/monitored/?from=2026-01-01&part=changed"),
        "/mailboxes/phishing@northmail.example/",
        "/mailboxes/phishing@northmail.example/?filter=samples",
        "/mailboxes/phishing@northmail.example/?filter=history",
    ],
)
def test_a_page_for_few_is_accessible_and_fits(ben: Desk, path: str) -> None:
    assert ben.open(path) == 200
    expect_accessible(ben.page)


def test_the_sign_in_page_is_accessible_and_fits_also_when_it_refuses(
    browser: Browser, product: Product
) -> None:
    with Desk(browser.new_context(), product.url) as stranger:
        stranger.open("/")
        expect_accessible(stranger.page)
        stranger.page.get_by_label("Username").fill("ana")
        stranger.page.get_by_label("Password").fill("wrong")
        stranger.page.get_by_role("button", name="Sign in", exact=True).click()
        stranger.page.get_by_role("alert").wait_for()
        expect_accessible(stranger.page)


def test_forms_with_errors_are_accessible_and_fit(ana: Desk) -> None:
    ana.open("/records/new/")
    ana.page.locator("main form").evaluate("form => form.noValidate = true")
    ana.fill({"email": "no address", "frequency": "0"})
    ana.press("Create record")
    ana.summary.wait_for()
    expect_accessible(ana.page)


def test_states_under_way_are_accessible_and_fit(sam: Desk, record: Stocked, withheld: SandboxServer) -> None:
    withheld.fault("close_before_answer", task="detach", applied=True)
    sam.open_record(record.name)
    sam.detach(record.users[0])
    sam.expect_notice("Unknown, checking")
    sam.detach(record.users[1])
    sam.expect_notice("Accepted, confirming")
    expect_accessible(sam.page)
    sam.notice.get_by_role("link", name="Operation").click()
    expect_accessible(sam.page)


@pytest.mark.parametrize("name", ["x" * 255, "\u202eexe.emas", "<b>&amp;</b> 'both' \"kinds\""])
def test_the_oddest_names_are_shown_as_they_are_and_fit(ana: Desk, name: str) -> None:
    ana.open("/records/new/")
    ana.fill({"name": name, "email": "odd@northmail.example", "frequency": "9"})
    ana.press("Create record")
    ana.expect_notice(SAID)

    ana.press("View record")
    expect(ana.page.get_by_role("heading", level=1)).to_have_text(name.replace("\u202e", "U+202E"))
    expect_accessible(ana.page)
    ana.open("/?q=odd@northmail.example")
    expect_accessible(ana.page)


def test_what_opens_on_a_page_is_accessible_and_fits(ana: Desk) -> None:
    ana.open_record("gift-card-scam")
    ana.page.get_by_text("The API call this makes").click()
    ana.page.get_by_label("Your account").press("Enter")
    ana.field("user").press_sequentially("blue-")
    ana.page.get_by_role("option").first.wait_for()
    ana.page.keyboard.press("ArrowDown")
    expect_accessible(ana.page)


def test_error_pages_are_accessible_and_fit(sit_down: SitDown) -> None:
    sam = sit_down("sam")
    assert sam.open("/records/new/") == 403
    expect_accessible(sam.page)
    assert sam.open("/nowhere/") == 404
    expect_accessible(sam.page)


def expect_accessible(page: Page) -> None:
    page.evaluate(AXE_SCRIPT)
    schemes = list(RULES.items())
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        spare = page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth")
        assert spare >= 0, f"{page.url} is {-spare} px too wide at {width} px"
        for scheme, rules in schemes:
            page.emulate_media(color_scheme=scheme)
            results = AxeResults(page.evaluate(RUN, rules))
            assert not results.violations_count, f"{scheme}, {width} px: {results.generate_report()}"
        schemes.reverse()  # the next width begins with the scheme that is there: a change draws everything anew
