"""The database itself refuses to change or remove an event, whoever asks and however."""

import pytest
from django.db import DatabaseError, connection, transaction

from monitors.models import AuditEvent

TABLE = "monitors_auditevent"


def refuses(act):
    with pytest.raises(DatabaseError, match="the audit log is append-only"), transaction.atomic():
        act()


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_orm_cannot_change_an_event(log):
    event = log[2]
    event.reason = "another"

    refuses(event.save)
    refuses(lambda: AuditEvent.objects.filter(number=3).update(reason="another"))
    refuses(lambda: AuditEvent.objects.bulk_update([event], ["reason"]))
    refuses(
        lambda: AuditEvent.objects.bulk_create(
            [event], update_conflicts=True, unique_fields=["number"], update_fields=["reason"]
        )
    )

    assert AuditEvent.objects.get(number=3).reason == "number 3"


def test_the_orm_cannot_remove_an_event(log):
    refuses(log[2].delete)
    refuses(AuditEvent.objects.all().delete)

    assert AuditEvent.objects.count() == 5


@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE {TABLE} SET reason = 'another' WHERE number = 3",
        f"UPDATE {TABLE} SET reason = reason",
        f"DELETE FROM {TABLE} WHERE number = 5",
        f"DELETE FROM {TABLE}",
    ],
)
def test_plain_sql_cannot_change_or_remove_an_event(log, sql):
    refuses(lambda: execute(sql))

    assert list(AuditEvent.objects.values_list("reason", flat=True).order_by("number")) == [
        f"number {it}" for it in range(1, 6)
    ]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite can replace a row by inserting")
def test_replacing_an_event_by_an_insert_is_refused(log):
    columns = ", ".join(field.column for field in AuditEvent._meta.fields)
    selected = columns.replace("reason", "'another'")

    refuses(
        lambda: execute(
            f"INSERT OR REPLACE INTO {TABLE} ({columns}) SELECT {selected} FROM {TABLE} WHERE number = 3"
        )
    )
    # The same hash under a number of its own would replace it too.
    refuses(
        lambda: execute(
            f"INSERT OR REPLACE INTO {TABLE} ({columns}) "
            f"SELECT {columns.replace('number', '9', 1)} FROM {TABLE} WHERE number = 3"
        )
    )

    assert list(AuditEvent.objects.values_list("reason", flat=True).order_by("number"))[2] == "number 3"


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL can empty a table at once")
def test_emptying_the_log_at_once_is_refused(log):
    refuses(lambda: execute(f"TRUNCATE {TABLE}"))

    assert AuditEvent.objects.count() == 5
