"""Connections to PostgreSQL: one that stands costs no question, one that is lost is made anew, moments are the same."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite's connections cannot be lost"),
]


@pytest.fixture
def kept():
    """As between two requests: it is looked at before its next statement."""
    own = connections.create_connection("default")
    own.connect()
    own.health_check_enabled, own.health_check_done = True, False
    yield own
    own.close()


@pytest.fixture
def asked(kept, monkeypatch):
    """The connections of which the server was asked whether they can be used, and said that they cannot."""
    asked: list[BaseDatabaseWrapper] = []
    monkeypatch.setattr(type(kept), "is_usable", asked.append)
    return asked


def process(own):
    """The server's, as a statement of this connection tells it."""
    with own.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_one_that_stands_is_not_asked(kept, asked):
    before = kept.connection.info.backend_pid

    assert process(kept) == before
    assert asked == []


def test_one_that_the_server_closed_is_made_anew(kept):
    before = kept.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
        assert cursor.fetchone() == (True,)

    assert process(kept) != before


def test_one_in_a_transaction_that_failed_is_asked(kept, asked):
    kept.set_autocommit(False)
    with pytest.raises(DatabaseError), kept.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")

    assert not kept.is_usable()
    assert asked == [kept]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
@pytest.mark.parametrize(
    "text",
    [
        "2026-11-30 19:09:03.123456+00",
        "2026-11-30 19:09:03.5+05:30",
        "0001-01-01 12:00:00+00",
        "1900-01-01 00:00:01+00",
    ],
)
def test_moments_are_those_that_the_driver_reads(kept, zone, text):
    with kept.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, false)", [zone])
        cursor.execute("SELECT %s::timestamptz, extract(epoch FROM %s::timestamptz)", [text, text])
        moment, seconds = cursor.fetchone()

    assert (moment - datetime.fromtimestamp(0, UTC)) / timedelta(microseconds=1) == int(seconds * 1_000_000)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("text", ["infinity", "0044-03-15 12:00:00+00 BC", "20026-11-30 00:00:00+00"])
def test_a_moment_that_python_has_not_is_refused_by_the_driver(kept, text):
    with kept.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        with pytest.raises(DatabaseError, match="timestamp"):
            cursor.fetchone()
