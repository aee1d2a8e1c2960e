"""Recent writes: keys that our operations touched since a list was asked for, which that list must leave alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from monitors.gateway.records import Record
from monitors.models import MAY_HAVE_ACTED, RECORD_TASKS, UNSETTLED, Operation, State, prepared

EndedBefore = frozenset[UUID]
COLUMNS = ("pk", "task", "record_name", "new_record_name", "record__name", "username")
CENTURY = timedelta(days=36_525)


@dataclass(frozen=True, slots=True)
class RecentWrites:
    """Names of records and customers of which our own writes may be younger than the list.

    An append or a detach changes where its customer is, and nothing of the record.
    """

    records: frozenset[str]
    usernames: frozenset[str]

    def covers(self, record: str, username: str = "") -> bool:
        return record in self.records or username in self.usernames

    def covers_any(self, record: Record) -> bool:
        if self.covers(record.name):
            return True
        # A look at each of a record's customers only where there is somebody to be found.
        return bool(self.usernames) and not self.usernames.isdisjoint(record.users or ())


def ended_before(asked_at: datetime) -> EndedBefore:
    """Operations that have ended by now, though a clock that was set back says it was after `asked_at`.

    Not those without an answer: SendGrid may act on them until their deadline.
    """
    return frozenset(prepared.read("ended since", ended_since, *open_ended(asked_at)))


def ended_since(asked_at: datetime, until: datetime) -> QuerySet[Operation, UUID]:
    """By the deadline, which has an index: no call ends later."""
    ended = Operation.objects.filter(deadline_at__range=(asked_at, until), ended_at__gte=asked_at)
    return ended.exclude(state__in=UNSETTLED).values_list("pk", flat=True)


def since(asked_at: datetime, *, ended_before: EndedBefore = frozenset()) -> RecentWrites:
    """Keys of operations that ended after `asked_at`, or whose call may have been under way then."""
    records: set[str | None] = set()
    usernames: set[str] = set()
    for pk, task, *names, username in prepared.read("younger", younger, *open_ended(asked_at)):
        if pk not in ended_before:
            # Only these change the record itself.
            records.update(names if task in RECORD_TASKS else ())
            usernames.add(username)
    named = {name for name in records if name}
    return RecentWrites(frozenset(_and_their_other_names(named)), frozenset(usernames - {""}))


def _and_their_other_names(names: set[str]) -> set[str]:
    """Until a list has settled a rename, either of its names may be the one that the list has for the record."""
    if not names:
        return names
    pairs = [{old, new} for old, new in prepared.read("open renames", _open_renames)]
    while tied := [pair for pair in pairs if pair & names and not pair <= names]:
        names = names.union(*tied)
    return names


def _open_renames() -> QuerySet[Operation, tuple[str, str]]:
    renames = Operation.objects.filter(settled_at=None, state__in=MAY_HAVE_ACTED).exclude(new_record_name="")
    return renames.values_list("record_name", "new_record_name")


def younger(asked_at: datetime, until: datetime) -> QuerySet[Operation, Any]:
    """Those that may be younger than the list, by the deadline, which has an index: no call ends later."""
    acted = Q(ended_at__gte=asked_at) & ~Q(state__in=(*UNSETTLED, State.REFUSED, State.NOT_SENT))
    may_be = Q(state__in=UNSETTLED) | acted
    return Operation.objects.filter(may_be, deadline_at__range=(asked_at, until)).values_list(*COLUMNS)


def open_ended(asked_at: datetime) -> tuple[datetime, datetime]:
    """A range with both ends: of an open one PostgreSQL expects a third of all rows where it has no statistics yet."""
    return asked_at, asked_at + CENTURY
