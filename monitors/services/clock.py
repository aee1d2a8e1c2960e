"""The time as the database tells it, so that several machines agree."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from django.utils import timezone

from monitors.models import fixed

Clock = Callable[[], datetime]
Stopwatch = Callable[[], float]


def now() -> datetime:
    """PostgreSQL's clock at this instant (not the transaction's start); the machine's own on SQLite."""
    return _Clock.read()


def is_of_the_database() -> bool:
    """Whether `now` asks the database: whoever asks it something else may ask for both at once."""
    return _Clock.read is _database_time


def stopwatch() -> float:
    """Seconds that only ever go on, also while the database is not there or a clock is set."""
    return _Clock.measure()


@contextmanager
def reading(clock: Clock, *, stopwatch: Stopwatch = time.monotonic) -> Iterator[None]:
    """Within the block every service reads this clock instead: tests let hours pass at once."""
    before = _Clock.read, _Clock.measure
    _Clock.read, _Clock.measure = clock, stopwatch
    try:
        yield
    finally:
        _Clock.read, _Clock.measure = before


def _database_time() -> datetime:
    if connection.vendor != "postgresql":
        return timezone.now()
    with fixed.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


class _Clock:
    read: Clock = staticmethod(_database_time)
    measure: Stopwatch = staticmethod(time.monotonic)
