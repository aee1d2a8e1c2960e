"""What a list must leave alone: keys that operations of ours touched since it was asked for."""

from dataclasses import dataclass
from datetime import datetime

from monitors.gateway.records import Record
from monitors.models import UNSETTLED, Operation, State


@dataclass(frozen=True, slots=True)
class Protected:
    """What a list asked for at some moment must not touch: our own writes may be younger."""

    records: frozenset[str]
    usernames: frozenset[str]

    def covers(self, record: str, username: str = "") -> bool:
        return record in self.records or username in self.usernames

    def covers_any(self, record: Record) -> bool:
        return self.covers(record.name) or not self.usernames.isdisjoint(record.users or ())


def protected(asked_at: datetime) -> Protected:
    """Keys of operations that ended after `asked_at`, or whose call may still be under way then."""
    records: set[str] = set()
    usernames: set[str] = set()
    recent = Operation.objects.filter(deadline_at__gte=asked_at).select_related("record", "customer")
    for operation in recent:
        if _is_younger(operation, asked_at):
            records |= {operation.record_name, operation.new_record_name}
            records |= {operation.record.name} if operation.record else set()
            usernames.add(operation.username)
    return Protected(frozenset(records - {""}), frozenset(usernames - {""}))


def _is_younger(operation: Operation, asked_at: datetime) -> bool:
    if operation.state in UNSETTLED:
        return operation.deadline_at >= asked_at
    if operation.state in (State.REFUSED, State.NOT_SENT):
        return False
    return operation.ended_at is not None and operation.ended_at >= asked_at
