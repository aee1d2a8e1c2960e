"""What a sandbox holds: the upstream's state, the log of calls, armed faults and late writes."""

from typing import Any

from monitors.sandbox.armed_faults import ArmedFault, FaultQueue
from monitors.sandbox.calls import Call, CallLog
from monitors.sandbox.store import Store
from monitors.sandbox.writes import LateWrites


class Sandbox:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.log = CallLog(store)
        self.queue = FaultQueue()
        self.late = LateWrites(store, self.log)

    @property
    def calls(self) -> list[Call]:
        """Every call in the file, also those before a restart."""
        return self.calls_after(0)

    def calls_after(self, call: int) -> list[Call]:
        return self.log.all(after=call)

    @property
    def faults(self) -> tuple[ArmedFault, ...]:
        return self.queue.all()

    def fault(
        self, name: str, *, task: str = "any", applied: bool = False, times: int = 1, **options: Any
    ) -> None:
        """Play a fault on the next `times` requests that it fits (0: until cleared), or raise ValueError.

        `task` is one of the six, `write` or `any`. With `applied` a write is carried out nevertheless. Without,
        it is not, and a fault that lets the real answer through answers with a refusal.
        """
        self.queue.arm(name, store=self.store, task=task, applied=applied, times=times, options=options)

    def clear(self) -> None:
        """Remove the armed faults. Late writes stay: they have left the client and cannot be called back."""
        self.queue.clear()

    @property
    def late_writes(self) -> list[Call]:
        """The writes that the fault `late` kept and nobody has carried out yet."""
        return self.late.waiting()

    def carry_out_late_writes(self) -> list[Call]:
        """Carry them out in order of arrival and return their log entries; one that was refused is not `applied`."""
        return self.late.carry_out()
