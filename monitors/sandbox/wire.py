"""As much HTTP/1.1 as the sandbox needs, on plain sockets: a fault must be able to break any byte."""

import select
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from urllib.parse import parse_qsl, urlsplit

from monitors.sandbox.rendering import Format

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 1024 * 1024
MAX_LENGTH_DIGITS = 9
_RECEIVE_BYTES = 65536
_PEEK_SECONDS = 5.0
_PEEK_INTERVAL_SECONDS = 0.001
_WAIT_INTERVAL_SECONDS = 0.05
_FINISH_SECONDS = 1.0
_HEAD_END = b"\r\n\r\n"
_FORM = "application/x-www-form-urlencoded"


class BadRequest(Exception):
    """Not a request that the sandbox can read."""


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    is_http_1_1: bool = True

    @cached_property
    def path(self) -> str:
        return urlsplit(self.target).path

    @cached_property
    def format(self) -> Format:
        return Format.XML if self.path.endswith(".xml") else Format.JSON

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Query and form body together. The last value of a repeated name counts, as in PHP."""
        pairs = _pairs(urlsplit(self.target).query)
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
            pairs += _pairs(self.body.decode("ascii", "replace"))
        return dict(pairs)

    @property
    def task(self) -> str | None:
        return self.parameters.get("task")

    @property
    def keeps_alive(self) -> bool:
        if self.method not in {"GET", "POST"}:
            return False
        connection = self.headers.get("connection", "").lower()
        return connection == "keep-alive" or (self.is_http_1_1 and connection != "close")


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True, errors="replace")


def parse(received: bytes) -> tuple[Request, int] | None:
    """The first complete request in these bytes, and its length; None while it is incomplete."""
    head, end, rest = received.partition(_HEAD_END)
    if not end:
        if len(received) > MAX_HEAD_BYTES:
            raise BadRequest
        return None
    request_line, *lines = head.decode("iso-8859-1").split("\r\n")
    headers = _headers(lines)
    length = _length(headers)
    if len(rest) < length:
        return None
    try:
        method, target, version = request_line.split(" ")
    except ValueError as error:
        raise BadRequest from error
    request = Request(method, target, headers, rest[:length], version == "HTTP/1.1")
    return request, len(head) + len(_HEAD_END) + length


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _length(headers: dict[str, str]) -> int:
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not (
        length.isascii() and length.isdigit() and len(length) <= MAX_LENGTH_DIGITS
    ):
        raise BadRequest
    if int(length) > MAX_BODY_BYTES:
        raise BadRequest
    return int(length)


class Connection:
    """The connection of one client. Each wait ends when the server stops or the client leaves."""

    def __init__(self, client: socket.socket, stopping: threading.Event) -> None:
        self.socket = client
        self.requests_read = 0
        self._stopping = stopping
        self._received = b""
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self) -> Request | None:
        """The next request; None when the client has closed."""
        has_sent_continue = False
        while (parsed := parse(self._received)) is None:
            if not has_sent_continue and b"100-continue" in self._received.lower():
                has_sent_continue = True
                self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            more = self.socket.recv(_RECEIVE_BYTES)
            if not more:
                return None
            self._received += more
        request, length = parsed
        self._received = self._received[length:]
        self.requests_read += 1
        return request

    def wait_for_more(self) -> bool:
        """Wait until something arrives; False when the client or the server has closed."""
        return bool(self._received or self.socket.recv(1, socket.MSG_PEEK))

    def peek(self) -> Request | None:
        """The next request, which stays unread in the kernel's buffer."""
        until = monotonic() + _PEEK_SECONDS
        while (unread := self.socket.recv(MAX_HEAD_BYTES, socket.MSG_PEEK)) and monotonic() < until:
            if parsed := parse(self._received + unread):
                return parsed[0]
            if self._stopping.wait(_PEEK_INTERVAL_SECONDS):
                break
        return None

    def send(self, part: bytes) -> None:
        self.socket.sendall(part)

    def wait(self, seconds: float) -> bool:
        """False if the server stops or the client leaves before the time is over."""
        until = monotonic() + seconds
        while (remaining := until - monotonic()) > 0:
            if self._client_left(min(remaining, _WAIT_INTERVAL_SECONDS)) or self._stopping.is_set():
                return False
        return True

    def _client_left(self, seconds: float) -> bool:
        readable, _, _ = select.select([self.socket], [], [], seconds)
        if not readable:
            return False
        if self.socket.recv(1, socket.MSG_PEEK):
            self._stopping.wait(seconds)  # A pipelined request keeps the socket readable.
            return False
        return True

    def finish(self) -> None:
        """Close normally: FIN, and no RST even if bytes of the client stay unread."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(_FINISH_SECONDS)
            while self.socket.recv(_RECEIVE_BYTES):
                pass
        self.socket.close()

    def reset(self) -> None:
        """Send RST; unsent bytes are discarded."""
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    @property
    def is_open(self) -> bool:
        return self.socket.fileno() >= 0
