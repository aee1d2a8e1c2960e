"""Start, stop, outages and threads."""

import threading
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest

from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import (
    CREDENTIALS,
    PATH,
    answer_to,
    call_keep_alive,
    connect,
    receive,
    request,
    wait_until,
)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


def test_address_is_that_of_the_documents_door() -> None:
    with SandboxServer() as server:
        assert server.url == f"http://127.0.0.1:{server.port}{PATH}"
        assert server.control_url is not None
        assert server.control_url.startswith("http://127.0.0.1:")


def test_without_a_control_port_there_is_no_control_endpoint(server: SandboxServer) -> None:
    assert server.control_url is None


def test_after_an_outage_it_is_at_the_same_address_with_the_same_state() -> None:
    server = SandboxServer(control_port=None).start()
    server.store.create(name="samples", email="a@example.com", frequency=1)
    url = server.url

    server.stop()
    with pytest.raises(ConnectionRefusedError):
        connect(server)
    server.start()

    assert server.url == url
    assert b"samples" in answer_to(server, "list")
    server.close()


def test_stopping_twice_is_stopping_once() -> None:
    with SandboxServer() as server:
        server.stop()


@pytest.mark.parametrize(
    "fault", ["hang", "drip_body", "drip_headers", "endless_continue", "huge_body", "delay"]
)
def test_stop_does_not_wait_for_a_slow_exchange(fault: str) -> None:
    with SandboxServer(control_port=None) as server:
        options: dict[str, Any] = {"seconds": 60} if fault == "delay" else {}
        server.fault(fault, **options)
        connection = connect(server)
        connection.sendall(request(CREDENTIALS | {"task": "list"}))
        receive(connection, timeout_seconds=0.05, max_bytes=1)

        started = monotonic()

    assert monotonic() - started < 10  # each of them goes on for half a minute or for ever
    connection.close()


def test_a_client_that_leaves_frees_its_thread() -> None:
    with SandboxServer(control_port=None) as server:
        server.fault("hang")
        call_keep_alive(server, "list", timeout_seconds=0.05)

        wait_until(lambda: all(thread.name != "sandbox-connection" for thread in threading.enumerate()))


def test_one_connection_serves_many_requests(server: SandboxServer) -> None:
    with connect(server) as connection:
        connection.sendall(request(CREDENTIALS | {"task": "list"}) * 3)

        assert receive(connection).raw.count(b"HTTP/1.1 200 OK") == 3


def test_latency_passes_before_the_answer() -> None:
    with SandboxServer(latency_ms=200, control_port=None) as server:
        started = monotonic()
        answer_to(server, "list")

        assert monotonic() - started >= 0.2


def test_a_taken_port_is_an_os_error(server: SandboxServer) -> None:
    second = SandboxServer(port=server.port)

    with pytest.raises(OSError, match="in use"):
        second.start()
    second.close()


def test_two_at_once_both_get_their_answers(server: SandboxServer) -> None:
    server.fault("delay", task="list", seconds=0.3, applied=True)
    with connect(server) as slow:
        slow.sendall(request(CREDENTIALS | {"task": "list"}, headers=("Connection: close",)))
        wait_until(lambda: server.calls)

        assert answer_to(server, "edit", name="samples") == b'{"message":"success"}'
        assert receive(slow, timeout_seconds=5).status == 200
