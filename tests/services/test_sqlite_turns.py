"""Who waits for SQLite's one writer looks again and again, and gives up in the end."""

import sqlite3
import time
from contextlib import closing

import pytest
from django.db import OperationalError, connection, transaction

from monitors.services import sqlite_turns

pytestmark = pytest.mark.any_database


@pytest.fixture
def two(tmp_path):
    """A connection that writes, and another one."""
    path = tmp_path / "desk.sqlite3"
    with (
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as writer,
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other,
    ):
        writer.execute("BEGIN IMMEDIATE")
        yield writer, other


def begin(raw, sql="BEGIN IMMEDIATE"):
    """As Django tells errors."""
    try:
        raw.execute(sql)
    except sqlite3.OperationalError as error:
        raise OperationalError(str(error)) from error


def test_who_waits_writes_as_soon_as_the_other_has_ended(two):
    writer, other = two
    tries = []

    def begin_again():
        tries.append(len(tries))
        if len(tries) == 3:
            writer.execute("COMMIT")
        begin(other)

    sqlite_turns._try_until(time.monotonic() + 60, begin_again)

    assert len(tries) == 3
    assert other.in_transaction


def test_who_has_waited_for_the_whole_timeout_gets_the_error(two):
    with pytest.raises(OperationalError, match="locked"):
        sqlite_turns._try_until(time.monotonic() - 1, lambda: begin(two[1]))


def test_any_other_error_is_told_at_once(two):
    tries = []

    with pytest.raises(OperationalError, match="no such table: absent"):
        sqlite_turns._try_until(
            time.monotonic() + 60, lambda: tries.append(1) or begin(two[1], "SELECT 1 FROM absent")
        )

    assert tries == [1]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has a queue of its own")
@pytest.mark.usefixtures("django_db_setup")
def test_the_products_own_connections_wait_like_this(monkeypatch, django_db_blocker):
    waits = []
    monkeypatch.setattr(sqlite_turns, "_try_until", lambda _, start: waits.append(start()))

    with django_db_blocker.unblock(), transaction.atomic(), connection.cursor() as cursor:
        timeout = cursor.execute("PRAGMA busy_timeout").fetchone()[0]

    assert len(waits) == 1
    assert timeout == 10_000
