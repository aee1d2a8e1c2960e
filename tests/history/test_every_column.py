"""Every column of an event is part of its hash, so that none can be changed unnoticed."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from monitors.models import AuditEvent
from monitors.services.log import audit, verify

COLUMNS = [column for column in AuditEvent._meta.concrete_fields if column.attname != "hash"]
OTHER_VALUES = {
    "BigIntegerField": "77",
    "CharField": "'other'",
    "DateTimeField": "'2020-01-01 00:00:00+00:00'",
    "JSONField": "'{\"other\": 1}'",
    "UUIDField": "'7d5a1a0e000040008000000000000001'",
}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.attname)
def test_a_change_of_any_column_is_noticed(log, tamper, column):
    value = OTHER_VALUES[column.get_internal_type()]

    tamper(f"UPDATE monitors_auditevent SET {column.column} = {value} WHERE number = 5")

    assert verify.chain().problem.startswith(("event 5 ", "event 77 "))


def test_the_roles_that_somebody_had_are_part_of_the_hash(log):
    event = log[2]
    event.actor_roles = "Administrators"

    assert audit.digest(event) != event.hash


def test_the_hash_of_an_event_is_the_same_for_ever():
    """A log that was written by an earlier version of the desk must still verify."""
    event = AuditEvent(
        number=1,
        at=datetime(2026, 3, 3, 12, tzinfo=UTC),
        kind="operation.started",
        actor_id=7,
        actor_name="Ána K.",
        actor_roles="Support",
        task="append",
        outcome="pending",
        source="web",
        record_id=1,
        record_name="one",
        customer_id=2,
        username="acme",
        operation_id=UUID("7d5a1a0e-0000-4000-8000-000000000001"),
        reason="T-1",
        details={"parameters": {"user": "acme", "name": "one"}},
        previous_hash=audit.GENESIS,
    )

    assert audit.digest(event) == "883e695b6799412e190197436f8c2c9f42e65cfd065e136c86d829de4f4ff8ce"


@pytest.mark.parametrize(
    ("column", "value"), [("actor_username", "eve"), ("person_id", 7), ("address", "192.0.2.7")]
)
def test_a_column_that_came_later_is_part_of_the_hash_where_it_holds_something(log, tamper, column, value):
    audit.write(audit.Event(kind="sign_in", **{column: value}))
    tamper(f"UPDATE monitors_auditevent SET {column} = NULL WHERE number = 6")

    assert verify.chain().problem == "event 6 was changed after it was written"


def test_every_column_that_came_later_may_be_null():
    by_name = {column.attname: column for column in COLUMNS}

    assert all(by_name[name].null for name in audit.LATER_COLUMNS)


@pytest.mark.parametrize("value", ["''", "'192.0.2.7'"])
def test_an_address_cannot_be_slipped_into_an_event_that_has_none(log, tamper, value):
    tamper(f"UPDATE monitors_auditevent SET address = {value} WHERE number = 3")

    assert verify.chain().problem == "event 3 was changed after it was written"
