"""Carrying out writes: at once, or late, after the client has given up."""

import threading
from collections import deque
from collections.abc import Mapping

from monitors.sandbox.calls import Call, CallLog
from monitors.sandbox.store import Refused, Store
from monitors.sandbox.tasks import carry_out, problems


def carry_out_and_log(
    store: Store, log: CallLog, *, call: int, task: str, parameters: Mapping[str, str]
) -> None:
    """Raises the store's `Refused`. One transaction: the log and the state agree even after a kill."""
    with store.transaction():
        carry_out(store, task, parameters)
        log.mark_applied(call)


class LateWrites:
    """Writes without an answer that are carried out on demand. In memory only: they end with the process."""

    def __init__(self, store: Store, log: CallLog) -> None:
        self._store = store
        self._log = log
        self._waiting: deque[int] = deque()
        self._lock = threading.Lock()

    def keep(self, call: int) -> None:
        with self._lock:
            self._waiting.append(call)

    def waiting(self) -> list[Call]:
        """In order of arrival."""
        with self._lock:
            return [self._log.get(call) for call in self._waiting]

    def carry_out(self) -> list[Call]:
        """Carry out all of them in order and return their log entries; a refused one is not `applied`."""
        entries = []
        with self._lock:
            while self._waiting:
                call = self._log.get(self._waiting[0])
                self._carry_out(call)
                self._waiting.popleft()
                entries.append(self._log.get(call.id))
        return entries

    def _carry_out(self, call: Call) -> None:
        assert call.task is not None
        if problems(call.task, call.parameters):
            return
        try:
            carry_out_and_log(
                self._store, self._log, call=call.id, task=call.task, parameters=call.parameters
            )
        except Refused:
            return
