"""A raw client: it shows every byte of an answer and how the connection ended, and repairs nothing."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic, sleep
from urllib.parse import urlencode, urlsplit

from monitors.sandbox.server import SandboxServer

PATH = "/api/distributor.manage"
CREDENTIALS = {"api_user": "demo", "api_key": "demo-key", "method": "monitor"}
PROLOG = b'<?xml version="1.0" encoding="ISO-8859-1"?>\n'


class End(StrEnum):
    CLOSED = "closed"
    RESET = "reset"
    OPEN = "open"


@dataclass(frozen=True)
class Response:
    """All bytes that were received, and how the connection ended."""

    raw: bytes
    end: End

    @property
    def head(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        return int(self.head.split(b" ")[1])

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode("iso-8859-1").split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def request(
    form: dict[str, str], *, extension: str = "json", path: str = PATH, headers: tuple[str, ...] = ()
) -> bytes:
    body = urlencode(form).encode()
    lines = [
        f"POST {path}.{extension} HTTP/1.1",
        "Host: sandbox",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def connect(server: SandboxServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(server.url).port), timeout=5)


def receive(
    connection: socket.socket, *, timeout_seconds: float = 0.3, max_bytes: int = 10_000_000
) -> Response:
    """Receive until the end, `max_bytes`, or `timeout_seconds` without a byte."""
    received = b""
    connection.settimeout(timeout_seconds)
    try:
        while len(received) < max_bytes:
            part = connection.recv(65536)
            if not part:
                return Response(received, End.CLOSED)
            received += part
    except TimeoutError:
        pass
    except ConnectionResetError:
        return Response(received, End.RESET)
    return Response(received, End.OPEN)


def call_keep_alive(
    server: SandboxServer,
    task: str,
    *,
    extension: str = "json",
    timeout_seconds: float = 0.3,
    **parameters: str,
) -> Response:
    """One call on a new keep-alive connection."""
    with connect(server) as connection:
        connection.sendall(request(CREDENTIALS | {"task": task} | parameters, extension=extension))
        return receive(connection, timeout_seconds=timeout_seconds)


def answer_to(server: SandboxServer, task: str, *, extension: str = "json", **parameters: str) -> bytes:
    """The body of the answer to one call."""
    return post_form(server, CREDENTIALS | {"task": task} | parameters, extension=extension).body


def post_form(
    server: SandboxServer, form: dict[str, str], *, extension: str = "json", path: str = PATH
) -> Response:
    """Any form, through any door, with Connection: close."""
    with connect(server) as connection:
        connection.sendall(request(form, extension=extension, path=path, headers=("Connection: close",)))
        return receive(connection, timeout_seconds=5)


def wait_until(condition: Callable[[], object], *, timeout_seconds: float = 5) -> None:
    until = monotonic() + timeout_seconds
    while not condition():
        assert monotonic() < until, "timed out"
        sleep(0.005)
