"""The faults that are armed: each waits for a request that it fits."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitors.sandbox.faults import FAULTS, Fault, Moment
from monitors.sandbox.store import Store
from monitors.sandbox.tasks import TASKS, WRITES

_TASKS_OF_FILTER = {"any": TASKS, "write": WRITES, **{task: frozenset({task}) for task in TASKS}}
FILTERS = tuple(_TASKS_OF_FILTER)
UNTIL_CLEARED = 0


@dataclass
class ArmedFault:
    """`task` is one of FILTERS; `left` counts the requests it is still played on, or is UNTIL_CLEARED."""

    name: str
    task: str
    applied: bool
    left: int
    options: dict[str, Any]

    @property
    def fault(self) -> Fault:
        return FAULTS[self.name]

    def fits(self, task: str | None, *, is_reused: bool) -> bool:
        if self.fault.moment is Moment.CONNECT or (self.fault.moment is Moment.REUSED and not is_reused):
            return False
        if task not in TASKS:
            return self.task == "any" and self.fault.tasks == TASKS
        return task in _TASKS_OF_FILTER[self.task] & self.fault.tasks


class FaultQueue:
    """A request meets the first fault that fits it; faults armed until cleared take turns."""

    def __init__(self) -> None:
        self._queue: list[ArmedFault] = []
        self._lock = threading.Lock()

    def arm(
        self, name: str, *, store: Store, task: str, applied: bool, times: int, options: Mapping[str, Any]
    ) -> None:
        """Raises ValueError, with one line, for an unknown name, task or option."""
        fault = _fault_for(name, task)
        options_in_full = _with_defaults(name, fault, options)
        if fault.capture:
            options_in_full["rows"] = fault.capture(store)
        with self._lock:
            self._queue.append(ArmedFault(name, task, applied, times, options_in_full))

    def clear(self) -> None:
        with self._lock:
            self._queue.clear()

    def all(self) -> tuple[ArmedFault, ...]:
        with self._lock:
            return tuple(self._queue)

    def leaves_requests_unread(self) -> bool:
        return any(armed.fault.moment in {Moment.UNREAD, Moment.REUSED} for armed in self.all())

    def take_at_connect(self) -> ArmedFault | None:
        with self._lock:
            return self._take(next((a for a in self._queue if a.fault.moment is Moment.CONNECT), None))

    def take(self, task: str | None, *, is_reused: bool) -> ArmedFault | None:
        with self._lock:
            return self._take(next((a for a in self._queue if a.fits(task, is_reused=is_reused)), None))

    def _take(self, armed: ArmedFault | None) -> ArmedFault | None:
        if armed is None:
            return None
        if armed.left == UNTIL_CLEARED:
            self._queue.remove(armed)
            self._queue.append(armed)
        elif armed.left == 1:
            self._queue.remove(armed)
        else:
            armed.left -= 1
        return armed


def _fault_for(name: str, task: str) -> Fault:
    if name not in FAULTS:
        raise ValueError(f"there is no fault {name!r}")
    if task not in _TASKS_OF_FILTER:
        raise ValueError(f"there is no task {task!r}; choose from {', '.join(FILTERS)}")
    if not _TASKS_OF_FILTER[task] & FAULTS[name].tasks:
        raise ValueError(f"{name} cannot be played on {task}")
    return FAULTS[name]


def _with_defaults(name: str, fault: Fault, options: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(options) - set(fault.options):
        allowed = ", ".join(fault.options) or "no options"
        raise ValueError(f"{name} has no option {', '.join(sorted(unknown))}; it takes {allowed}")
    return {
        **fault.options,
        **{name: _as_type_of(fault.options[name], value) for name, value in options.items()},
    }


def _as_type_of(default: Any, value: Any) -> Any:
    """Options from a form or a command line are text: convert them to the type of the default."""
    if isinstance(default, bytes) and isinstance(value, str):
        return value.encode()
    return type(default)(value)
