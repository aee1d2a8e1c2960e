"""Free text is found with and without the trigram index."""

from importlib import import_module

import pytest
from django.db import DatabaseError, connection

from monitors.models import AuditEvent
from monitors.selectors import audit as selectors
from monitors.services.log import audit


def found(text):
    return selectors.with_text(AuditEvent.objects.all(), text).count()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite's own index needs no extension")
def test_without_the_right_to_create_the_extension_a_plain_scan_answers(log):
    migration = import_module("monitors.migrations.0005_audit_search")

    def refuse(execute, sql, *rest):
        if "EXTENSION" in sql:
            raise DatabaseError("permission denied to create extension")
        return execute(sql, *rest)

    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX audit_search_words")
    with connection.execute_wrapper(refuse):
        migration._index_trigrams(connection)

    assert found("number 3") == 1


def test_each_event_is_found_from_the_moment_it_is_written(log):
    audit.write(audit.Event(kind="sign_in", reason="a needle in it"))

    assert found("needle") == 1
    assert found("number") == 5


def test_moments_in_the_details_are_not_words(db):
    window = {"after": "2026-03-03T09:10:00+00:00", "at": "2026-03-03T09:15:00+00:00"}
    audit.write(audit.Event(kind="list.difference", details={"change": "attached", "window": window}))

    assert found("2026-03-03") == 0
    assert found("attached") == 1


def test_the_user_name_of_whoever_it_was_is_found(db):
    audit.write(audit.Event(kind="sign_in", actor_name="Ana Keller", actor_username="akeller7"))

    assert found("akeller7") == 1
    assert found("Ana Keller") == 1
