"""Connections that keep one deadline for the whole call: no wait on the network is longer than the time left.

The read timeout of requests starts again with each byte, so slow bytes can outlast it, and it covers neither
name resolution nor a host with many addresses. These sockets ask the attempt for a timeout before each wait.
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
    """One request. `ends_at` is a time of time.monotonic(), `allowance` the bytes that may still be received."""

    ends_at: float
    connect_timeout: float
    read_timeout: float
    allowance: int
    has_begun: bool = False  # whether a byte of the request may have been sent
    is_too_large: bool = False

    def timeout(self, limit: float) -> float:
        """Seconds for the next wait; raises TimeoutError when none are left."""
        remaining = min(limit, self.ends_at - time.monotonic())
        if remaining <= 0:
            raise TimeoutError("the deadline has passed")
        return remaining

    def begin(self) -> None:
        self.timeout(self.read_timeout)
        self.has_begun = True

    def received(self, count: int) -> int:
        self.allowance -= count
        if self.allowance < 0:
            self.is_too_large = True
            raise OSError("the answer is larger than this call may receive")
        return count


current_attempt: ContextVar[Attempt] = ContextVar("current_attempt")


class DeadlineSocket(socket.socket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        attempt = current_attempt.get()
        self.settimeout(attempt.timeout(attempt.read_timeout))
        return attempt.received(super().recv_into(*args, **kwargs))

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        attempt = current_attempt.get()
        self.settimeout(attempt.timeout(attempt.read_timeout))
        super().sendall(*args, **kwargs)


class DeadlineTLSSocket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        attempt = current_attempt.get()
        self.settimeout(attempt.timeout(attempt.connect_timeout))
        super().do_handshake(block)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        attempt = current_attempt.get()
        self.settimeout(attempt.timeout(attempt.read_timeout))
        return attempt.received(super().recv_into(*args, **kwargs))

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        attempt = current_attempt.get()
        self.settimeout(attempt.timeout(attempt.read_timeout))
        super().sendall(*args, **kwargs)


def tls_context() -> ssl.SSLContext:
    """A bare context: the factories of urllib3 and ssl write the session keys to SSLKEYLOGFILE."""
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

    # The pool has already connected.
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
    failure: OSError = OSError("the host name has no address")
    for family, kind, protocol, _name, address in _resolve(host.strip("[]"), port, attempt):
        connection = DeadlineSocket(family, kind, protocol)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(attempt.timeout(attempt.connect_timeout))
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


def _resolve(host: str, port: int, attempt: Attempt) -> list[Any]:
    """In a thread that is abandoned at the timeout, because getaddrinfo cannot be interrupted."""
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=resolve, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=attempt.timeout(attempt.connect_timeout))
    except queue.Empty:
        raise TimeoutError("the host name was not resolved in time") from None
    if isinstance(answer, Exception):
        raise answer
    return list(answer)
