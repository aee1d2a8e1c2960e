"""A database that fails for a while and works again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db import OperationalError, connection, transaction
from requests.adapters import HTTPAdapter

from monitors.services.errors import NotRecorded

UNTIL_THE_STEP_IS_OVER = 10_000  # statements
NEVER = 1_000_000


class FailsAfter:
    """A wrapper of SQL statements that lets so many through, lets the next ones fail, then works again."""

    def __init__(self, statements: int, failures: int) -> None:
        self.left, self.failures = statements, failures
        self.depth = len(connection.atomic_blocks)

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if len(connection.atomic_blocks) == self.depth:
            connection.needs_rollback = False  # outside the product's own transactions
        if "SAVEPOINT" not in sql:
            self.left -= 1
            if -self.failures <= self.left < 0:
                raise OperationalError("the machine lets the database fail")
        return execute(sql, *rest)

    def from_here(self, send: Callable[..., Any]) -> Callable[..., Any]:
        """Works until a call has been sent, and fails from then on."""

        def sent(*arguments: Any, **named: Any) -> Any:
            try:
                return send(*arguments, **named)
            finally:
                self.left = 0

        return sent


@contextmanager
def failing_after(statements: int, *, failures: int = UNTIL_THE_STEP_IS_OVER) -> Iterator[FailsAfter]:
    """A process whose database fails; what it could not record waits in its files."""
    with transaction.atomic():
        database = FailsAfter(statements, failures)
        with connection.execute_wrapper(database):
            try:
                yield database
            except (OperationalError, NotRecorded):
                # What was committed before stays; the atomic block here is only the test's.
                connection.needs_rollback = False


@contextmanager
def failing_once_it_is_sent() -> Iterator[None]:
    """The database fails for the whole time in which the end of a call is to be recorded."""
    with (
        failing_after(NEVER) as database,
        patch.object(HTTPAdapter, "send", database.from_here(HTTPAdapter.send)),
    ):
        yield
