"""Every fault of the sandbox × JSON and XML × list and write × applied and not: the right end, in time."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from monitors.gateway.client import Format, Gateway
from monitors.sandbox.faults import FAULTS, NAMES, Moment
from monitors.sandbox.server import SandboxServer

from .calls import FORMATS, end_of, gateway
from .fault_ends import EXPECTED, MEGABYTE, OPTIONS, TOO_BUSY, listing, writing

DEADLINE_SECONDS = 0.5
SLACK_SECONDS = 5.0  # for a busy machine; a call without a deadline takes half a minute or for ever
WRITES = [
    pytest.param(fault, form, applied, id=f"{fault}-{form}-{'applied' if applied else 'not'}")
    for fault in NAMES
    if "create" in FAULTS[fault].tasks
    for form in FORMATS
    for applied in (True, False)
]
numbers = count()

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(key="canary", control_port=None) as running:
        running.store.register(["ann", "bob"])
        running.store.seed(records=[("first", "a@b.example", 5, ("ann",)), ("second", "a@b.example", 7, ())])
        yield running


@pytest.fixture(autouse=True)
def _no_fault_left(server: SandboxServer) -> Iterator[None]:
    yield
    server.clear()


def test_matrix_knows_every_fault():
    assert set(EXPECTED) == set(NAMES)


@pytest.mark.parametrize(("fault", "form", "applied"), WRITES)
def test_write_ends_as_it_must(server, fault, form, applied):
    calls = len(server.calls)

    end, seconds_late = meet(server, fault, form, task="write", applied=applied)

    new_calls = [call for call in server.calls[calls:] if call.task == "create"]
    assert (end and type(end)) in writing(EXPECTED[fault], any(call.applied for call in new_calls))
    assert seconds_late < SLACK_SECONDS
    assert len(new_calls) <= 1


@pytest.mark.parametrize("fault", [name for name in NAMES if "list" in FAULTS[name].tasks])
@pytest.mark.parametrize("form", FORMATS)
def test_list_ends_as_it_must(server, fault, form):
    calls = len(server.calls)

    end, seconds_late = meet(server, fault, form, task="list", applied=True)

    first_calls = 1 if FAULTS[fault].moment is Moment.REUSED else 0
    assert type(end) in listing(fault, form)
    assert seconds_late < SLACK_SECONDS
    assert len(server.calls) - calls - first_calls <= 3


def meet(
    server: SandboxServer,
    fault: str,
    form: Format,
    *,
    task: str,
    applied: bool,
    deadline: float = DEADLINE_SECONDS,
) -> tuple[Any, float]:
    """What the call ended in under the fault, and the seconds beyond its deadline."""
    caller = gateway(server.url, form, key="canary", deadline=deadline, max_list_bytes=MEGABYTE)
    if FAULTS[fault].moment is Moment.REUSED:
        caller.list_records()
    server.fault(fault, task=task, applied=applied, times=0, **OPTIONS.get(fault, {}))
    start = time.monotonic()
    end = end_of(caller.list_records if task == "list" else lambda: create(caller))
    seconds_late = time.monotonic() - start - deadline
    caller.close()
    if TOO_BUSY in str(end) and deadline == DEADLINE_SECONDS:
        server.clear()
        return meet(server, fault, form, task=task, applied=applied, deadline=10)
    return end, seconds_late


def create(caller: Gateway) -> None:
    caller.create(name=f"new {next(numbers)}", email="a@b.example", frequency=1)
