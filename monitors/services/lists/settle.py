"""Finding out what became of operations: each is judged by a list asked for after it was over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from monitors.limits import MAX_NOTE
from monitors.models import MAY_HAVE_ACTED, UNSETTLED, Kind, Operation, Refresh, State, prepared
from monitors.models.operation import RECORD_MISSING
from monitors.services import clock, writers_lock
from monitors.services.lists import alike, ends, evidence, plan_changes, schedule
from monitors.services.lists.evidence import Evidence, Listed
from monitors.services.lists.later_writes import LaterWrites
from monitors.services.lists.recent_writes import EndedBefore, RecentWrites
from monitors.services.log import audit

CLOCK_SLACK = timedelta(seconds=1)
ABANDONED = "The desk stopped while the call was under way."
SUPERSEDED = "A later operation changed the same before a list could show this one."
CONTRADICTED = "SendGrid said success, but its list does not show it."
PROVISIONAL = (State.NOT_APPLIED, State.CONTRADICTED, State.REFUSED)
PROVISIONAL_FOR = timedelta(days=1)
SAVED = ("state", "outcome_note", "settled_at", "settled_by_id", "shown_by_id")
Verdict = tuple[State, str]  # and its note
VERDICTS: dict[Evidence, Verdict] = {
    Evidence.SHOWN: (State.CONFIRMED, ""),
    Evidence.RECORD_MISSING: (State.ACCEPTED, RECORD_MISSING),
    Evidence.NOT_SHOWN: (State.CONTRADICTED, CONTRADICTED),
}


def mark_abandoned() -> int:
    """Pending operations past their deadline have lost their process: say that their outcome is unknown."""
    _cap_deadlines()
    count = 0
    while chunk := _mark_some():
        count += chunk
    return count


def _cap_deadlines() -> None:
    """A deadline later than a call begun now could have is one from before a clock was set back."""
    latest = clock.now() + timedelta(seconds=settings.SENDGRID_DEADLINE) + settings.PACE.call_margin
    unsettled = Operation.objects.filter(settled_at=None, state__in=UNSETTLED)
    unsettled.filter(deadline_at__gt=latest + CLOCK_SLACK).update(deadline_at=latest)


def _mark_some() -> int:
    with transaction.atomic():
        writers_lock.take()
        size = settings.PACE.transaction_operations
        abandoned = prepared.read(("overdue", size), lambda now: overdue_at(now)[:size], clock.now())
        for operation in abandoned:
            operation.state, operation.outcome_note = State.UNKNOWN, ABANDONED
        Operation.objects.filter(pk__in=[operation.pk for operation in abandoned]).update(
            state=State.UNKNOWN, outcome_note=ABANDONED
        )
        audit.write_all([_event(operation, Kind.ABANDONED, {"note": ABANDONED}) for operation in abandoned])
        if abandoned:
            schedule.list_at(clock.now())
    return len(abandoned)


def overdue_at(moment: datetime) -> QuerySet[Operation]:
    overdue = Operation.objects.filter(settled_at=None, state=State.PENDING, deadline_at__lt=moment)
    return overdue.order_by("started_at")


def waiting() -> Iterator[list[UUID]]:
    """The keys of all operations that a list may judge, the oldest first, in chunks for one transaction each."""
    candidates = prepared.read("keys to judge", _keys_to_judge)  # one by one: each has its index
    candidates += prepared.read("keys to judge again", _keys_to_judge_again, _provisional_since())
    left = {pk: claimed_at for pk, claimed_at in candidates if claimed_at is not None}
    keys = sorted(left, key=left.__getitem__)
    size = settings.PACE.transaction_operations
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def _keys_to_judge() -> QuerySet[Operation, Any]:
    return Operation.objects.filter(settled_at=None, state__in=MAY_HAVE_ACTED).values_list(*_LEFT)


def _keys_to_judge_again(moment: datetime) -> QuerySet[Operation, Any]:
    return Operation.objects.filter(judged_since(moment)).values_list(*_LEFT)


_LEFT = ("pk", "claimed_at")


def provisional() -> list[Operation]:
    """Operations whose verdict a later list may still change."""

    def build(moment: datetime) -> QuerySet[Operation]:
        return Operation.objects.filter(judged_since(moment)).select_related("actor", "record")

    return prepared.read("provisional", build, _provisional_since())


def _provisional_since() -> datetime:
    return clock.now() - PROVISIONAL_FOR


def judged_since(moment: datetime) -> Q:
    judged = Q(state__in=PROVISIONAL, settled_at__gt=moment)
    # A refusal is noted once.
    return judged & ~Q(state=State.REFUSED, shown_by__isnull=False)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges operations by one list; `ended_before`: see recent_writes."""

    refresh: Refresh
    listed: Listed
    ended_before: EndedBefore

    def judge(self, keys: list[UUID], recent: RecentWrites) -> None:
        """Judge those that this list can judge, under the caller's lock, and write all verdicts at once.

        What a younger operation touches (`recent`) is left to the next list.
        """
        judgeable = [
            operation
            for operation in prepared.of_keys("to judge", _in_order, keys)
            if self._can_judge(operation) and not self._is_covered(operation, recent)
        ]
        later = LaterWrites.than(judgeable, self.refresh)
        verdicts = [(operation, self._verdict(operation, later)) for operation in judgeable]
        self._write([(operation, verdict) for operation, verdict in verdicts if verdict])

    def _can_judge(self, operation: Operation) -> bool:
        return operation.pk in self.ended_before or _is_over(operation, self.refresh.asked_at)

    def _is_covered(self, operation: Operation, recent: RecentWrites) -> bool:
        names = [
            operation.record_name,
            operation.new_record_name,
            operation.record.name if operation.record else "",
        ]
        if any(recent.covers(name, operation.username) for name in names):
            return True
        return not operation.record_name and self._may_be_hidden(operation, recent)

    def _may_be_hidden(self, detach: Operation, recent: RecentWrites) -> bool:
        """A detach from every record: whether the list may lack one of them because it was deleted meanwhile.

        Where the list still has it, without the customer, it tells: a later list may show them back, and nothing more.
        """
        touched = [name for name in detach.before.get("records", []) if recent.covers(name)]
        is_there = all(name in self.listed for name in touched)
        return bool(touched) and not (is_there and evidence.of(detach, self.listed) is Evidence.SHOWN)

    def _verdict(self, operation: Operation, later: LaterWrites) -> Verdict | None:
        """None while no list can tell."""
        shown = evidence.of(operation, self.listed)
        if operation.settled_at is not None:
            return _verdict_again(operation, shown, later)
        if operation.state == State.ACCEPTED and later.supersede(operation):
            return State.ACCEPTED, SUPERSEDED
        if operation.state == State.UNKNOWN and shown not in (Evidence.SHOWN, Evidence.UNREADABLE):
            return State.NOT_APPLIED, operation.outcome_note
        return VERDICTS.get(shown)

    def _write(self, verdicts: Sequence[tuple[Operation, Verdict]]) -> None:
        now = clock.now()
        judged = [(operation, operation.state) for operation, _ in verdicts]
        for operation, verdict in verdicts:
            for column, value in self._columns(verdict, now).items():
                setattr(operation, column, value)
        alike.save([operation for operation, _ in verdicts], SAVED)
        ends.count_from_confirmation([operation for operation, _ in verdicts], now)
        plan_changes.follow(judged, now)
        audit.write_all([self._event(operation) for operation, _ in verdicts])

    def _columns(self, verdict: Verdict, now: datetime) -> dict[str, Any]:
        state, note = verdict
        if state == State.REFUSED:
            return {"shown_by": self.refresh}
        return {
            "state": state,
            "outcome_note": note[:MAX_NOTE],
            "settled_at": now,
            "settled_by": self.refresh,
        }

    def _event(self, operation: Operation) -> audit.Event:
        kind = Kind.SHOWN if operation.state == State.REFUSED else Kind.SETTLED
        details = {"list_asked_at": self.refresh.asked_at.isoformat(), "note": operation.outcome_note}
        return _event(operation, kind, details, refresh_id=self.refresh.pk)


def _in_order(*keys: UUID) -> QuerySet[Operation]:
    related = Operation.objects.filter(pk__in=keys).select_related("record", "settled_by")
    return related.order_by("claimed_at")


def _verdict_again(operation: Operation, shown: Evidence, later: LaterWrites) -> Verdict | None:
    """A verdict is provisional for a day: SendGrid may act late, and a list may leave something out."""
    if shown is not Evidence.SHOWN or later.supersede(operation):
        return None
    if operation.state == State.REFUSED:  # SendGrid refused it in words, and yet its list shows it
        return State.REFUSED, operation.outcome_note
    return State.CONFIRMED, _shown_late(operation)


def _shown_late(operation: Operation) -> str:
    """With the moment at which the list that did not show it was asked for."""
    former = operation.settled_by
    moment = f" ({former.asked_at:%Y-%m-%d %H:%M:%S %Z})" if former else ""
    return f"An earlier list{moment} did not show it"


def _is_over(operation: Operation, asked_at: datetime) -> bool:
    """Whether nothing of the operation could still be under way when the list was asked for."""
    if operation.state == State.PENDING:
        return False  # its deadline passed just now: it is first said to be abandoned, then judged by the next list
    if operation.state in (State.UNKNOWN, State.NOT_APPLIED):
        return operation.deadline_at < asked_at
    return operation.ended_at is not None and operation.ended_at < asked_at


def _event(
    operation: Operation, kind: Kind, details: dict[str, Any], refresh_id: int | None = None
) -> audit.Event:
    # Of what only a list shows nobody knows who did it.
    is_by_list_alone = kind == Kind.SHOWN or (
        operation.state == State.CONFIRMED and not operation.has_success
    )
    who = audit.by(None) if is_by_list_alone else audit.by_whoever_asked(operation)
    return audit.Event(
        kind=kind,
        **who,
        **audit.about(operation),
        refresh_id=refresh_id,
        details=details | {"parameters": operation.parameters, "before": operation.before},
    )
