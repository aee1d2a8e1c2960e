"""Rows that stand for all tests of a file, since writing them takes longer than any of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def taken_back(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is written inside is gone afterwards: around a file for its rows, around a test for its own changes."""
    with blocker.unblock():
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        _read_statistics()


def _read_statistics() -> None:
    """SQLite keeps those in memory that the changes brought."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE sqlite_schema")
