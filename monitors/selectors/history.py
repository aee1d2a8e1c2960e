"""Timelines: what happened to a record or a customer, one entry an operation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from monitors.models import Attachment, AuditEvent, Customer, MonitorRecord, Operation, Task
from monitors.models.renames import line

SIDEBAR_ENTRIES = 30  # beside a record or a customer
ENTRIES_PER_PAGE = 100
MAX_DETACHES_FROM_ALL = 1000  # detaches from every record that one record's timeline may show
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
        """The list before: a change that a list revealed happened between the two."""
        start = self.event.details.get("window", {}).get("after")
        return datetime.fromisoformat(start) if start and not self.operation else None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries newest first; `older` is the key of the next page, None where the timeline begins."""

    entries: list[Entry]
    older: int | None
    is_newest: bool


def of_record(record: MonitorRecord, *, before: int | None = None, count: int = SIDEBAR_ENTRIES) -> Timeline:
    keys = line(record)
    own = Q(record_id__in=keys) if len(keys) > 1 else Q(record_id=record.pk)
    from_all = Operation.objects.filter(task=Task.DETACH, record=None)
    ended_here = from_all.filter(Exists(Attachment.objects.filter(ended_by=OuterRef("pk"), record__in=keys)))
    uuids = list(ended_here.order_by("-started_at").values_list("pk", flat=True)[:MAX_DETACHES_FROM_ALL])
    detached_from_all = Q(operation_id__in=uuids)
    conditions = [own & ~detached_from_all, detached_from_all] if uuids else [own]
    return _timeline(conditions, before, count)


def of_customer(customer: Customer, *, before: int | None = None, count: int = SIDEBAR_ENTRIES) -> Timeline:
    return _timeline([Q(customer_id=customer.pk)], before, count)


def _timeline(conditions: Sequence[Q], before: int | None, count: int) -> Timeline:
    """The newest entries that meet any of the conditions, each read by its own index; no two may overlap."""
    newest = [event for condition in conditions for event in _newest(condition, before, count + 1)]
    newest.sort(key=lambda event: event.number, reverse=True)
    events = newest[:count]
    operations = Operation.objects.in_bulk([event.operation_id for event in events if event.operation_id])
    entries = [
        Entry(event, operations.get(event.operation_id) if event.operation_id else None) for event in events
    ]
    return Timeline(entries, events[-1].number if len(newest) > count else None, before is None)


def _newest(condition: Q, before: int | None, count: int) -> Events:
    """An operation leaves up to four events; the first of them stands for it, so that pages fit together."""
    earlier = AuditEvent.objects.filter(
        condition, operation_id=OuterRef("operation_id"), number__lt=OuterRef("number")
    )
    events = AuditEvent.objects.filter(condition).filter(Q(operation_id=None) | ~Exists(earlier))
    if before is not None:
        events = events.filter(number__lt=before)
    return events.order_by("-number")[:count]
