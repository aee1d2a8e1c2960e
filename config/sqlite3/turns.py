"""Waiting for SQLite's one writer: looked at each few milliseconds, where SQLite itself soon looks each 100 only.

Eight people who write would otherwise sleep most of the time beside a lock that nobody holds.
"""

import random
import sqlite3
import time
from collections.abc import Callable

from django.db import OperationalError

MAX_PAUSE_SECONDS = 0.004
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")


def begin_patiently(raw: sqlite3.Connection, seconds: float, begin: Callable[[], None]) -> None:
    """`begin` until it has, or for so long."""
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        _try_until(time.monotonic() + seconds, begin)
    finally:
        raw.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _try_until(gives_up_at: float, begin: Callable[[], None]) -> None:
    while True:
        try:
            return begin()
        except OperationalError as error:
            is_busy = getattr(error.__cause__, "sqlite_errorname", "").startswith(BUSY)
            if not is_busy or time.monotonic() > gives_up_at:
                raise
        # By chance, so that nobody always comes too late.
        time.sleep(random.uniform(0, MAX_PAUSE_SECONDS))  # noqa: S311 - no secret
