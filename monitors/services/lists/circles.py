"""Names that SendGrid said had gone round among records, where a list shows that each record kept its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitors.gateway.records import Record
from monitors.models import MonitorRecord, Operation
from monitors.services.lists import difference
from monitors.services.lists.steps import Step, Steps


@dataclass(frozen=True, slots=True)
class Member:
    """A record of the circle, `back` from the name that it never had to its own; `shown` is another's, `own` is its."""

    row: MonitorRecord
    back: list[Step]
    shown: Record
    own: Record

    def nearer(self, users: set[str]) -> int:
        """By how much less the list differs from it under its own name."""
        return _distance(self.row, users, self.shown) - _distance(self.back[-1].fields, users, self.own)

    def is_told(self, users: set[str]) -> bool:
        """Whether it is surely not what is shown under its name; without customers it may have lost or got them."""
        others = set(self.shown.users or ())
        return _differ(self.row, self.shown) or (bool(users) and bool(others) and users != others)


def undone(steps: Steps, row: MonitorRecord) -> list[tuple[MonitorRecord, Step]]:
    """The steps by which every record gets its name back, the latest first, so that each name is free by then.

    Empty where no circle of names goes through `row`, and where the list does not tell whether they went round.
    """
    circle = _circle_of(steps, row)
    if not circle or not _kept_their_names(circle):
        return []
    every = [(member.row, step) for member in circle for step in member.back]
    return sorted(every, key=lambda each: steps.attribution.order_of(_rename(each[1])), reverse=True)


def _circle_of(steps: Steps, row: MonitorRecord) -> list[Member]:
    members: list[Member] = []
    following: MonitorRecord | None = row
    while following is not None and following not in [member.row for member in members]:
        back = steps.of_listed_name(following)
        if not back or following.name not in steps.listed:
            return []
        shown, own = steps.listed[following.name], steps.listed[back[-1].fields.name]
        members.append(Member(following, back, shown, own))
        following = MonitorRecord.objects.named(own.name)
    return members if following == row and len(members) > 1 else []


def _kept_their_names(circle: Sequence[Member]) -> bool:
    if any(member.own.users is None for member in circle):  # not readable
        return False
    users = difference.mirrored_customers([member.row.pk for member in circle])
    each = [(member, users.get(member.row.pk, set())) for member in circle]
    is_nearer = sum(member.nearer(there) for member, there in each) > 0
    return is_nearer and any(member.is_told(there) for member, there in each)


def _distance(record: MonitorRecord | Record, users: set[str], shown: Record) -> int:
    return int(_differ(record, shown)) + len(users ^ set(shown.users or ()))


def _differ(record: MonitorRecord | Record, shown: Record) -> bool:
    return (record.email, record.frequency) != (shown.email, shown.frequency)


def _rename(step: Step) -> Operation:
    assert step.cause.operation is not None
    return step.cause.operation
