"""A process that dies between two SQL statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


class Killed(BaseException):
    """The process is gone: nothing after this runs, not even its own clean-up."""


class KillAfter:
    """A wrapper of SQL statements that lets so many through, then none until the process is replaced."""

    def __init__(self, statements: int) -> None:
        self.left = statements

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "SAVEPOINT" not in sql:
            self.left -= 1
            if self.left < 0:
                raise Killed
        return execute(sql, *rest)


@contextmanager
def killed_after(statements: int) -> Iterator[None]:
    """The block's process dies after so many statements; what it had committed stays."""
    with transaction.atomic(), connection.execute_wrapper(KillAfter(statements)):
        try:
            yield
        except Killed:
            # What was committed before the kill stays; the atomic block here is only the test's.
            connection.needs_rollback = False


@contextmanager
def unwrapped() -> Iterator[None]:
    """The test's own look at the database, also while the product's process counts as dead."""
    before = connection.execute_wrappers, connection.needs_rollback
    connection.execute_wrappers, connection.needs_rollback = [], False
    try:
        yield
    finally:
        connection.execute_wrappers, connection.needs_rollback = before
