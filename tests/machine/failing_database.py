"""A database that fails for a while and works again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction

from monitors.services import operations
from monitors.services.errors import NotRecorded


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


@contextmanager
def failing_after(statements: int, *, failures: int) -> Iterator[None]:
    """A process whose database fails; the next one records what this one could not."""
    with transaction.atomic(), connection.execute_wrapper(FailsAfter(statements, failures)):
        try:
            yield
        except (OperationalError, NotRecorded):
            # What was committed before stays; the atomic block here is only the test's.
            connection.needs_rollback = False
    operations.record_kept_ends()
