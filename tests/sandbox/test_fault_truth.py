"""Faults of the truth, and what every fault does to the state, the log and the next call."""

from select import select
from threading import Event
from time import monotonic
from typing import Any

import pytest

from monitors.sandbox.answers import Answer
from monitors.sandbox.faults import FAULTS, NAMES, Moment
from monitors.sandbox.rendering import Format
from monitors.sandbox.server import SandboxServer
from monitors.sandbox.service import Service
from tests.sandbox.raw import CREDENTIALS, answer_to, connect, receive, request, wait_until

SUCCESS = b'{"message":"success"}'
REFUSED = b'{"message":"error","errors":["The request could not be completed"]}'
# These ignore `applied`.
APPLIED_IN_ANY_CASE = {"lie": False, "delay": True, "late": False}
QUICK: dict[str, dict[str, Any]] = {
    "delay": {"seconds": 0.0},
    "huge_body": {"size": 1000},
    "huge_body_chunked": {"size": 1000},
}
ON_WRITES = [
    name for name in NAMES if "edit" in FAULTS[name].tasks and FAULTS[name].moment is not Moment.CONNECT
]


@pytest.mark.parametrize("extension", ["json", "xml"])
@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize("name", ON_WRITES)
def test_write_is_applied_exactly_when_the_fault_says_so_and_the_log_agrees(
    server: SandboxServer, name: str, applied: bool, extension: str
) -> None:
    server.fault(name, task="write", applied=applied, **QUICK.get(name, {}))
    edit = request(
        CREDENTIALS | {"task": "edit", "name": "samples", "new_frequency": "7"}, extension=extension
    )

    with connect(server) as connection:
        if FAULTS[name].moment is Moment.REUSED:
            connection.sendall(request(CREDENTIALS | {"task": "list"}))
            receive(connection, timeout_seconds=5, max_bytes=1)
        connection.sendall(edit)
        wait_until(lambda: [call for call in server.calls if call.task == "edit"])
        receive(connection, timeout_seconds=0.05, max_bytes=1)

    call = server.calls[-1]
    expected = APPLIED_IN_ANY_CASE.get(name, applied)
    assert (call.task, call.fault, call.applied) == ("edit", name, expected)
    assert server.store.snapshot()[0][2] == (7 if expected else 1000)
    assert server.faults == ()
    assert answer_to(server, "edit", name="samples") == SUCCESS


@pytest.mark.parametrize("name", ["wrong_content_type", "close_after_answer"])
def test_readable_answer_says_whether_the_write_was_applied(server: SandboxServer, name: str) -> None:
    server.fault(name, applied=False)
    server.fault(name, applied=True)

    assert answer_to(server, "edit", name="samples", new_frequency="7") == REFUSED
    assert answer_to(server, "edit", name="samples", new_frequency="7") == SUCCESS


def test_write_that_breaks_a_rule_is_refused_in_the_usual_words(server: SandboxServer) -> None:
    server.fault("wrong_content_type", applied=True, times=2)

    assert (
        answer_to(server, "delete", name="nobody")
        == b'{"message":"error","errors":["Monitor record not found"]}'
    )
    assert not server.calls[-1].applied


def test_lie_says_success_and_does_nothing(server: SandboxServer) -> None:
    server.fault("lie", applied=True)

    assert answer_to(server, "delete", name="samples") == SUCCESS
    assert len(server.store.snapshot()) == 1


def test_stale_list_is_the_list_as_it_was_when_the_fault_was_armed(server: SandboxServer) -> None:
    before = {extension: answer_to(server, "list", extension=extension) for extension in ("json", "xml")}
    server.fault("stale_list", times=2)

    server.store.delete(name="samples")

    assert {
        extension: answer_to(server, "list", extension=extension) for extension in ("json", "xml")
    } == before
    assert answer_to(server, "list") == b"[]"


def test_half_and_empty_lists_leave_records_out(server: SandboxServer) -> None:
    server.store.create(name="second", email="a@example.com", frequency=1)
    server.fault("half_list")
    server.fault("empty_list")

    half, empty = answer_to(server, "list"), answer_to(server, "list")

    assert b"samples" in half
    assert b"second" not in half
    assert empty == b"[]"


def test_delay_sends_the_real_answer_late(server: SandboxServer) -> None:
    server.fault("delay", seconds=0.2)

    started = monotonic()

    assert answer_to(server, "delete", name="samples") == SUCCESS
    assert monotonic() - started >= 0.2


@pytest.mark.parametrize("applied", [True, False])
def test_delay_carries_out_the_write_even_if_the_client_has_left(
    server: SandboxServer, applied: bool
) -> None:
    server.fault("delay", seconds=1, applied=applied)

    with connect(server) as connection:
        connection.sendall(request(CREDENTIALS | {"task": "delete", "name": "samples"}))
        wait_until(lambda: server.calls)
        if applied:
            wait_until(lambda: not server.store.snapshot())
            assert not select([connection], [], [], 0)[0]  # before the answer
        else:
            assert server.store.snapshot()

    wait_until(lambda: not server.store.snapshot())


@pytest.fixture
def a_list_was_read(monkeypatch: pytest.MonkeyPatch) -> Event:
    read, listing = Event(), Service.listing

    def list_and_tell(service: Service, format_: Format) -> Answer:
        answer = listing(service, format_)
        read.set()
        return answer

    monkeypatch.setattr(Service, "listing", list_and_tell)
    return read


def test_delayed_list_shows_the_state_before_a_change_during_the_delay(
    server: SandboxServer, a_list_was_read: Event
) -> None:
    server.fault("delay", task="list", seconds=1, applied=True)

    with connect(server) as connection:
        connection.sendall(request(CREDENTIALS | {"task": "list"}, headers=("Connection: close",)))
        assert a_list_was_read.wait(10)
        server.store.delete(name="samples")

        assert b"samples" in receive(connection, timeout_seconds=5).body
