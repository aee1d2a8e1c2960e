"""Rows made by hand at fixed moments, so that a test of one rule states all that the rule looks at."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitors.gateway.records import Listing, Record
from monitors.models import Attachment, MonitorRecord, Operation, Refresh, State, Task
from monitors.services.lists import mirror
from monitors.services.lists.mirror import Cause, NewAttachment

EMAIL, OTHER_EMAIL = "a@northmail.example", "b@northmail.example"
_START = datetime(2026, 3, 3, 12, tzinfo=UTC)


def minute(number: float) -> datetime:
    """So many minutes after noon of 3 March 2026."""
    return _START + timedelta(minutes=number)


def a_record(name: str = "one", *, email: str = EMAIL, frequency: int | None = 5) -> MonitorRecord:
    cause = Cause(at=minute(-60))
    row = mirror.new_record(name, email, frequency, cause)
    mirror.add_records([(row, cause)])
    return row


def an_attachment(
    record: MonitorRecord, username: str, *, at: float = -30, began_by: Operation | None = None
) -> Attachment:
    customer = mirror.customers([username], minute(at))[username]
    mirror.open_attachments([NewAttachment(record, customer, Cause(at=minute(at), operation=began_by))])
    return Attachment.objects.lasting().get(record=record, customer=customer)


def an_operation(
    task: Task,
    *,
    record: MonitorRecord | None = None,
    state: State = State.ACCEPTED,
    started: float = 1,
    ended: float | None = 2,
    deadline: float | None = None,
    **columns: Any,
) -> Operation:
    """Times in minutes; the record's name is the record's own unless it is given."""
    values: dict[str, Any] = {
        "record_name": record.name if record else "",
        "actor_name": "Ana K.",
        "started_at": minute(started),
        "claimed_at": None if state == State.QUEUED else minute(started),
        "ended_at": None if ended is None else minute(ended),
        "deadline_at": minute(started + 4 if deadline is None else deadline),
    }
    return Operation.objects.create(task=task, record=record, state=state, **values | columns)


def a_refresh(*, asked: float = 10, answered: float | None = None) -> Refresh:
    answered_at = minute(asked + 1 if answered is None else answered)
    return Refresh.objects.create(asked_at=minute(asked), answered_at=answered_at)


def listed(
    name: str = "one",
    *users: str,
    email: str = EMAIL,
    frequency: int | None = 5,
    is_readable: bool = True,
) -> Record:
    """A record as a list shows it; without `is_readable` nobody can tell who is on it."""
    return Record(name=name, email=email, frequency=frequency, users=users if is_readable else None)


def a_listing(*records: Record) -> Listing:
    return Listing(records=records, anomalies=(), size=1, digest="0" * 64)
