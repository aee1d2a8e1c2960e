"""A kept connection to PostgreSQL: one that stands costs no question, one that the server closed is made anew."""

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
