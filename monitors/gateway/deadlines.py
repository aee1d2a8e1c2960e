"""Connections that end with the call: every wait on the network is cut to what is left of one deadline.

A timeout of requests starts anew with every byte, so a drip of bytes outlives it; nothing there bounds the
resolution of the name or a host with many addresses either. These sockets ask the attempt before every wait.
"""

import queue
import socket
import ssl
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import allowed_gai_family


@dataclass(slots=True)
class Attempt:
    """One request on its way. `allowance`: bytes that may still come in; `ends_at`: of time.monotonic()."""

    ends_at: float
    connect_timeout: float
    read_timeout: float
    allowance: int
    has_begun: bool = False  # whether the request may have begun to leave
    is_too_large: bool = False

    def wait(self, at_most: float) -> float:
        left = min(at_most, self.ends_at - time.monotonic())
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left

    def begin(self) -> None:
        self.wait(self.read_timeout)
        self.has_begun = True

    def received(self, count: int) -> int:
        self.allowance -= count
        if self.allowance < 0:
            self.is_too_large = True
            raise OSError("more came than this call may receive")
        return count


current_attempt: ContextVar[Attempt] = ContextVar("current_attempt")


class DeadlineSocket(socket.socket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        attempt = current_attempt.get()
        self.settimeout(attempt.wait(attempt.read_timeout))
        return attempt.received(super().recv_into(*args, **kwargs))

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        attempt = current_attempt.get()
        self.settimeout(attempt.wait(attempt.read_timeout))
        super().sendall(*args, **kwargs)


class DeadlineTLSSocket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        attempt = current_attempt.get()
        self.settimeout(attempt.wait(attempt.connect_timeout))
        super().do_handshake(block)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        attempt = current_attempt.get()
        self.settimeout(attempt.wait(attempt.read_timeout))
        return attempt.received(super().recv_into(*args, **kwargs))

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        attempt = current_attempt.get()
        self.settimeout(attempt.wait(attempt.read_timeout))
        super().sendall(*args, **kwargs)


def tls_context() -> ssl.SSLContext:
    """Without urllib3's or ssl's own factory, because both obey SSLKEYLOGFILE."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = DeadlineTLSSocket
    return context


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()
        current_attempt.get().begin()
        super().request(*args, **kwargs)


class _TLSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port)

    # Its pool has made the connection before.
    def request(self, *args: Any, **kwargs: Any) -> None:
        current_attempt.get().begin()
        super().request(*args, **kwargs)


class DeadlinePool(HTTPConnectionPool):
    ConnectionCls = _Connection


class DeadlineTLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


POOLS = {"http": DeadlinePool, "https": DeadlineTLSPool}


def _connect(host: str, port: int) -> socket.socket:
    attempt = current_attempt.get()
    failure: OSError = OSError("the name has no address")
    for family, kind, protocol, _name, address in _resolve(host.strip("[]"), port, attempt):
        connection = DeadlineSocket(family, kind, protocol)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(attempt.wait(attempt.connect_timeout))
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


def _resolve(host: str, port: int, attempt: Attempt) -> list[Any]:
    """In a thread of its own that is left behind when the time is over: getaddrinfo cannot be interrupted."""
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=attempt.wait(attempt.connect_timeout))
    except queue.Empty:
        raise TimeoutError("the name could not be resolved in time") from None
    if isinstance(answer, Exception):
        raise answer
    return list(answer)
