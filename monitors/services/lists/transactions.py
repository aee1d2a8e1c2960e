"""The short transactions in which a list is written (PACE.transaction_time), so that nobody waits behind it.

Each takes the writers' lock, proves that the lease is still ours, and says what our own operations touched
since the list was asked for.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from monitors.services import writers_lock
from monitors.services.lists import difference, lease, recent_writes
from monitors.services.lists.recent_writes import EndedBefore, RecentWrites

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Transactions:
    """Those of one list; `holder` is the lease's, for `ended_before` see recent_writes."""

    asked_at: datetime
    holder: str
    ended_before: EndedBefore

    @contextmanager
    def locked(self) -> Iterator[RecentWrites]:
        """One transaction under the writers' lock; raises lease.Lost when the lease has passed on."""
        with _uncollected(), transaction.atomic():
            writers_lock.take()
            lease.renew(self.holder)
            yield recent_writes.since(self.asked_at, ended_before=self.ended_before)

    def in_chunks(
        self, items: list[T], write: Callable[[list[T], RecentWrites], None], *, rows: int | None = None
    ) -> None:
        """Each transaction takes as many chunks as fit into PACE.transaction_time, at least one.

        `rows` is the size of a chunk where it is not PACE.transaction_rows.
        """
        chunks = difference.chunks(items, rows)
        chunk = next(chunks, None)
        while chunk is not None:
            asked = time.monotonic()
            with self.locked() as recent:
                began = time.monotonic()
                written = 0
                while chunk is not None and fits(written, time.monotonic() - began):
                    write(chunk, recent)
                    written += 1
                    chunk = next(chunks, None)
            pause(waited=began - asked)


def fits(chunks: int, seconds: float) -> bool:
    """Whether one chunk more, as long as those before it, ends in time; the first always does."""
    return not chunks or seconds * (chunks + 1) / chunks <= settings.PACE.transaction_time.total_seconds()


def without_lock(chunks: Iterator[T], write: Callable[[T], object]) -> None:
    """For rows that nobody else writes: transactions as short, of as many chunks as fit."""
    chunk = next(chunks, None)
    while chunk is not None:
        began, written = time.monotonic(), 0
        with transaction.atomic():
            while chunk is not None and fits(written, time.monotonic() - began):
                write(chunk)
                written += 1
                chunk = next(chunks, None)
        pause()


@contextmanager
def _uncollected() -> Iterator[None]:
    """With a long list in hand Python takes a fifth of a second to look for garbage: not while others wait."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def pause(*, waited: float = 0) -> None:
    """After each transaction: SQLite's lock is not fair to those who wait.

    Where others made us wait for so many seconds, they get as many, within limits.
    """
    pace = settings.PACE
    _write_back()
    others = min(waited, pace.transaction_pause_limit.total_seconds())
    time.sleep(max(others, pace.transaction_pause.total_seconds()))


def _write_back() -> None:
    """From SQLite's log into its file, while nobody has to wait: else a commit does it once the log is long."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with suppress(DatabaseError), connection.cursor() as cursor:  # a commit does not tell either
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
