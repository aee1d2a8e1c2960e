"""Web and worker write down the settings they start with, as real processes, and no password is anywhere."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.gateway.tls import CERTIFICATE
from tests.product import Product, wait_until

PASSWORD = "s3cret-of-the-proxy"
WATCHED = {
    "SENDGRID_PROXY": f"http://agent:{PASSWORD}@127.0.0.1:9",
    "SENDGRID_CA_BUNDLE": str(CERTIFICATE),
}

pytestmark = pytest.mark.slow


@pytest.fixture
def desk() -> Iterator[Product]:
    """Nothing runs yet, and no list is due: a refresh would write the settings down too."""
    with Product(workers=0, overrides=WATCHED) as product:
        # Within the interval: a moment further ahead would count as one from before a clock was set back.
        due_at = datetime.now(UTC) + timedelta(seconds=250)
        product.database.execute(f"UPDATE monitors_mirror SET due_at = '{due_at:%Y-%m-%d %H:%M:%S}+00:00'")
        yield product


def noted(desk: Product) -> list[dict[str, Any]]:
    rows = desk.rows(
        "SELECT details FROM monitors_auditevent WHERE kind = 'settings_changed' ORDER BY number"
    )
    return [json.loads(details) if isinstance(details, str) else details for (details,) in rows]


@pytest.mark.parametrize("process", ["web", "worker"])
def test_process_notes_its_settings_when_it_starts(desk: Product, process: str) -> None:
    start = {"web": desk.start_web, "worker": desk.start_worker}[process]

    start()

    (event,) = wait_until(lambda: noted(desk))
    assert event["process"] == process
    assert event["now"]["SENDGRID_PROXY"] == "http://127.0.0.1:9"
    assert event["now"]["SENDGRID_CA_BUNDLE"] == WATCHED["SENDGRID_CA_BUNDLE"]
    assert {"SENDGRID_PROXY", "SENDGRID_CA_BUNDLE"} <= set(event["changed"])
    assert desk.rows("SELECT 1 FROM monitors_refresh") == []
    assert PASSWORD not in str(desk.rows("SELECT * FROM monitors_auditevent")) + desk.log_text()


def test_the_other_process_notes_that_nothing_is_new(desk: Product) -> None:
    desk.start_web()
    wait_until(lambda: noted(desk))

    desk.start_worker()

    (_, event) = wait_until(lambda: noted(desk) if len(noted(desk)) > 1 else None)
    assert (event["process"], event["host"], event["changed"]) == ("worker", socket.gethostname(), [])
