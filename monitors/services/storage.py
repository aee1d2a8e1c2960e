"""The desk's database: whether there is room on its disk for another write, and whether it is of this version."""

import os
import sqlite3
from contextlib import suppress
from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

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


def is_migrated() -> bool:
    """Whether every migration of this version was applied; more, of a later one, do no harm."""
    return _known() <= MigrationRecorder(connection).applied_migrations().keys()


@cache
def _known() -> frozenset[tuple[str, str]]:
    """Of all applications, as they lie on the disk."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
