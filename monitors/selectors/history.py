"""Timelines: the audit events of a record, of a customer or of everything, one entry an operation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from monitors.models import AuditEvent, Customer, MonitorRecord, Operation

ENTRIES = 30
PAGE = 100


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
class LogPage:
    """One page of the audit log by key; `older` is the `before` of the next one."""

    events: list[AuditEvent]
    older: int | None


def of_record(record: MonitorRecord) -> list[Entry]:
    return _entries(AuditEvent.objects.filter(record_id=record.pk))


def of_customer(customer: Customer) -> list[Entry]:
    return _entries(AuditEvent.objects.filter(customer_id=customer.pk))


def log(before: str | None) -> LogPage:
    """Events newest first, those older than number `before`."""
    rows = AuditEvent.objects.order_by("-number")
    if before and before.isascii() and before.isdigit():
        rows = rows.filter(number__lt=int(before))
    events = list(rows[: PAGE + 1])
    return LogPage(events[:PAGE], events[PAGE - 1].number if len(events) > PAGE else None)


def _entries(events: QuerySet[AuditEvent]) -> list[Entry]:
    # An operation leaves up to four events; the newest of them stands for it.
    newest = list(events.order_by("-number")[: ENTRIES * 4])
    operations = Operation.objects.in_bulk([it.operation_id for it in newest if it.operation_id])
    entries = [Entry(it, operations.get(it.operation_id) if it.operation_id else None) for it in newest]
    return sorted(_one_each(entries), key=lambda it: (it.at, it.event.number), reverse=True)[:ENTRIES]


def _one_each(entries: Iterable[Entry]) -> Iterable[Entry]:
    seen = set()
    for entry in entries:
        if entry.operation is None or entry.operation.pk not in seen:
            yield entry
        if entry.operation is not None:
            seen.add(entry.operation.pk)
