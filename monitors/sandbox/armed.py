"""The faults that are set and wait for their request."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitors.sandbox.faults import FAULTS, Fault, Moment
from monitors.sandbox.store import Store
from monitors.sandbox.tasks import TASKS, WRITES

_FILTERS = {"any": TASKS, "write": WRITES, **{task: frozenset({task}) for task in TASKS}}
FILTERS = tuple(_FILTERS)
UNTIL_CLEARED = 0


@dataclass
class Armed:
    """`left`: how many more requests it is played on, or UNTIL_CLEARED."""

    name: str
    task: str
    applied: bool
    left: int
    options: dict[str, Any]

    @property
    def fault(self) -> Fault:
        return FAULTS[self.name]

    def fits(self, task: str | None, *, reused: bool) -> bool:
        if self.fault.moment is Moment.CONNECT or (self.fault.moment is Moment.REUSED and not reused):
            return False
        if task not in TASKS:
            return self.task == "any" and self.fault.tasks == TASKS
        return task in _FILTERS[self.task] & self.fault.tasks


class Queue:
    """The first that fits is played; of those that stay until cleared, several take turns."""

    def __init__(self) -> None:
        self._waiting: list[Armed] = []
        self._lock = threading.Lock()

    def arm(
        self, name: str, *, store: Store, task: str, applied: bool, times: int, options: Mapping[str, Any]
    ) -> None:
        """Raises ValueError with one sentence for a name, task or option that does not exist."""
        if name not in FAULTS:
            raise ValueError(f"there is no fault {name!r}")
        if task not in _FILTERS:
            raise ValueError(f"there is no task {task!r}; choose from {', '.join(_FILTERS)}")
        fault = FAULTS[name]
        if not _FILTERS[task] & fault.tasks:
            raise ValueError(f"{name} cannot be played on {task}")
        merged = _merge(name, fault, options)
        if fault.capture:
            merged["rows"] = fault.capture(store)
        with self._lock:
            self._waiting.append(Armed(name, task, applied, times, merged))

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> tuple[Armed, ...]:
        with self._lock:
            return tuple(self._waiting)

    def leaves_requests_unread(self) -> bool:
        return any(armed.fault.moment in {Moment.UNREAD, Moment.REUSED} for armed in self.waiting())

    def take_at_connect(self) -> Armed | None:
        with self._lock:
            return self._take(next((a for a in self._waiting if a.fault.moment is Moment.CONNECT), None))

    def take(self, task: str | None, *, reused: bool) -> Armed | None:
        with self._lock:
            return self._take(next((a for a in self._waiting if a.fits(task, reused=reused)), None))

    def _take(self, armed: Armed | None) -> Armed | None:
        if armed is None:
            return None
        if armed.left == UNTIL_CLEARED:
            self._waiting.remove(armed)
            self._waiting.append(armed)
        elif armed.left == 1:
            self._waiting.remove(armed)
        else:
            armed.left -= 1
        return armed


def _merge(name: str, fault: Fault, options: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(options) - set(fault.options):
        allowed = ", ".join(fault.options) or "no options"
        raise ValueError(f"{name} has no option {', '.join(sorted(unknown))}; it takes {allowed}")
    return {
        **fault.options,
        **{key: _as_kind_of(fault.options[key], value) for key, value in options.items()},
    }


def _as_kind_of(default: Any, value: Any) -> Any:
    """Options that come as text, from a form or a command line, become what the default is."""
    if isinstance(default, bytes) and isinstance(value, str):
        return value.encode()
    return type(default)(value)
