"""The sandbox as a server: an address, a store behind it, an honest or a faulty answer to each request."""

from pathlib import Path
from types import TracebackType
from typing import Self

from .answers import head_of
from .calls import Call, CallLog
from .listener import Listener
from .service import Service
from .store import SecondAppend, Store
from .wire import Connection, Request

PATH = "/api/distributor.manage"


class SandboxServer:
    """Start and stop it, or use it as a context manager.

    `stop` is an outage: the state stays, and `start` takes the same port again. Leaving the context, or
    `close`, also closes the store.
    """

    def __init__(
        self,
        *,
        db: str | Path = ":memory:",
        port: int = 0,
        host: str = "127.0.0.1",
        user: str = "demo",
        key: str = "demo-key",
        second_append: str = SecondAppend.MOVED,
        latency_ms: int = 0,
        rate_per_minute: int = 0,
        control_port: int | None = 0,  # noqa: ARG002
    ) -> None:
        self.store = Store(db, second_append=second_append)
        self._log = CallLog(self.store)
        self._service = Service(self.store, self._log, user=user, key=key, rate_per_minute=rate_per_minute)
        self._latency = latency_ms / 1000
        self._listener = Listener(host, port, self._converse)

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def url(self) -> str:
        """Of the document's door, without the extension."""
        host = f"[{self._listener.host}]" if ":" in self._listener.host else self._listener.host
        return f"http://{host}:{self.port}{PATH}"

    @property
    def calls(self) -> list[Call]:
        """Every call since the file was new, also those before a restart."""
        return self._log.all()

    def start(self) -> Self:
        self._listener.start()
        return self

    def stop(self) -> None:
        self._listener.stop()

    def close(self) -> None:
        self.stop()
        self.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _converse(self, connection: Connection) -> None:
        while (request := connection.read()) is not None:
            self._respond(connection, request)
            if not request.keeps_alive:
                return

    def _respond(self, connection: Connection, request: Request) -> None:
        call = self._log.received(method=request.method, path=request.path, parameters=request.parameters)
        # A client that leaves during the wait does not stop the service from acting.
        connection.wait(self._latency)
        answer = self._service.answer(request, call)
        self._log.answered(call, answer.status)
        head = head_of(answer, length=len(answer.body), keep_alive=request.keeps_alive)
        connection.send(head + answer.body)
