"""The upstream fails and the desk goes on: banners, a red chip, held lists, and every page still there."""

import pytest
from playwright.sync_api import expect

from monitors.sandbox.server import SandboxServer
from tests.browser.conftest import Stocked
from tests.browser.desk import Desk
from tests.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

A_MINUTE = 60_000  # milliseconds; a page looks again at least as often


@pytest.fixture
def failing(product: Product, sandbox: SandboxServer) -> SandboxServer:
    """No list can be used any more, and the desk has noticed; clear() ends it."""
    sandbox.fault("empty_200", task="list", times=0)
    wait_until(lambda: product.rows("SELECT 1 FROM monitors_mirror WHERE failures > 0"))
    return sandbox


def test_every_page_is_served_while_the_upstream_fails_and_says_how_old_it_is(
    ana: Desk, record: Stocked, failing: SandboxServer
) -> None:
    for path in ("/", "/customers/", f"/?q={record.name}", f"/search/?q={record.name}", "/upstream/"):
        assert ana.open(path) == 200
        expect(ana.chip).to_have_attribute("data-freshness", "failing")
        expect(ana.chip).to_contain_text("No usable list")
        expect(ana.banner("failing")).to_contain_text("This page shows the list of")
    ana.open_record(record.name)
    expect(ana.row(record.users[0])).to_be_visible()


def test_a_page_left_open_learns_of_a_failure_and_of_its_end(
    ana: Desk, product: Product, sandbox: SandboxServer
) -> None:
    ana.page.clock.install()
    ana.open("/")
    expect(ana.chip).to_have_attribute("data-freshness", "fresh")

    sandbox.fault("empty_200", task="list", times=0)
    wait_until(lambda: product.rows("SELECT 1 FROM monitors_mirror WHERE failures > 0"))
    ana.page.clock.run_for(A_MINUTE)
    expect(ana.chip).to_have_attribute("data-freshness", "failing")
    expect(ana.banner("failing")).to_be_visible()

    sandbox.clear()
    sandbox.fault("delay", task="list", applied=True, seconds=2.5)
    ana.press("Try now")
    expect(ana.banner("asked")).to_contain_text("This page shows it as soon as it arrives")
    expect(ana.banner("asked")).to_have_count(0)
    expect(ana.chip).to_have_attribute("data-freshness", "fresh")
    expect(ana.banner("failing")).to_have_count(0)
