import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import pytest

from monitors.gateway.client import Format, Gateway
from monitors.gateway.errors import NotSent, OutcomeUnknown, UnusableList

from .calls import SUCCESS, end_of, gateway, upstream, write
from .replay import http, replay
from .tls import CERTIFICATE, tls

SLACK_SECONDS = 5.0  # for a busy machine; what these calls meet takes twice as long, or for ever


def timed(call: Callable[[], object]) -> tuple[Any, float]:
    start = time.monotonic()
    end = end_of(call)
    return end, time.monotonic() - start


@contextmanager
def black_hole() -> Iterator[int]:
    """The port of a host that accepts no connection, because its backlog is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def drip(connection: socket.socket) -> None:
    for byte in http(SUCCESS[Format.JSON], Padding="x" * 400):
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def keep_silent(connection: socket.socket) -> None:
    connection.recv(1)


def test_refused_connection_is_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    end, duration = timed(lambda: write(gateway(f"http://127.0.0.1:{port}/x")))

    assert type(end) is NotSent
    assert duration < SLACK_SECONDS


def test_name_without_an_address_is_not_sent():
    end, duration = timed(lambda: write(gateway("http://nobody.invalid/x")))

    assert type(end) is NotSent
    assert duration < 1 + SLACK_SECONDS


def test_name_that_cannot_be_encoded_is_not_sent():
    end = end_of(lambda: write(gateway(f"http://{'x' * 70}.invalid/x")))

    assert type(end) is NotSent


def test_slow_resolution_ends_with_the_deadline_and_nothing_leaves_afterwards(monkeypatch):
    resolved = threading.Event()
    real = socket.getaddrinfo

    def slow(*args, **kwargs):
        resolved.wait(60)
        return real(*args, **kwargs)

    with replay(http(SUCCESS[Format.JSON])) as server:
        monkeypatch.setattr(socket, "getaddrinfo", slow)

        end, duration = timed(lambda: write(gateway(server.url, deadline=0.4)))
        resolved.set()
        for thread in threading.enumerate():
            if thread.name == "resolve":
                thread.join()

        assert type(end) is NotSent
        assert duration < 0.4 + SLACK_SECONDS
        assert server.requests == []


def test_host_that_never_accepts_is_not_sent_after_the_connect_timeout():
    with black_hole() as port:
        end, duration = timed(
            lambda: write(gateway(f"http://127.0.0.1:{port}/x", connect_timeout=0.3, deadline=20))
        )

    assert type(end) is NotSent
    assert 0.3 <= duration < 0.3 + SLACK_SECONDS


def test_many_addresses_share_one_deadline(monkeypatch):
    with black_hole() as port:
        addresses = socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM) * 50
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: addresses)

        end, duration = timed(
            lambda: write(gateway("http://many.example/x", connect_timeout=0.2, deadline=0.5))
        )

    assert type(end) is NotSent
    assert duration < 0.5 + SLACK_SECONDS


def test_second_address_is_tried_when_the_first_refuses(monkeypatch):
    with replay(http(SUCCESS[Format.JSON])) as server, socket.create_server(("127.0.0.1", 0)) as closed:
        dead = socket.getaddrinfo("127.0.0.1", closed.getsockname()[1], type=socket.SOCK_STREAM)
        living = socket.getaddrinfo("127.0.0.1", server.port, type=socket.SOCK_STREAM)
        closed.close()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: dead + living)

        assert end_of(lambda: write(gateway("http://two.example/x"))) is None


def test_silent_upstream_is_unknown_after_the_read_timeout():
    with replay(keep_silent) as server:
        end, duration = timed(lambda: write(gateway(server.url, read_timeout=0.3, deadline=20)))

    assert type(end) is OutcomeUnknown
    assert 0.3 <= duration < 0.3 + SLACK_SECONDS


@pytest.mark.parametrize("is_secure", [False, True])
def test_drip_does_not_outlive_the_deadline(is_secure):
    with replay(drip, tls=tls() if is_secure else None) as server:
        end, duration = timed(lambda: write(gateway(server.url, deadline=0.5, ca_bundle=CERTIFICATE)))

    assert type(end) is OutcomeUnknown
    assert duration < 0.5 + SLACK_SECONDS


def drip_a_handshake(connection: socket.socket) -> None:
    for byte in b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + bytes(400):
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


@pytest.mark.parametrize("play", [drip_a_handshake, keep_silent])
def test_handshake_that_never_ends_is_not_sent(play):
    class NoTLS:
        def wrap_socket(self, connection: socket.socket, **_traits: object) -> socket.socket:
            connection.recv(65536)
            play(connection)
            raise ssl.SSLError("the handshake never ended")

    with replay(b"", tls=cast(ssl.SSLContext, NoTLS())) as server:
        end, duration = timed(lambda: write(gateway(server.url, connect_timeout=20, deadline=0.5)))

    assert type(end) is NotSent
    assert duration < 0.5 + SLACK_SECONDS


def test_handshake_behind_a_slow_proxy_has_only_the_time_that_is_left():
    def open_slowly_and_keep_silent(connection: socket.socket) -> None:
        time.sleep(0.3)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        connection.recv(65536)
        keep_silent(connection)

    with replay(open_slowly_and_keep_silent) as proxy:
        through = f"http://127.0.0.1:{proxy.port}"

        end, duration = timed(
            lambda: write(gateway("https://upstream.example/x", proxy=through, deadline=0.5))
        )

    assert type(end) is NotSent
    assert duration < 0.5 + SLACK_SECONDS


def test_answer_with_a_too_large_content_length_is_not_received():
    def announce(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n[")
        keep_silent(connection)

    with replay(announce) as server:
        end, duration = timed(gateway(server.url).list_records)

    assert type(end) is UnusableList
    assert duration < SLACK_SECONDS


class SlowThrottle:
    def admit(self) -> None:
        time.sleep(0.3)

    def report(self, *, is_healthy: bool, pause_for: float | None = None) -> None:
        pass


def test_wait_in_the_throttle_counts_towards_the_deadline():
    with replay(keep_silent) as server:
        caller = Gateway(upstream(server.url, deadline=0.5), throttle=SlowThrottle())

        end, duration = timed(lambda: write(caller))

    assert type(end) is OutcomeUnknown
    assert duration < 0.5 + SLACK_SECONDS


def test_call_whose_deadline_has_passed_before_it_begins_is_not_sent():
    keep_alive_answer = http(SUCCESS[Format.JSON]).replace(b"Connection: close\r\n", b"")

    def answer_and_keep(connection: socket.socket) -> None:
        connection.sendall(keep_alive_answer)
        keep_silent(connection)

    with replay(answer_and_keep) as server:
        write(gateway(server.url, deadline=0.2))
        caller = Gateway(upstream(server.url, deadline=0.2), throttle=SlowThrottle())

        assert type(end_of(lambda: write(caller))) is NotSent
        assert len(server.requests) == 1
        caller.close()


def test_retries_of_a_list_share_one_deadline():
    with replay(keep_silent) as server:
        end, duration = timed(gateway(server.url, read_timeout=1, deadline=2.2).list_records)

    assert type(end) is OutcomeUnknown
    assert duration < 2.2 + SLACK_SECONDS
    assert len(server.requests) == 2
