"""gunicorn's thread worker, which lets nobody keep a thread by sending a request slowly.

A proxy in front does this better: it holds slow visitors without a thread. This is for where there is none.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from config.settings import BODY_SECONDS, HEADER_SECONDS
from monitors.limits import MAX_BODY_BYTES


class PunctualWorker(ThreadWorker):  # type: ignore[misc]
    """Ends connections whose header or body has not come in time, and those that do not take their answer."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._due: dict[Any, float] = {}  # connections that a thread reads from, and until when it may

    def handle(self, conn: Any) -> Any:
        self._due[conn] = time.monotonic() + HEADER_SECONDS
        try:
            return super().handle(conn)
        finally:
            self._due.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """The header is there."""
        self._due.pop(conn, None)
        conn.sock.settimeout(BODY_SECONDS)
        length = _length(req)
        if 0 < length <= MAX_BODY_BYTES:  # of others, nobody reads a byte
            self._due[conn] = time.monotonic() + BODY_SECONDS
            req.body = _Body(req.body, length, lambda: self._due.pop(conn, None))
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Called each second by the thread that accepts connections."""
        super().murder_pending()
        now = time.monotonic()
        for conn, due in list(self._due.items()):
            if due < now:
                self._due.pop(conn, None)
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)


class _Body:
    """A request's body, which says when its last byte was read."""

    def __init__(self, body: Any, length: int, when_read: Callable[[], object]) -> None:
        self._body, self._left, self._when_read = body, length, when_read

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    def read(self, size: int | None = None) -> bytes:
        return self._counted(self._body.read(size))

    def readline(self, size: int | None = None) -> bytes:
        return self._counted(self._body.readline(size))

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left <= 0:
            self._when_read()
        return data


def _length(req: Any) -> int:
    """0 where none is declared."""
    stated = next((value for name, value in req.headers if name == "CONTENT-LENGTH"), "0")
    return int(stated) if stated.isdigit() else 0
