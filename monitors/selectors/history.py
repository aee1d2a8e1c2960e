"""Timelines: what happened to a record or a customer, one entry an operation."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet

from monitors.models import Attachment, AuditEvent, Customer, Kind, MonitorRecord, Operation, Task
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
    def is_departure(self) -> bool:
        """On the page of a record, an append to another one: the customer left for there."""
        if self.operation is None or self.operation.task != Task.APPEND:
            return False
        return self.event.kind == Kind.DIFFERENCE and self.event.record_id != self.operation.record_id

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

    def first_events(self, operations: Collection[UUID]) -> dict[UUID, int]:
        """The first event of each operation within the scope, looked up by the operation alone.

        By the index of `column` all that ever happened to the record would be read for each.
        """
        if not operations:
            return {}
        firsts = self.by_operation(operations).values_list("operation_id").annotate(first=Min("number"))
        return {operation: first for operation, first in firsts if operation}

    def by_operation(self, operations: Collection[UUID]) -> Events:
        events = AuditEvent.objects.filter(operation_id__in=operations)
        if self.column == "operation_id":
            return events
        return events.alias(key=F(self.column) + 0).filter(key__in=self.keys)


def of_record(record: MonitorRecord, *, before: int | None = None, count: int = SIDEBAR_ENTRIES) -> Timeline:
    keys = line(record)
    from_all = Operation.objects.filter(task=Task.DETACH, record=None)
    ended_here = from_all.filter(Exists(Attachment.objects.filter(ended_by=OuterRef("pk"), record__in=keys)))
    uuids = list(ended_here.order_by("-started_at").values_list("pk", flat=True)[:MAX_DETACHES_FROM_ALL])
    own = Scope("record_id", keys, without=uuids)
    return _timeline([own, Scope("operation_id", uuids)] if uuids else [own], before, count)


def of_customer(customer: Customer, *, before: int | None = None, count: int = SIDEBAR_ENTRIES) -> Timeline:
    return _timeline([Scope("customer_id", [customer.pk])], before, count)


def _timeline(scopes: Sequence[Scope], before: int | None, count: int) -> Timeline:
    """The newest entries of any of the scopes, each read by its own index; no two may overlap."""
    by_number: dict[int, AuditEvent] = {}
    numbers = sorted(
        (n for scope in scopes for n in _newest(scope, before, count + 1, by_number)), reverse=True
    )
    missing = [number for number in numbers[:count] if number not in by_number]
    if missing:
        by_number |= AuditEvent.objects.in_bulk(missing)
    events = [by_number[number] for number in numbers[:count]]
    uuids = [event.operation_id for event in events if event.operation_id]
    operations = Operation.objects.in_bulk(uuids) if uuids else {}
    _read_departures(operations.values())
    entries = [
        Entry(event, operations.get(event.operation_id) if event.operation_id else None) for event in events
    ]
    return Timeline(entries, events[-1].number if len(numbers) > count else None, before is None)


def _read_departures(operations: Iterable[Operation]) -> None:
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


def _newest(scope: Scope, before: int | None, count: int, read: dict[int, AuditEvent]) -> list[int]:
    """Events by their numbers. Of all that an operation left the first stands for it, so that pages fit together.

    What it had to read on the way is left in `read`.
    """
    numbers: list[int] = []
    firsts: dict[UUID, int] = {}
    lowest = before
    while len([number for number in numbers if lowest is None or number >= lowest]) < count:
        events = scope.events().exclude(operation_id__in=list(firsts)) if firsts else scope.events()
        older = events if lowest is None else events.filter(number__lt=lowest)
        batch = list(older.order_by("-number")[: 2 * count])
        read |= {event.number: event for event in batch}
        begun = scope.first_events({event.operation_id for event in batch if event.operation_id})
        numbers += [event.number for event in batch if event.operation_id is None] + list(begun.values())
        firsts |= begun
        if len(batch) < 2 * count:
            break
        lowest = batch[-1].number
    return sorted(numbers, reverse=True)[:count]
