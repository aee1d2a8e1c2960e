"""The sandbox as a server: an address, a store behind it, an honest or a faulty answer to each request."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from monitors.sandbox.armed import Armed, Queue
from monitors.sandbox.calls import Call, CallLog
from monitors.sandbox.control import Control
from monitors.sandbox.conversation import Conversation
from monitors.sandbox.listener import Listener
from monitors.sandbox.service import Service
from monitors.sandbox.store import SecondAppend, Store
from monitors.sandbox.writes import LateWrites

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
        control_port: int | None = 0,
    ) -> None:
        self.store = Store(db, second_append=second_append)
        self._log = CallLog(self.store)
        self._faults = Queue()
        self._late_writes = LateWrites(self.store, self._log)
        service = Service(
            self.store, self._log, self._late_writes, user=user, key=key, rate_per_minute=rate_per_minute
        )
        conversation = Conversation(service, self._log, self._faults, latency=latency_ms / 1000)
        self._listener = Listener(host, port, conversation)
        self._control = None if control_port is None else Control(self, port=control_port)

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def url(self) -> str:
        """Of the document's door, without the extension."""
        host = f"[{self._listener.host}]" if ":" in self._listener.host else self._listener.host
        return f"http://{host}:{self.port}{PATH}"

    @property
    def control_url(self) -> str | None:
        return self._control.url if self._control else None

    @property
    def calls(self) -> list[Call]:
        """Every call since the file was new, also those before a restart."""
        return self.calls_after(0)

    def calls_after(self, call: int) -> list[Call]:
        return self._log.all(after=call)

    @property
    def faults(self) -> tuple[Armed, ...]:
        """Those that still wait for a request."""
        return self._faults.waiting()

    def fault(
        self, name: str, *, task: str = "any", applied: bool = False, times: int = 1, **options: Any
    ) -> None:
        """Play a fault on the next `times` fitting requests (0: until cleared), or raise ValueError.

        `task` is one of the six, or write, any. `applied`: the change is made nevertheless; otherwise it is
        not, and where the fault lets the honest answer through, that answer is a refusal.
        """
        self._faults.arm(name, store=self.store, task=task, applied=applied, times=times, options=options)

    def clear(self) -> None:
        """Forget the faults that wait. Late writes stay: they have left the client and will be carried out."""
        self._faults.clear()

    @property
    def late_writes(self) -> list[Call]:
        """Those that the fault `late` has kept and nobody has carried out yet."""
        return self._late_writes.waiting()

    def carry_out_late_writes(self) -> list[Call]:
        """Carry them out in order of arrival; returns their log entries, `applied` or refused by then."""
        return self._late_writes.carry_out()

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
