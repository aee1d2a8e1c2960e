"""Whoever sends a request slowly gets no thread for long: real sockets, the web server of the product."""

import socket
import time
from contextlib import ExitStack, suppress

import pytest
import requests

from monitors.sandbox.server import SandboxServer
from tests.endurance.visitor import Visitor
from tests.product import Product

THREADS = 4
HEADER = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = (
    b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nusername="
)
pytestmark = [pytest.mark.slow, pytest.mark.any_database, pytest.mark.xdist_group("slow visitors")]


@pytest.fixture(scope="module")
def desk():
    web = ("--worker-class", "config.web_worker.PunctualWorker")
    sandbox = SandboxServer(control_port=None, latency_ms=1500)
    with Product(
        threads=THREADS,
        web_options=web,
        sandbox=sandbox,
        overrides={"HEADER_SECONDS": "1", "BODY_SECONDS": "1"},
    ) as desk:
        yield desk


def visitor(desk):
    host, port = desk.url.removeprefix("http://").rstrip("/").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


@pytest.mark.parametrize("beginning", [HEADER, BODY])
def test_as_many_slow_visitors_as_threads_hold_nobody_up_for_long(desk, beginning):
    with ExitStack() as stack:
        slow = [stack.enter_context(visitor(desk)) for _ in range(THREADS)]
        for each in slow:
            each.sendall(beginning)

        answer = requests.get(f"{desk.url}healthz", timeout=20)

        assert answer.status_code == 200
        for each in slow:
            assert each.recv(100)[:10] in (b"", b"HTTP/1.1 4")


def test_one_who_drips_is_ended_all_the_same(desk):
    with visitor(desk) as slow:
        slow.sendall(HEADER)
        began = time.monotonic()
        with suppress(OSError):
            while time.monotonic() < began + 20:
                slow.sendall(b"x")
                time.sleep(0.1)
        assert time.monotonic() < began + 15


def test_whoever_is_in_time_is_answered_also_when_that_takes_longer(desk):
    with Visitor(desk.url, "ana") as ana:
        began = time.monotonic()
        assert ana.post("/refresh/").status_code == 302
        assert time.monotonic() - began > 1.4


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: +5",
        b"Transfer-Encoding: chunked, identity",
    ],
)
def test_a_request_whose_end_two_could_read_differently_is_refused(desk, lengths):
    with visitor(desk) as smuggler:
        smuggler.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + lengths + b"\r\n\r\nhello")

        assert smuggler.recv(100)[9:12] in (b"400", b"501")
