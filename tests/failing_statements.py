"""A database that fails at some statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection


@contextmanager
def failing(*words: str, message: str = "database is locked") -> Iterator[None]:
    """At each statement that holds all of these words."""

    def execute(run: Any, sql: str, *rest: Any) -> Any:
        if all(word in sql for word in words):
            raise OperationalError(message)
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        yield
