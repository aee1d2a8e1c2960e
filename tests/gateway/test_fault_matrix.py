"""Every fault of the sandbox × JSON and XML × list and write × applied and not: the right end, in time."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from monitors.gateway.client import Format, Gateway
from monitors.gateway.errors import (
    BadCredentials,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnusableList,
)
from monitors.gateway.records import Listing
from monitors.sandbox.faults import FAULTS, NAMES, Moment
from monitors.sandbox.server import SandboxServer

from .calls import FORMATS, end_of, gateway

DEADLINE_SECONDS = 0.5
SLACK_SECONDS = 5.0  # for a busy machine; a call without a deadline takes half a minute or for ever
# The sandbox takes every connection sooner or later, so this end says that the machine had no time for it.
TOO_BUSY = "the connection to SendGrid timed out"
HONEST, NO_ANSWER, UNREADABLE, RACE = "honest", "no answer", "unreadable", "race"
MEGABYTE = 2**20

EXPECTED: dict[str, object] = {
    **dict.fromkeys(
        [
            "close_before_reading",
            "rst_before_reading",
            "close_before_answer",
            "rst_before_answer",
            "close_within_answer",
            "rst_within_answer",
            "hang",
            "hang_within_answer",
            "bad_status_line",
            "not_http",
            "many_headers",
            "huge_header",
            "endless_continue",
            "short_body_with_length",
            "cut_chunks",
            "missing_last_chunk",
            "drip_body",
            "drip_headers",
            "close_idle",
            "rst_idle",
            "late",
        ],
        NO_ANSWER,
    ),
    **dict.fromkeys(
        [
            "short_body_without_length",
            "huge_body",
            "huge_body_chunked",
            "gzip_bomb",
            "gzip_bomb_twice",
            "bad_gzip",
            "cut_gzip",
            "html_200",
            "empty_200",
            "other_format",
            "truncated",
            "garbage",
            "utf16",
            "deep_nesting",
            "huge_number",
            "nan",
            "repeated_keys",
            "entity_bomb",
            "entity_bomb_quadratic",
            "external_entity",
            "external_dtd",
            "success_with_errors",
            "unknown_message",
            "raw",
        ],
        UNREADABLE,
    ),
    **dict.fromkeys(
        [
            "close_after_answer",
            "rst_after_answer",
            "gzipped",
            "wrong_content_type",
            "bom",
            "damaged_shape",
            "delay",
            "stale_list",
            "half_list",
            "empty_list",
        ],
        HONEST,
    ),
    **{f"redirect_{status}": UNREADABLE for status in (301, 302, 303, 307, 308)},
    **{
        f"status_{status}_{body}": UNREADABLE
        for status in (400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504)
        for body in ("html", "nothing")
    },
    **{f"status_{status}_envelope": UNREADABLE for status in (408, 500, 502, 503, 504)},
    **{f"status_{status}_envelope": Refused for status in (400, 404, 409)},
    **{f"status_{status}_envelope": BadCredentials for status in (401, 403)},
    "status_429_envelope": RateLimited,
    **dict.fromkeys(["e1", "e3", "e4", "e4_bare", "e5"], Refused),
    **dict.fromkeys(["e2", "e6", "e8"], BadCredentials),
    "e7": RateLimited,
    "lie": None,
    # The first byte may or may not leave before the connection closes; both ends are true.
    "close_on_connect": RACE,
    "rst_on_connect": RACE,
}
# In XML these are text, or a duplicate field, in one row; the rest of the list is good.
ODD_ROWS_IN_XML = {"huge_number", "nan", "repeated_keys"}
OPTIONS: dict[str, dict[str, object]] = {
    "huge_body": {"size": 20 * MEGABYTE},
    "huge_body_chunked": {"size": 20 * MEGABYTE},
    "gzip_bomb": {"size": 20 * MEGABYTE},
    "gzip_bomb_twice": {"size": 20 * MEGABYTE},
    "delay": {"seconds": 0.05},
}
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


def writing(expected: object, is_applied: bool) -> tuple[object, ...]:
    if expected is HONEST:
        return (None if is_applied else Refused,)
    kinds = {RACE: (OutcomeUnknown, NotSent), NO_ANSWER: (OutcomeUnknown,), UNREADABLE: (OutcomeUnknown,)}
    return kinds.get(str(expected), (expected,))


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


def listing(fault: str, form: Format) -> tuple[object, ...]:
    if fault.startswith("status_429"):
        return (RateLimited,)
    if FAULTS[fault].moment is Moment.REUSED:
        return (Listing,)  # The retry opens a new connection.
    if form is Format.XML and fault in ODD_ROWS_IN_XML:
        return (Listing,)
    expected = EXPECTED[fault]
    kinds = {
        HONEST: (Listing,),
        RACE: (OutcomeUnknown, NotSent),
        NO_ANSWER: (OutcomeUnknown,),
        UNREADABLE: (UnusableList,),
    }
    return kinds.get(str(expected), (expected,))
