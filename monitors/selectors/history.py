"""Timelines: what happened to a record or a customer, one entry an operation."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from monitors.models import Attachment, AuditEvent, Customer, MonitorRecord, Operation, Task, prepared
from monitors.models.renames import line
from monitors.selectors.event_rows import EventRow

SIDEBAR_ENTRIES = 10  # beside a record or a customer
ENTRIES_PER_PAGE = 100
MAX_DETACHES_FROM_ALL = 1000  # detaches from every record that one record's timeline may show
Events = QuerySet[AuditEvent]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline: an operation as it stands now, or an event that no operation explains.

    `is_departure`: on the page of a record, an append to another one, for which the customer left.
    """

    operation: Operation | None = None
    event: EventRow | None = None
    is_departure: bool = False

    @property
    def window_start(self) -> datetime | None:
        """The list before: a change that a list revealed happened between the two."""
        start = self.event and self.event.details.get("window", {}).get("after")
        return datetime.fromisoformat(start) if start else None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries newest first; `older` is the key of the next page, None where the timeline begins."""

    entries: list[Entry]
    older: int | None
    is_newest: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """The events of one timeline: those whose `column` is one of `keys`, but for those of `without` operations."""

    column: str
    keys: Sequence[Any]
    without: Sequence[UUID] = ()

    def events(self) -> Events:
        one = (
            Q(**{self.column: self.keys[0]})
            if len(self.keys) == 1
            else Q(**{f"{self.column}__in": self.keys})
        )
        events = AuditEvent.objects.filter(one)
        return events.exclude(operation_id__in=self.without) if self.without else events

    def entries(self) -> Events:
        """Of all that an operation left within the scope the first stands for it, so that pages fit together."""
        earlier = AuditEvent.objects.filter(
            operation_id=OuterRef("operation_id"), number__lt=OuterRef("number")
        )
        return self.events().filter(~Exists(self.within(earlier)))

    def within(self, events: Events) -> Events:
        """Those of a few events that belong to the scope, found without its index."""
        if self.column == "operation_id":
            return events
        return events.alias(key=F(self.column) + 0).filter(key__in=self.keys)


def of_record(
    record: MonitorRecord,
    *,
    before: int | None = None,
    count: int = SIDEBAR_ENTRIES,
    has_shared_ends: bool = True,
) -> Timeline:
    """`has_shared_ends`: a detach from all records may have taken customers off this one."""
    keys = line(record)
    uuids = _shared_ends(keys) if has_shared_ends or len(keys) > 1 else []
    own = Scope("record_id", keys, without=uuids)
    return _timeline([own, Scope("operation_id", uuids)] if uuids else [own], before, count)


def _shared_ends(keys: Sequence[int]) -> list[UUID]:
    ended = Attachment.objects.filter(ended_by=OuterRef("pk"), record__in=keys)
    shared = detaches_from_all().filter(Exists(ended)).order_by("-started_at")
    return list(shared.values_list("pk", flat=True)[:MAX_DETACHES_FROM_ALL])


def detaches_from_all() -> QuerySet[Operation]:
    return Operation.objects.filter(task=Task.DETACH, record=None)


def of_customer(customer: Customer, *, before: int | None = None, count: int = SIDEBAR_ENTRIES) -> Timeline:
    return _timeline([Scope("customer_id", [customer.pk])], before, count)


def _timeline(scopes: Sequence[Scope], before: int | None, count: int) -> Timeline:
    """The newest entries of any of the scopes, each read by its own index; no two may overlap."""
    found = [event for scope in scopes for event in _newest(scope, before, count + 1)]
    newest = sorted(found, key=attrgetter("number"), reverse=True)
    shown = newest[:count]
    older = shown[-1].number if len(newest) > count else None
    return Timeline(_entries(scopes, shown), older, before is None)


def _newest(scope: Scope, before: int | None, count: int) -> list[EventRow]:
    if before is None and len(scope.keys) == 1 and not scope.without and scope.column != "operation_id":
        newest = partial(_newest_of_one, scope.column, count)
        rows = prepared.read(("newest entries", scope.column, count), newest, scope.keys[0])
    else:
        entries = scope.entries()
        rows = list(_rows(entries if before is None else entries.filter(number__lt=before), count))
    return list(map(EventRow._make, rows))


def _newest_of_one(column: str, count: int, key: int) -> "QuerySet[AuditEvent, Any]":
    return _rows(Scope(column, [key]).entries(), count)


def _rows(events: Events, count: int) -> "QuerySet[AuditEvent, Any]":
    return events.order_by("-number").values_list(*EventRow._fields)[:count]


def _entries(scopes: Sequence[Scope], events: Iterable[EventRow]) -> list[Entry]:
    """The operations stand for their events."""
    uuids = {event.operation_id for event in events if event.operation_id}
    operations: dict[UUID | None, Operation] = {
        each.pk: each for each in prepared.of_keys("operations of a timeline", _of_uuids, uuids)
    }
    read_departures(operations.values())
    own = {key for scope in scopes if scope.column == "record_id" for key in scope.keys}
    return [_entry(event, operations.get(event.operation_id), own) for event in events]


def _of_uuids(*uuids: UUID) -> QuerySet[Operation]:
    return Operation.objects.filter(pk__in=uuids)


def _entry(event: EventRow, operation: Operation | None, own: Collection[int]) -> Entry:
    """`own`: the records that the timeline is of, if it is of any."""
    if operation is None:
        return Entry(event=event)
    is_departure = bool(own) and operation.task == Task.APPEND and operation.record_id not in own
    return Entry(operation, is_departure=is_departure)


def read_departures(operations: Iterable[Operation]) -> None:
    """Which records customers left by these appends, read at once."""
    moving = {each.pk: each for each in operations if each.task == Task.APPEND and each.before.get("records")}
    if not moving:
        return
    left: dict[UUID, list[str]] = {key: [] for key in moving}
    ended = Attachment.objects.filter(ended_by__in=moving).order_by("record__sort_name")
    for key, name in ended.values_list("ended_by", "record__name"):
        left[key].append(name)
    for key, operation in moving.items():
        operation.left = tuple(left[key])
