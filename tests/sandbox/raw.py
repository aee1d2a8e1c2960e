"""A client that shows every byte and how the connection ended; it mends nothing."""

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
class Heard:
    """Everything that came, and how the connection stood afterwards."""

    everything: bytes
    end: End

    @property
    def head(self) -> bytes:
        return self.everything.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.everything.partition(b"\r\n\r\n")[2]

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


def listen(connection: socket.socket, *, patience: float = 0.3, most: int = 10_000_000) -> Heard:
    """Until the end, `most` bytes, or `patience` seconds in which nothing comes."""
    heard = b""
    connection.settimeout(patience)
    try:
        while len(heard) < most:
            part = connection.recv(65536)
            if not part:
                return Heard(heard, End.CLOSED)
            heard += part
    except TimeoutError:
        pass
    except ConnectionResetError:
        return Heard(heard, End.RESET)
    return Heard(heard, End.OPEN)


def ask(
    server: SandboxServer, task: str, *, extension: str = "json", patience: float = 0.3, **parameters: str
) -> Heard:
    """One call on a connection of its own, which the client asks to keep."""
    with connect(server) as connection:
        connection.sendall(request(CREDENTIALS | {"task": task} | parameters, extension=extension))
        return listen(connection, patience=patience)


def say(server: SandboxServer, task: str, *, extension: str = "json", **parameters: str) -> bytes:
    """The body of a call to an honest server."""
    return tell(server, CREDENTIALS | {"task": task} | parameters, extension=extension).body


def tell(server: SandboxServer, form: dict[str, str], *, extension: str = "json", path: str = PATH) -> Heard:
    """Any form, through any door, on a connection that the client asks to close."""
    with connect(server) as connection:
        connection.sendall(request(form, extension=extension, path=path, headers=("Connection: close",)))
        return listen(connection, patience=5)


def wait_until(condition: Callable[[], object], *, patience: float = 5) -> None:
    until = monotonic() + patience
    while not condition():
        assert monotonic() < until, "waited in vain"
        sleep(0.005)
