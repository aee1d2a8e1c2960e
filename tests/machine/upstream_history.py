"""What really happened upstream, and by whose hand: the evidence that the mirror is held against."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from monitors.gateway.records import Record
from monitors.models import Operation
from monitors.sandbox.calls import Call
from monitors.sandbox.server import SandboxServer
from tests.machine.clock import SteppedClock

OUTSIDE: frozenset[UUID] = frozenset()  # the hands of nobody at this desk
MAX_CLOCK_ERROR = timedelta(hours=2)  # once a clock was set back by an hour, and by another


class Placed(NamedTuple):
    """A fact: the customer is on the record of this name."""

    record: str
    username: str


class Described(NamedTuple):
    """A fact: there is a record of this name, with this mailbox and frequency."""

    record: str
    email: str
    frequency: int | None


Fact = Placed | Described
Facts = frozenset[Fact]


@dataclass(frozen=True)
class Change:
    """Facts that began and ended between two readings of the clock, by these operations or from outside.

    One that only seems so is what a list left out, or showed again.
    """

    hands: frozenset[UUID]
    since: datetime
    until: datetime
    began: Facts
    ended: Facts
    only_seems: bool = False

    def keys(self) -> set[str]:
        """The names of the records and customers it touched."""
        facts = self.began | self.ended
        return {fact.record for fact in facts} | {fact.username for fact in facts if isinstance(fact, Placed)}


def facts_of(rows: Iterable[tuple[str, str, int | None, Iterable[str]]]) -> Facts:
    facts: set[Fact] = set()
    for name, email, frequency, users in rows:
        facts.add(Described(name, email, frequency))
        facts |= {Placed(name, user) for user in users}
    return frozenset(facts)


def facts_of_records(records: Iterable[Record]) -> Facts:
    return facts_of((each.name, each.email, each.frequency, each.users or ()) for each in records)


class UpstreamHistory:
    """Kept by the machine: it notes each change as it is made, and reads the upstream's own log of calls."""

    def __init__(self, server: SandboxServer, clock: SteppedClock) -> None:
        self._server, self._clock = server, clock
        self.facts = facts_of(server.store.snapshot())
        self.changes = [Change(OUTSIDE, clock.moment, clock.moment, self.facts, frozenset())]
        self.acted: set[UUID] = set()  # operations that the log says were applied
        self.unfounded: set[UUID] = set()  # answered with success, though the upstream did nothing
        # Carried out after their deadline or in spite of a refusal: the upstream broke its promise.
        self.unpromised: set[UUID] = set()
        self._left_out: Facts = frozenset()
        self._operations: dict[int, UUID] = {}  # call -> operation
        self._last_call = max((call.id for call in server.calls), default=0)

    @property
    def now(self) -> datetime:
        return self._clock.moment

    def new_calls(self) -> list[Call]:
        """Since the last time this was asked; lists left out."""
        calls = self._server.calls_after(self._last_call)
        self._last_call = max((call.id for call in calls), default=self._last_call)
        return [call for call in calls if call.task != "list"]

    def note_outside(self, since: datetime) -> None:
        self._note(OUTSIDE, since)

    def note_operation(self, operation: UUID, calls: list[Call], since: datetime) -> None:
        self._operations |= {call.id: operation for call in calls}
        if any(call.applied for call in calls):
            self.acted.add(operation)
        if any(call.fault == "lie" for call in calls):
            self.unfounded.add(operation)
        if any(call.fault == "e1" and call.applied for call in calls):
            self.unpromised.add(operation)
        self._note(frozenset({operation}), since)

    def note_late_writes(self, calls: list[Call], since: datetime) -> None:
        hands = frozenset(self._operations[call.id] for call in calls if call.applied)
        late = Operation.objects.filter(pk__in=hands, deadline_at__lt=self._clock.moment)
        self.acted |= hands
        self.unpromised |= set(late.values_list("pk", flat=True))
        self._note(hands, since)

    def note_left_out(self, facts: Facts, since: datetime) -> None:
        """By a list: for the desk it is as if somebody had ended them."""
        self._left_out = facts
        self.changes.append(Change(OUTSIDE, since, self._clock.moment, frozenset(), facts, only_seems=True))

    def note_shown_again(self) -> None:
        """The next list leaves nothing out."""
        if self._left_out:
            since = self.changes[-1].since
            facts, self._left_out = self._left_out, frozenset()
            change = Change(OUTSIDE, since, self._clock.moment, facts, frozenset(), only_seems=True)
            self.changes.append(change)

    def _note(self, hands: frozenset[UUID], since: datetime) -> None:
        before, self.facts = self.facts, facts_of(self._server.store.snapshot())
        if self.facts != before:
            change = Change(hands, since, self._clock.moment, self.facts - before, before - self.facts)
            self.changes.append(change)

    def facts_at(self, moment: datetime) -> Facts:
        """What was so then; once the clock was set back, what is so now."""
        if self.was_set_back:
            return self.facts
        facts: Facts = frozenset()
        for change in self.changes:
            if change.until <= moment and not change.only_seems:
                facts = (facts - change.ended) | change.began
        return facts

    @property
    def was_set_back(self) -> bool:
        """Whether the clock was: then moments say little of what came first."""
        return self._clock.latest is not None

    @property
    def clock_error(self) -> timedelta:
        return MAX_CLOCK_ERROR if self.was_set_back else timedelta(0)

    def foreign(self, *, after: datetime | None, until: datetime) -> list[Change]:
        """Changes in this time that no operation explains: from outside, or by one that broke a promise."""
        return [
            change
            for change in self.changes
            if (not change.hands or change.hands & self.unpromised)
            and (after is None or change.until >= after - self.clock_error)
            and change.since <= until + self.clock_error
        ]

    def began_elsewhere(self, facts: Facts, *, after: datetime | None, until: datetime) -> bool:
        return any(facts & change.began for change in self.foreign(after=after, until=until))

    def ended_elsewhere(self, facts: Facts, *, after: datetime | None, until: datetime) -> bool:
        return any(facts & change.ended for change in self.foreign(after=after, until=until))
