"""Timelines: what happened to a record or a customer, one entry an operation."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery

from monitors.models import Attachment, AuditEvent, Customer, MonitorRecord, Operation, Task, prepared
from monitors.models.renames import line
from monitors.selectors.event_rows import EventRow

SIDEBAR_ENTRIES = 20  # beside a record or a customer
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

    def first_events(self, operations: Collection[UUID]) -> dict[UUID, int]:
        """The first event of each operation within the scope, looked up by the operation alone.

        By the index of `column` all that ever happened to the record would be read for each.
        """
        if not operations:
            return {}
        firsts = self.by_operation(operations).values_list("operation_id").annotate(first=Min("number"))
        return {operation: first for operation, first in firsts if operation}

    def by_operation(self, operations: Collection[UUID]) -> Events:
        return self.within(AuditEvent.objects.filter(operation_id__in=operations))

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


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read for a page: events that no operation explains, and operations with their `first_event`."""

    events: dict[int, EventRow] = field(default_factory=dict)
    operations: dict[UUID, Operation] = field(default_factory=dict)


def _timeline(scopes: Sequence[Scope], before: int | None, count: int) -> Timeline:
    """The newest entries of any of the scopes, each read by its own index; no two may overlap."""
    read = _Read()
    numbers = sorted((n for scope in scopes for n in _newest(scope, before, count + 1, read)), reverse=True)
    shown = numbers[:count]
    read_departures(read.operations.values())
    entries = {number: Entry(event=event) for number, event in read.events.items()}
    entries |= _operations(scopes, read.operations.values())
    older = shown[-1] if len(numbers) > count else None
    return Timeline([entries[number] for number in shown], older, before is None)


def _operations(scopes: Sequence[Scope], operations: Iterable[Operation]) -> dict[int, Entry]:
    """By the numbers of their first events."""
    own = {key for scope in scopes if scope.column == "record_id" for key in scope.keys}
    return {
        vars(each)["first_event"]: Entry(
            each, is_departure=bool(own) and each.task == Task.APPEND and each.record_id not in own
        )
        for each in operations
    }


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


def _newest(scope: Scope, before: int | None, count: int, read: _Read) -> list[int]:
    """Events by their numbers. Of all that an operation left the first stands for it, so that pages fit together."""
    numbers: list[int] = []
    firsts: dict[UUID, int] = {}
    lowest = before
    while len([number for number in numbers if lowest is None or number >= lowest]) < count:
        batch = _batch(scope, firsts, lowest, 2 * count)
        begun = _begun(scope, {event.operation_id for event in batch if event.operation_id}, read)
        unexplained = {event.number: event for event in batch if event.operation_id is None}
        read.events.update(unexplained)
        numbers += [*unexplained, *begun.values()]
        firsts |= begun
        if len(batch) < 2 * count:
            break
        lowest = batch[-1].number
    return sorted(numbers, reverse=True)[:count]


def _batch(scope: Scope, firsts: Collection[UUID], lowest: int | None, count: int) -> list[EventRow]:
    """The next events below a number, without those of operations that have their place."""
    if lowest is None and len(scope.keys) == 1 and not scope.without and scope.column != "operation_id":
        newest = partial(_newest_of_one, scope.column, count)
        rows = prepared.read(("newest events", scope.column, count), newest, scope.keys[0])
    else:
        events = scope.events().exclude(operation_id__in=list(firsts)) if firsts else scope.events()
        rows = list(_first_of(events if lowest is None else events.filter(number__lt=lowest), count))
    return list(map(EventRow._make, rows))


def _newest_of_one(column: str, count: int, key: int) -> "QuerySet[AuditEvent, Any]":
    return _first_of(Scope(column, [key]).events(), count)


def _first_of(events: Events, count: int) -> "QuerySet[AuditEvent, Any]":
    return events.order_by("-number").values_list(*EventRow._fields)[:count]


def _begun(scope: Scope, uuids: set[UUID], read: _Read) -> dict[UUID, int]:
    """The first event of each operation, which is read with it."""
    if not uuids:
        return {}
    begun = {operation.pk: operation for operation in _with_first_event(scope, uuids)}
    read.operations.update(begun)
    firsts: dict[UUID, int] = {uuid: vars(operation)["first_event"] for uuid, operation in begun.items()}
    return firsts | scope.first_events(uuids - begun.keys())


def _with_first_event(scope: Scope, uuids: set[UUID]) -> Sequence[Operation]:
    size = 2 * ((SIDEBAR_ENTRIES if len(uuids) <= 2 * SIDEBAR_ENTRIES else ENTRIES_PER_PAGE) + 1)
    places = prepared.padded(list(uuids), size)

    def build(*values: Any) -> QuerySet[Operation]:
        within = replace(scope, keys=values[len(places) :])
        events = within.within(AuditEvent.objects.filter(operation_id=OuterRef("uuid")))
        first = Subquery(events.order_by("number").values("number")[:1])
        return Operation.objects.filter(pk__in=values[: len(places)]).annotate(first_event=first)

    keys = () if scope.column == "operation_id" else scope.keys
    return prepared.read(("begun", scope.column, len(keys), len(places)), build, *places, *keys)
