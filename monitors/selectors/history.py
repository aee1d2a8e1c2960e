"""Timelines: what happened to a record or a customer, one entry an operation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from monitors.models import Attachment, AuditEvent, Customer, MonitorRecord, Operation, Task

ENTRIES = 30  # on the page of a record or customer
PAGE = 100
MANY = 1000  # detachments from every record that one record's story may hold
Events = QuerySet[AuditEvent]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline: an operation as it stands now, or something that nobody here did."""

    event: AuditEvent
    operation: Operation | None

    @property
    def at(self) -> datetime:
        return self.operation.started_at if self.operation else self.event.at

    @property
    def window_start(self) -> datetime | None:
        """The list before: a change found in a list happened between the two."""
        start = self.event.details.get("window", {}).get("after")
        return datetime.fromisoformat(start) if start and not self.operation else None


@dataclass(frozen=True, slots=True)
class Story:
    """Entries newest first; `older` is the key of the next page, None where the story begins."""

    entries: list[Entry]
    older: int | None
    is_newest: bool


def of_record(record: MonitorRecord, *, before: int | None = None, count: int = ENTRIES) -> Story:
    own = Q(record_id=record.pk)
    everywhere = Operation.objects.filter(task=Task.DETACH, record=None)
    swept = everywhere.filter(Exists(Attachment.objects.filter(ended_by=OuterRef("pk"), record=record)))
    uuids = list(swept.order_by("-started_at").values_list("pk", flat=True)[:MANY])
    swept_up = Q(operation_id__in=uuids)
    return _story([own & ~swept_up, swept_up] if uuids else [own], before, count)


def of_customer(customer: Customer, *, before: int | None = None, count: int = ENTRIES) -> Story:
    return _story([Q(customer_id=customer.pk)], before, count)


def _story(ways: Sequence[Q], before: int | None, count: int) -> Story:
    """The newest entries found in any of several ways, each by its own index and none twice."""
    found = [event for way in ways for event in _newest(way, before, count + 1)]
    events = sorted(found, key=lambda it: it.number, reverse=True)
    shown = events[:count]
    operations = Operation.objects.in_bulk([it.operation_id for it in shown if it.operation_id])
    entries = [Entry(it, operations.get(it.operation_id) if it.operation_id else None) for it in shown]
    return Story(entries, shown[-1].number if len(events) > count else None, before is None)


def _newest(way: Q, before: int | None, count: int) -> Events:
    """An operation leaves up to four events; the first of them stands for it, so that pages fit together."""
    earlier = AuditEvent.objects.filter(
        way, operation_id=OuterRef("operation_id"), number__lt=OuterRef("number")
    )
    events = AuditEvent.objects.filter(way).filter(Q(operation_id=None) | ~Exists(earlier))
    if before is not None:
        events = events.filter(number__lt=before)
    return events.order_by("-number")[:count]
