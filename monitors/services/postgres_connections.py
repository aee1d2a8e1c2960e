"""Connections to PostgreSQL that cost less: seen to stand without a round trip, and moments read without a pattern.

A server that went away has closed its end, or has said why first: then there is something to read, and it is asked.
"""

import select
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def watch() -> None:
    """Called once, when the application is ready."""
    connection_created.connect(_make_quick, dispatch_uid="desk-postgres-connections")


def _make_quick(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "postgresql":
        connection.is_usable = partial(_is_usable, connection)  # type: ignore[method-assign]
        if connection.timezone is UTC:
            connection.connection.adapters.register_loader("timestamptz", _loader())


def _is_usable(connection: BaseDatabaseWrapper) -> bool:
    return _is_quiet(connection.connection) or type(connection).is_usable(connection)


def _is_quiet(driver: Any) -> bool:
    """It is open, in no transaction, and nothing has come since the last answer."""
    if driver is None or driver.closed or driver.info.transaction_status:
        return False
    poll = select.poll()
    poll.register(driver.fileno(), select.POLLIN)
    return not poll.poll(0)


@cache
def _loader() -> Any:
    from django.db.backends.postgresql.psycopg_any import BaseTzLoader  # noqa: PLC0415 - needs PostgreSQL's driver
    from psycopg.adapt import Loader  # noqa: PLC0415

    class Usual(BaseTzLoader):  # type: ignore[misc]
        timezone = UTC

    class Quick(Loader):
        """Of what Python reads by itself; the driver's own takes the rest, or says what is wrong with it."""

        timezone = UTC

        def load(self, data: Any) -> datetime:
            try:
                moment = datetime.fromisoformat(str(data, "ascii"))
            except ValueError:
                usual: datetime = Usual(self.oid, self.connection).load(data)
                return usual
            return moment if moment.tzinfo is UTC else moment.astimezone(UTC)

    return Quick
