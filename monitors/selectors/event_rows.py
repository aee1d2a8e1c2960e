"""An event of the audit log as a plain tuple: making an object of each took longer than reading it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from monitors.models import AuditEvent
from monitors.selectors.by_key import Rows


class EventRow(NamedTuple):
    """What files and timelines say of an event; the names are the model's."""

    number: int
    at: datetime
    kind: str
    actor_id: int | None
    actor_name: str
    actor_roles: str
    actor_username: str | None
    task: str
    outcome: str
    source: str
    record_id: int | None
    record_name: str
    customer_id: int | None
    username: str
    operation_id: UUID | None
    refresh_id: int | None
    reason: str
    details: dict[str, Any]
    address: str | None
    previous_hash: str
    hash: str


_EVENTS = Rows(AuditEvent.objects.all, EventRow._fields)


def with_numbers(numbers: Sequence[int]) -> Iterator[EventRow]:
    """In the order of the numbers."""
    return map(EventRow._make, _EVENTS.read(numbers))
