"""Whatever bytes arrive, a call ends with a result or with an error of errors.py."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.gateway.client import Format, Gateway
from monitors.gateway.errors import GatewayError, OutcomeUnknown
from monitors.gateway.records import Listing
from monitors.sandbox.server import SandboxServer

from .calls import EMPTY, SUCCESS, end_of, gateway, upstream, write
from .replay import Replay, http, replay

HEADERS = st.sampled_from(
    [
        b"Content-Length: 2",
        b"Content-Length: -1",
        b"Content-Length: 2, 2",
        b"Content-Length: 2, 3",
        b"Content-Length: x",
        b"Content-Length: 99999999999999999999",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked",
        b"Content-Encoding: gzip",
        b"Content-Encoding: br",
        b"Content-Encoding: identity",
        b"Content-Type: text/html; charset=utf-16",
        b"Location: http://127.0.0.1:9/",
        b"Set-Cookie: a=b; Expires=never; Max-Age=x",
        b"Retry-After: 0",
        b"Connection: keep-alive",
        b"no colon",
        b" folded",
        b": nameless",
        b"X: \xff\x00",
    ]
)
STATUS_LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 200",
        b"HTTP/1.1 429 No",
        b"HTTP/1.1 302 No",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 103 Hints",
        b"HTTP/1.1 204 No",
        b"HTTP/1.1 999 No",
        b"HTTP/9 200",
        b"",
    ]
)
CONTENTS = st.sampled_from(
    [b"", b"[]", b"2\r\n[]\r\n0\r\n\r\n", b"-2\r\n[]", b"zz\r\n", SUCCESS[Format.JSON]]
) | st.binary(max_size=60)
ANSWERS = st.binary(max_size=60) | st.builds(
    lambda status, headers, content: b"\r\n".join([status, *headers, b"", content]),
    STATUS_LINES,
    st.lists(HEADERS, max_size=5),
    CONTENTS,
)


@pytest.fixture(scope="module")
def wire() -> Iterator[Replay]:
    with replay(b"") as server:
        yield server


@given(answer=ANSWERS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_answer_ends_in_a_result_or_in_a_typed_error(wire, answer):
    wire.play(answer)
    caller = gateway(wire.url)

    list_end, write_end = end_of(caller.list_records), end_of(lambda: write(caller))

    caller.close()
    assert isinstance(list_end, Listing | GatewayError)
    assert write_end is None or isinstance(write_end, GatewayError)
    if write_end is None:
        assert SUCCESS[Format.JSON] in answer
    if isinstance(list_end, Listing):
        assert EMPTY[Format.JSON] in answer


def test_thread_that_cannot_be_started_is_a_gateway_error(monkeypatch):
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with replay(http(SUCCESS[Format.JSON])) as server:
        monkeypatch.setattr(threading.Thread, "start", start)

        assert isinstance(end_of(lambda: write(gateway(server.url))), GatewayError)
        assert server.requests == []


def test_threads_share_a_gateway_without_mixing_their_answers():
    with SandboxServer(control_port=None) as server:
        caller = Gateway(upstream(server.url, key="demo-key", deadline=20))
        ends: dict[str, object] = {}

        def work(name: str) -> None:
            for _ in range(10):
                caller.create(name=name, email="a@b.example", frequency=1)
                ends[name] = end_of(lambda: caller.append(user="nobody", name=name))
                caller.delete(name=name)
            caller.close()

        threads = [threading.Thread(target=work, args=(f"record {n}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(ends) == 6
        assert not any(isinstance(end, OutcomeUnknown) for end in ends.values())
        assert server.store.snapshot() == []
