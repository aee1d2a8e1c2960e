"""The disk under the desk's database: whether there is room on it for another write."""

import os
import sqlite3
from contextlib import suppress

from django.db import connection

MIN_FREE_BYTES = (
    1 << 20
)  # an operation with its events takes some hundred kilobytes of SQLite's write-ahead log
POSTGRESQL_DISK_FULL = "53100"


def is_full(error: BaseException | None = None) -> bool:
    """What the driver's error says; of SQLite's disk also what the machine says."""
    cause = error.__cause__ if error else None
    codes = (getattr(cause, "sqlite_errorcode", None), getattr(cause, "sqlstate", None))
    return sqlite3.SQLITE_FULL in codes or POSTGRESQL_DISK_FULL in codes or not _has_room()


def _has_room() -> bool:
    """Not asked of PostgreSQL, whose disk is elsewhere, nor of a database in memory."""
    if connection.vendor == "sqlite":
        with suppress(OSError):
            disk = os.statvfs(connection.settings_dict["NAME"])
            return disk.f_bavail * disk.f_frsize >= MIN_FREE_BYTES
    return True
