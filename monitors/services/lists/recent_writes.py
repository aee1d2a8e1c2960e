"""Recent writes: keys that our operations touched since a list was asked for, which that list must leave alone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from monitors.gateway.records import Record
from monitors.models import RECORD_TASKS, UNDER_WAY, UNSETTLED, Operation, State

EndedBefore = frozenset[UUID]


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
        return self.covers(record.name) or not self.usernames.isdisjoint(record.users or ())


def ended_before(asked_at: datetime) -> EndedBefore:
    """Operations that have ended by now, though a clock that was set back says it was after `asked_at`.

    Not those without an answer: SendGrid may act on them until their deadline.
    """
    ended = Operation.objects.filter(ended_at__gte=asked_at).exclude(state__in=UNSETTLED)
    return frozenset(ended.values_list("pk", flat=True))


def since(asked_at: datetime, *, ended_before: EndedBefore = frozenset()) -> RecentWrites:
    """Keys of operations that ended after `asked_at`, or whose call may have been under way then."""
    records: set[str] = set()
    usernames: set[str] = set()
    recent = Operation.objects.filter(deadline_at__gte=asked_at).select_related("record")
    for operation in recent:
        if operation.pk not in ended_before and _may_be_younger(operation, asked_at):
            records |= _record_names(operation)
            usernames.add(operation.username)
    return RecentWrites(frozenset(_and_their_other_names(records - {""})), frozenset(usernames - {""}))


def _record_names(operation: Operation) -> set[str]:
    """The names of the record that the operation itself changes."""
    if operation.task not in RECORD_TASKS:
        return set()
    present_name = operation.record.name if operation.record else ""
    return {operation.record_name, operation.new_record_name, present_name}


def _and_their_other_names(names: set[str]) -> set[str]:
    """Until a list has settled a rename, either of its names may be the one that the list has for the record."""
    if not names:
        return names
    renames = Operation.objects.filter(settled_at=None, state__in=UNDER_WAY).exclude(new_record_name="")
    pairs = [{old, new} for old, new in renames.values_list("record_name", "new_record_name")]
    while tied := [pair for pair in pairs if pair & names and not pair <= names]:
        names = names.union(*tied)
    return names


def _may_be_younger(operation: Operation, asked_at: datetime) -> bool:
    if operation.state in UNSETTLED:
        return operation.deadline_at >= asked_at
    if operation.state in (State.REFUSED, State.NOT_SENT):
        return False
    return operation.ended_at is not None and operation.ended_at >= asked_at
