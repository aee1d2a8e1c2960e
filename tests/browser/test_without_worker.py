"""A desk whose worker never came: its first list, an outage, held lists, and what breaks altogether."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from monitors.sandbox.seed import believable
from monitors.sandbox.server import SandboxServer
from tests.browser.conftest import SHORT_WAITS
from tests.browser.desk import Desk
from tests.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SitDownThere = Callable[[str], Desk]
LOOK_AGAIN = 20_000  # milliseconds; an open page looks more often


@pytest.fixture
def interval() -> str:
    return "300"


@pytest.fixture
def quiet(static_root: str, product: Product, interval: str) -> Iterator[Product]:
    """Nothing was ever asked of its upstream, and nothing is unless somebody presses a button."""
    overrides = SHORT_WAITS | {"STATIC_ROOT": static_root, "REFRESH_SECONDS": interval}
    with Product(sandbox=SandboxServer(control_port=None), overrides=overrides) as quiet:
        yield quiet


@pytest.fixture
def upstream(quiet: Product) -> SandboxServer:
    """Its sandbox, with a believable list that nobody has asked for."""
    usernames, records = believable()
    quiet.sandbox.store.seed(records, usernames)
    return quiet.sandbox


@pytest.fixture
def sit_down_there(browser: Browser, quiet: Product) -> Iterator[SitDownThere]:
    desks: list[Desk] = []

    def open_desk(username: str) -> Desk:
        desk = Desk(browser.new_context(), quiet.url).sign_in(username)
        desks.append(desk)
        return desk

    yield open_desk
    for desk in desks:
        with desk:
            pass


def test_never_loaded_then_no_answer_then_empty_then_a_first_record(
    quiet: Product, sit_down_there: SitDownThere
) -> None:
    ana = sit_down_there("ana")
    expect(ana.chip).to_have_text("Never loaded")
    expect(ana.banner("worker")).to_contain_text("No worker has been seen yet")
    for path in ("/customers/", "/"):
        ana.open(path)
        expect(empty(ana, "never")).to_contain_text("No list loaded yet")
    assert quiet.sandbox.calls == []

    quiet.sandbox.fault("html_200")
    ana.press("Load the list now")
    expect(ana.chip).to_contain_text("never loaded")
    expect(ana.banner("message")).to_contain_text("SendGrid's list could not be fetched")

    ana.press("Try again")
    expect(ana.banner("message")).to_contain_text("Nothing had changed")
    expect(empty(ana, "none")).to_contain_text("There are no monitor records")
    expect(ana.chip).to_have_attribute("data-freshness", "fresh")

    ana.press("Create the first record")
    ana.fill({"name": "first", "email": "first@northmail.example", "frequency": "10"})
    ana.press("Create record")
    expect(empty(ana, "none")).to_contain_text("No customers on this record")
    ana.open("/customers/")
    expect(empty(ana, "none")).to_contain_text("No customers yet")


def test_refresh_works_from_the_web_process_and_confirms(
    upstream: SandboxServer, sit_down_there: SitDownThere
) -> None:
    sam = sit_down_there("sam")
    sam.press("Load the list now")
    expect(sam.banner("message")).to_contain_text("differences applied")
    sam.open_record("gift-card-scam")
    username = upstream_users(upstream, "gift-card-scam")[0]
    sam.detach(username)
    sam.expect_notice("Accepted, confirming")

    sam.banner("worker").get_by_role("button", name="Refresh").click()

    expect(sam.history).to_contain_text(f"Detached {username} from gift-card-scam")
    expect(sam.history).not_to_contain_text("Accepted, confirming")


@pytest.mark.parametrize("interval", ["0.5"])
def test_a_copy_grows_old_on_an_open_page_and_then_too_old(
    upstream: SandboxServer, sit_down_there: SitDownThere
) -> None:
    sam = sit_down_there("sam")
    sam.page.clock.install()
    sam.open("/")
    sam.press("Load the list now")
    expect(sam.page.get_by_role("main")).to_contain_text("48 records monitor 1,748 customers")

    for state in ("ageing", "old"):
        expect_in_time(sam, state)
        expect(sam.chip).to_contain_text("SendGrid ·")


def test_an_attempt_that_never_left_says_so_and_may_be_repeated(
    upstream: SandboxServer, sit_down_there: SitDownThere
) -> None:
    sam = sit_down_there("sam")
    sam.press("Load the list now")
    sam.open_record("gift-card-scam")
    username = upstream_users(upstream, "gift-card-scam")[0]
    upstream.stop()

    sam.detach(username)
    expect(sam.summary).to_contain_text("Nothing was sent")
    expect(sam.summary).to_have_attribute("data-state", "not_sent")
    expect(sam.page.locator("#problems form")).to_contain_text(username)

    upstream.start()
    sam.detach(username)
    sam.expect_notice("Accepted, confirming", f"Detached {username} from gift-card-scam")
    sam.page.reload()
    expect(sam.history).to_contain_text("Not sent")


def test_a_list_that_would_remove_too_much_waits_for_an_administrator(
    upstream: SandboxServer, sit_down_there: SitDownThere
) -> None:
    ana, ben = sit_down_there("ana"), sit_down_there("ben")
    ben.press("Load the list now")
    upstream.fault("half_list", task="list", times=3)
    ben.open("/upstream/")
    ben.press("Refresh")

    ana.open("/")
    expect(ana.banner("held")).to_contain_text(
        "The desk keeps its current data until an administrator decides"
    )
    expect(ana.page.get_by_role("main")).to_contain_text("48 records monitor")
    ana.press("See what would change")
    expect(ana.page.get_by_role("button", name="Reject the list")).to_have_count(0)

    ben.press("Reject the list")
    expect(ben.banner("message")).to_contain_text("Rejected: the desk keeps its current data")
    expect(ben.page.locator("[data-outcome=rejected]")).to_be_visible()
    ben.press("Refresh")
    ben.press("Accept")
    ben.press("Refresh")

    ben.open("/")
    expect(ben.page.get_by_role("main")).to_contain_text("24 records monitor")
    expect(ben.banner("held")).to_have_count(0)


def test_a_list_with_an_odd_row_is_taken_and_the_anomaly_is_shown(
    upstream: SandboxServer, sit_down_there: SitDownThere
) -> None:
    upstream.store.create(name="anomaly", email="anomaly@northmail.example", frequency=-1)
    ida = sit_down_there("ida")
    ida.open("/upstream/")
    expect(empty(ida, "never")).to_contain_text("No lists yet")

    ida.press("Load the list now")

    expect(ida.page.get_by_role("heading", name="Anomalies in the list")).to_be_visible()
    expect(ida.page.get_by_role("main")).to_contain_text("shown without a frequency")
    ida.open_record("anomaly")
    expect(ida.page.locator("#facts")).to_contain_text("not readable")


def test_a_desk_that_is_broken_says_so_without_asking_its_database(
    quiet: Product, sit_down_there: SitDownThere
) -> None:
    ana = sit_down_there("ana")
    quiet.rows("ALTER TABLE monitors_monitorrecord RENAME TO elsewhere")

    assert ana.open("/") == 503
    expect(ana.page.get_by_role("main")).to_contain_text("The desk's database does not answer")


def expect_in_time(desk: Desk, state: str) -> None:
    """The open page's clock is moved on while the copy grows older."""

    def looks_so() -> bool:
        desk.page.clock.run_for(LOOK_AGAIN)
        return desk.chip.get_attribute("data-freshness") == state

    wait_until(looks_so)


def empty(desk: Desk, kind: str) -> Locator:
    return desk.page.locator(f"[data-empty={kind}]")


def upstream_users(upstream: SandboxServer, record: str) -> tuple[str, ...]:
    return next(users for name, _, _, users in upstream.store.snapshot() if name == record)
