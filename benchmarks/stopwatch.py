"""Times each transaction of a process, from holding its lock to the end of its commit."""

import resource
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Times = list[tuple[float, float]]  # of each transaction: seconds by the clock and seconds of processor


@dataclass(slots=True)
class Transactions:
    """Those of all threads, also single statements that write outside of any block."""

    times: Times = field(default_factory=list)
    _began: threading.local = field(default_factory=threading.local)

    def begin(self) -> None:
        self._began.at = time.perf_counter(), time.thread_time()

    def end(self) -> None:
        wall, processor = self._began.at
        self.times.append((time.perf_counter() - wall, time.thread_time() - processor))

    @property
    def longest(self) -> float:
        return max((wall for wall, _ in self.times), default=0)

    @property
    def longest_processor(self) -> float:
        return max((processor for _, processor in self.times), default=0)

    @property
    def percentile_99(self) -> float:
        walls = [wall for wall, _ in self.times]
        return statistics.quantiles(walls, n=100, method="inclusive")[-1] if len(walls) > 1 else self.longest


@contextmanager
def transactions() -> Iterator[Transactions]:
    """SQLite holds the lock from BEGIN IMMEDIATE, PostgreSQL from the first `writers_lock.take()` of a transaction."""
    from django.db import connection
    from django.db.transaction import Atomic

    from monitors.services import writers_lock

    measured = Transactions()
    enter, leave, take, take_at = Atomic.__enter__, Atomic.__exit__, writers_lock.take, writers_lock.take_at
    is_first = threading.local()

    def timed_enter(block: Atomic) -> None:
        is_outermost = not connection.in_atomic_block
        enter(block)
        if is_outermost:
            is_first.is_so = True
            measured.begin()

    def timed_leave(block: Atomic, *error: Any) -> None:
        leave(block, *error)
        if not connection.in_atomic_block:
            measured.end()

    def timed_take() -> Any:
        return timed(take)

    def timed_take_at() -> Any:
        return timed(take_at)

    def timed(take: Callable[[], Any]) -> Any:
        taken = take()
        if connection.vendor == "postgresql" and is_first.is_so:
            measured.begin()
        is_first.is_so = False
        return taken

    def timed_statement(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if connection.in_atomic_block or sql.lstrip().startswith(("SELECT", "WITH", "PRAGMA", "BEGIN")):
            return execute(sql, *rest)
        measured.begin()
        result = execute(sql, *rest)
        measured.end()
        return result

    patches: Sequence[tuple[Any, str, Any, Any]] = (
        (Atomic, "__enter__", timed_enter, enter),
        (Atomic, "__exit__", timed_leave, leave),
        (writers_lock, "take", timed_take, take),
        (writers_lock, "take_at", timed_take_at, take_at),
    )
    for owner, name, patched, _ in patches:
        setattr(owner, name, patched)
    try:
        with connection.execute_wrapper(timed_statement):
            yield measured
    finally:
        for owner, name, _, former in patches:
            setattr(owner, name, former)


def peak_megabytes() -> int:
    """Of this process since it began."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
