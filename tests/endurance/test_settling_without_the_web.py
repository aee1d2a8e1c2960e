"""An operation whose process died in mid-call settles: by the worker alone, or by a person's "Check now"."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import requests

from monitors.models import State
from monitors.sandbox.server import SandboxServer
from tests.endurance.ledger import Line, mirror_of, operations, writes
from tests.endurance.truth import upstreams
from tests.endurance.visitor import Visitor
from tests.product import Product, wait_until

MAILBOX = "a@northmail.example"
SHORT_WAITS = {"SENDGRID_DEADLINE": "1", "SENDGRID_READ_TIMEOUT": "1"}
LONG_WAITS = {
    "SENDGRID_DEADLINE": "300",
    "SENDGRID_READ_TIMEOUT": "300",
}  # longer than a web takes to start anywhere
ENDS = pytest.mark.parametrize(
    ("applied", "state"),
    [(True, State.CONFIRMED), (False, State.NOT_APPLIED)],
    ids=["applied", "not applied"],
)


@contextmanager
def desk_with(*, worker: bool, waits: dict[str, str] = SHORT_WAITS) -> Iterator[tuple[Product, Visitor]]:
    sandbox = SandboxServer(control_port=None)
    sandbox.store.seed(records=[("first", MAILBOX, 5, ())], customers=["ann"])
    with (
        Product(sandbox=sandbox, worker=worker, overrides=waits) as desk,
        Visitor(desk.url, "sam") as sam,
    ):
        sam.refresh()
        wait_until(lambda: mirror_of(desk))
        yield desk, sam


def abandon_an_append(desk: Product, sam: Visitor, *, applied: bool, worker: bool = False) -> None:
    """The web dies, and the worker if there is one, while the upstream keeps the call waiting."""
    desk.sandbox.fault("hang", task="append", applied=applied)
    (record,) = desk.rows("SELECT id FROM monitors_monitorrecord")[0]
    path = f"/records/{record}/append/"
    click = threading.Thread(target=lambda: suppressed(lambda: sam.act(path, user="ann", reason="ESC-1")))
    click.start()
    wait_until(lambda: writes(desk))
    if worker:
        desk.kill_worker()
    desk.kill_web()
    click.join()


def suppressed(ask: Callable[[], object]) -> None:
    with suppress(requests.RequestException):
        ask()


def only(desk: Product) -> Line:
    (line,) = operations(desk)
    return line


def events(desk: Product) -> list[tuple[str, bool]]:
    """Of the operation: what happened, and whether a list is named as the evidence."""
    return desk.rows(
        "SELECT kind, refresh_id IS NOT NULL FROM monitors_auditevent WHERE task = 'append' ORDER BY number"
    )


@pytest.mark.slow
def test_the_next_worker_alone_settles_what_a_killed_one_left_behind():
    with desk_with(worker=True) as (desk, sam):
        abandon_an_append(desk, sam, applied=True, worker=True)

        desk.start_worker()

        # It looks for such operations each minute; see tests/product_settings.py.
        wait_until(lambda: only(desk).is_settled)

        assert_it_was_found_out(desk, State.CONFIRMED)


@pytest.mark.slow
@ENDS
def test_worker_that_starts_later_settles_what_was_left_behind(applied, state):
    with desk_with(worker=False) as (desk, sam):
        abandon_an_append(desk, sam, applied=applied)
        wait_until(lambda: only(desk).ended_at < time.time())

        desk.start_worker()

        wait_until(lambda: only(desk).is_settled)
        assert_it_was_found_out(desk, state)


def assert_it_was_found_out(desk: Product, state: State) -> None:
    assert only(desk).state == state
    assert mirror_of(desk) == upstreams(desk.sandbox.store)
    kinds = [(kind, bool(has_list)) for kind, has_list in events(desk) if kind != "list.difference"]
    assert kinds == [
        ("operation.started", False),
        ("operation.abandoned", False),
        ("operation.settled", True),
    ]


@pytest.mark.slow
@ENDS
def test_check_now_settles_it_where_no_worker_is_alive(applied, state):
    with desk_with(worker=False) as (desk, sam):
        abandon_an_append(desk, sam, applied=applied)
        desk.start_web()
        page = f"/operations/{only(desk).uuid}/"
        wait_until(lambda: only(desk).ended_at < time.time())
        sam.refresh()

        assert f'data-state="{state}"' in sam.get(page).text
        assert_it_was_found_out(desk, state)


@pytest.mark.slow
def test_check_now_judges_nothing_while_the_request_may_be_on_its_way():
    with desk_with(worker=False, waits=LONG_WAITS) as (desk, sam):
        abandon_an_append(desk, sam, applied=True)
        desk.start_web()

        sam.refresh()

        assert desk.sandbox.calls[-1].task == "list"
        assert only(desk).state == State.PENDING


@pytest.mark.slow
def test_refresh_whose_process_was_killed_is_made_good_when_its_lease_has_run_out():
    with desk_with(worker=False) as (desk, sam):
        before = mirror_of(desk)
        desk.sandbox.store.edit(name="first", new_frequency=9)
        desk.sandbox.fault("hang", task="list")
        click = threading.Thread(target=lambda: suppressed(sam.refresh))
        click.start()
        wait_until(lambda: desk.sandbox.calls[-1].fault == "hang")
        desk.kill_web()
        click.join()
        desk.start_web()

        called = len(desk.sandbox.calls)
        sam.refresh()
        assert (len(desk.sandbox.calls), mirror_of(desk)) == (called, before)
        desk.database.execute("UPDATE monitors_mirror SET lease_until = CURRENT_TIMESTAMP")
        sam.refresh()

        assert mirror_of(desk) == upstreams(desk.sandbox.store)
        outcomes = [row[0] for row in desk.rows("SELECT outcome FROM monitors_refresh ORDER BY id")]
        assert outcomes[-2:] == ["broken_off", "applied"]
