"""Waiting for SQLite's one writer: looked at each few milliseconds, where SQLite itself soon looks each 100 only.

Eight people who write would otherwise sleep most of the time beside a lock that nobody holds.
"""

import random
import time
from collections.abc import Callable
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

MAX_PAUSE_SECONDS = 0.004
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")


def watch() -> None:
    """Called once, when the application is ready."""
    connection_created.connect(_add_patience, dispatch_uid="desk-sqlite-turns")


def _add_patience(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "sqlite" and _begin_patiently not in connection.execute_wrappers:
        connection.execute_wrappers.append(_begin_patiently)


def _begin_patiently(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    if not sql.startswith("BEGIN"):
        return execute(sql, params, many, context)
    seconds = context["connection"].settings_dict["OPTIONS"]["timeout"]
    raw = context["connection"].connection
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        return _try_until(time.monotonic() + seconds, lambda: execute(sql, params, many, context))
    finally:
        raw.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _try_until(gives_up_at: float, begin: Callable[[], Any]) -> Any:
    while True:
        try:
            return begin()
        except OperationalError as error:
            is_busy = getattr(error.__cause__, "sqlite_errorname", "").startswith(BUSY)
            if not is_busy or time.monotonic() > gives_up_at:
                raise
        # By chance, so that nobody always comes too late.
        time.sleep(random.uniform(0, MAX_PAUSE_SECONDS))  # noqa: S311 - no secret
