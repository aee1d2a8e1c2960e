"""The sandbox as a server: an address, and behind it a state and a real or a faulty answer to each request."""

from pathlib import Path
from types import TracebackType
from typing import Self

from monitors.sandbox.armed_faults import ArmedFault
from monitors.sandbox.calls import Call
from monitors.sandbox.control import Control
from monitors.sandbox.conversation import Conversation
from monitors.sandbox.listener import Listener
from monitors.sandbox.service import Service
from monitors.sandbox.state import Sandbox
from monitors.sandbox.store import SecondAppend, Store

PATH = "/api/distributor.manage"


class SandboxServer:
    """Start and stop it, or use it as a context manager.

    `stop` is an outage: the state stays, and `start` takes the same port again. `close`, or the end of the
    context, also closes the store.
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
        control_port: int | None = 0,
    ) -> None:
        self.sandbox = Sandbox(Store(db, second_append=second_append))
        service = Service(
            store=self.sandbox.store,
            log=self.sandbox.log,
            late_writes=self.sandbox.late,
            user=user,
            key=key,
            rate_per_minute=rate_per_minute,
        )
        conversation = Conversation(service, self.sandbox, latency_seconds=latency_ms / 1000)
        self._listener = Listener(host, port, conversation)
        self._control = (
            None
            if control_port is None
            else Control(self.sandbox, port=control_port, upstream_url=lambda: self.url)
        )
        # The state's methods, for tests and the demo.
        self.store = self.sandbox.store
        self.fault, self.clear = self.sandbox.fault, self.sandbox.clear
        self.calls_after = self.sandbox.calls_after
        self.carry_out_late_writes = self.sandbox.carry_out_late_writes

    @property
    def calls(self) -> list[Call]:
        return self.sandbox.calls

    @property
    def faults(self) -> tuple[ArmedFault, ...]:
        return self.sandbox.faults

    @property
    def late_writes(self) -> list[Call]:
        return self.sandbox.late_writes

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def url(self) -> str:
        """The door of the document, without the extension."""
        host = f"[{self._listener.host}]" if ":" in self._listener.host else self._listener.host
        return f"http://{host}:{self.port}{PATH}"

    @property
    def control_url(self) -> str | None:
        return self._control.url if self._control else None

    def start(self) -> Self:
        """Raises OSError when a port is taken."""
        self._listener.start()
        if self._control:
            self._control.start()
        return self

    def stop(self) -> None:
        self._listener.stop()
        if self._control:
            self._control.stop()

    def close(self) -> None:
        self.stop()
        self.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
