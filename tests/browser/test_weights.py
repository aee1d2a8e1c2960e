"""What a page weighs on the wire, and how many requests it takes: counts, so that the same holds on any machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.browser.conftest import SitDown
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

KB = 1000
FIRST_VISIT, MAX_REQUESTS, LATER_PAGE = 45 * KB, 7, 8 * KB
LATER = ("/", "/customers/", "/plans/", "/review/", "/monitored/", "/audit/", "/upstream/")


@contextmanager
def weighed(desk: Desk) -> Iterator[dict[str, int]]:
    """Grows by each address that the page asks the network for, as bytes on the wire with their headers."""
    addresses: dict[str, str] = {}
    weights: dict[str, int] = {}
    wire = desk.context.new_cdp_session(desk.page)
    wire.send("Network.enable")

    def begin(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"].removeprefix(desk.url)

    def end(event: dict[str, Any]) -> None:
        size = int(event["encodedDataLength"])
        if size and event["requestId"] in addresses:
            weights[addresses[event["requestId"]]] = size

    wire.on("Network.requestWillBeSent", begin)
    wire.on("Network.loadingFinished", end)
    yield weights
    wire.detach()


def load(desk: Desk, path: str) -> None:
    desk.open(path)
    desk.page.wait_for_load_state("networkidle")


def test_a_first_visit_to_records_is_light(ben: Desk) -> None:
    with weighed(ben) as weights:
        load(ben, "/")

    assert sum(weights.values()) <= FIRST_VISIT, weights
    assert len(weights) <= MAX_REQUESTS, weights


def test_later_pages_bring_only_themselves(ben: Desk) -> None:
    load(ben, "/")
    for path in LATER:
        with weighed(ben) as weights:
            load(ben, path)
        assert sum(weights.values()) <= LATER_PAGE, (path, weights)


def test_a_person_without_scripts_gets_the_same_look_for_less(sit_down: SitDown) -> None:
    sam = sit_down("sam", java_script_enabled=False)
    with weighed(sam) as weights:
        load(sam, "/")

    assert sum(weights.values()) <= FIRST_VISIT / 2, weights
