"""Whether a kept connection to PostgreSQL still stands, seen without asking the server: one round trip less a request.

A server that went away has closed its end, or has said why first: then there is something to read, and it is asked.
"""

import select
from functools import partial
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def watch() -> None:
    """Called once, when the application is ready."""
    connection_created.connect(_look_first, dispatch_uid="desk-postgres-connections")


def _look_first(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "postgresql":
        connection.is_usable = partial(_is_usable, connection)  # type: ignore[method-assign]


def _is_usable(connection: BaseDatabaseWrapper) -> bool:
    return _is_quiet(connection.connection) or type(connection).is_usable(connection)


def _is_quiet(driver: Any) -> bool:
    """It is open, in no transaction, and nothing has come since the last answer."""
    if driver is None or driver.closed or driver.info.transaction_status:
        return False
    poll = select.poll()
    poll.register(driver.fileno(), select.POLLIN)
    return not poll.poll(0)
