"""Recent writes: keys that our operations touched since a list was asked for, which that list must leave alone."""

from dataclasses import dataclass
from datetime import datetime

from monitors.gateway.records import Record
from monitors.models import UNSETTLED, Operation, State


@dataclass(frozen=True, slots=True)
class RecentWrites:
    """Names of records and customers of which our own writes may be younger than the list."""

    records: frozenset[str]
    usernames: frozenset[str]

    def covers(self, record: str, username: str = "") -> bool:
        return record in self.records or username in self.usernames

    def covers_any(self, record: Record) -> bool:
        return self.covers(record.name) or not self.usernames.isdisjoint(record.users or ())


def since(asked_at: datetime) -> RecentWrites:
    """Keys of operations that ended after `asked_at`, or whose call may have been under way then."""
    records: set[str] = set()
    usernames: set[str] = set()
    recent = Operation.objects.filter(deadline_at__gte=asked_at).select_related("record")
    for operation in recent:
        if _may_be_younger(operation, asked_at):
            records |= {operation.record_name, operation.new_record_name}
            records |= {operation.record.name} if operation.record else set()
            usernames.add(operation.username)
    return RecentWrites(frozenset(records - {""}), frozenset(usernames - {""}))


def _may_be_younger(operation: Operation, asked_at: datetime) -> bool:
    if operation.state in UNSETTLED:
        return operation.deadline_at >= asked_at
    if operation.state in (State.REFUSED, State.NOT_SENT):
        return False
    return operation.ended_at is not None and operation.ended_at >= asked_at
