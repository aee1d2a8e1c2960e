"""What people do with a plan: run it, now or later, pause it, go on, cancel it, try again what failed."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from monitors.models import (
    FAILED,
    NOT_STARTED,
    STARTED,
    AuditChain,
    Change,
    ChangeKind,
    ChangeState,
    Kind,
    Plan,
    PlanState,
    Right,
    Source,
    Task,
)
from monitors.models.person import display_name
from monitors.services import clock, policy, rights, worker, writers_lock
from monitors.services.errors import Invalid
from monitors.services.log import audit
from monitors.services.plans import digest, drawing, limits, withdrawing
from monitors.services.submission import Submission

MAX_NAMED = 50  # changes that one event names
NOT_IN_TIME = "This time has passed. Choose a later one."
ELSEWHERE_OPEN = (
    "Some of these customers are on another record. Say first whether to append them too or to move them."
)


class Outdated(Exception):
    """The digest that somebody has seen is not the plan's; `plan` as it is now has the new one."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(
            "This plan has changed since you opened it. Check it again: this is what it would do now."
        )
        self.plan = plan


def run(*, submission: Submission, plan: Plan, seen: str, starts_at: datetime | None = None) -> Plan:
    """Start a plan, or schedule it. `seen` is the digest that the person looked at.

    One that was started before, by a double click or somebody else, is returned as it is. Raises Outdated,
    Denied, Invalid.
    """
    changes = list(plan.changes.order_by("number"))
    limits.check(submission.person, changes=len(changes), kinds={str(change.kind) for change in changes})
    _demand_ready(plan, changes, starts_at)
    if starts_at is not None:
        return _schedule(submission, plan, seen, starts_at)
    return start(submission=submission, plan=plan, seen=seen)


def start(*, submission: Submission, plan: Plan, seen: str) -> Plan:
    """Draw the plan again and let it run: what no longer holds is left out. Raises Outdated."""
    changes = list(plan.changes.order_by("number"))
    former = {change.number: _promise(change) for change in changes if digest.is_sent(change)}
    if digest.of(plan, changes) == seen:  # else refused below, with nothing drawn anew
        drawing.assess(plan, changes, submission)
        dropped = _keep_promises(changes, former)
    with transaction.atomic():
        chain = writers_lock.take()
        row = _as_seen(plan, seen)
        if row.state not in NOT_STARTED:
            return row
        _begin(row, plan, submission)
        row.save()
        _save_left_out(changes)
        _write(chain, submission, Kind.PLAN_STARTED, row, {"sent": row.outline["sent"], "digest": seen})
        if dropped:
            _write(chain, submission, Kind.PLAN_LEFT_OUT, row, _named(dropped))
    worker.wake()
    return row


def pause(*, submission: Submission, plan: Plan) -> Plan:
    """No call of it leaves from now on; what is under way finishes. Raises Denied."""
    values = {"paused_by": display_name(submission.person), "why_paused": "", "is_waiting": False}
    return _move(submission, plan, (PlanState.RUNNING, PlanState.PAUSED), PlanState.PAUSED, values)


def resume(*, submission: Submission, plan: Plan) -> Plan:
    values = {"paused_by": "", "why_paused": "", "is_waiting": False}
    return _move(submission, plan, (PlanState.PAUSED,), PlanState.RUNNING, values)


def cancel(*, submission: Submission, plan: Plan) -> Plan:
    """Nothing more of it is sent; what is in flight finishes, also a move that has begun. Raises Denied."""
    rights.demand(submission.actor, Right.PLAN)
    with transaction.atomic():
        chain = writers_lock.take()
        row = Plan.objects.select_for_update().get(pk=plan.pk)
        if row.state not in (*NOT_STARTED, *STARTED):
            return row
        withdrawing.cancel(chain, row)
        left = Change.objects.filter(plan=row, state=ChangeState.LEFT, step="")
        cancelled = left.update(state=ChangeState.CANCELLED, ended_at=clock.now())
        row.state, row.ended_at, row.is_waiting = PlanState.CANCELLED, clock.now(), False
        row.save()
        _write(chain, submission, Kind.PLAN_CANCELLED, row, {"cancelled": cancelled})
    worker.wake()
    return row


def retry(*, submission: Submission, plan: Plan, numbers: Collection[int] | None = None) -> Plan:
    """Try again what failed, or only these changes. What is unknown is tried once a list has told. Raises Denied."""
    rights.demand(submission.actor, Right.PLAN)
    with transaction.atomic():
        chain = writers_lock.take()
        row = Plan.objects.select_for_update().get(pk=plan.pk)
        if row.state in NOT_STARTED:
            raise Invalid(None, "This plan has not started.")
        failed = Change.objects.filter(plan=row, state__in=FAILED)
        chosen = failed if numbers is None else failed.filter(number__in=numbers)
        again = _again(list(chosen))
        if not again:
            return row
        row.state, row.ended_at, row.run_by = PlanState.RUNNING, None, submission.actor
        row.is_waiting, row.why_paused, row.paused_by = False, "", ""
        row.save()
        _write(chain, submission, Kind.PLAN_RETRIED, row, {"changes": again})
    worker.wake()
    return row


def counts(plan: Plan) -> Counter[str]:
    """How many changes stand in each state."""
    return Counter(Change.objects.filter(plan=plan).values_list("state", flat=True))


def note(chain: AuditChain, kind: Kind, plan: Plan, details: dict[str, Any]) -> None:
    """An event of the desk's own doing, for a caller that holds the writers' lock."""
    audit.append(chain, _event(kind, plan, details, audit.by(None)), at=clock.now())


def _again(changes: Sequence[Change]) -> int:
    for change in changes:
        change.state, change.note, change.step, change.ended_at = ChangeState.LEFT, "", "", None
        change.tries += 1
    Change.objects.bulk_update(changes, ("state", "note", "step", "ended_at", "tries"), batch_size=100)
    return len(changes)


def _demand_ready(plan: Plan, changes: Sequence[Change], starts_at: datetime | None) -> None:
    if plan.state not in NOT_STARTED:
        return
    sent = [change for change in changes if digest.is_sent(change)]
    if not sent:
        raise Invalid(None, "There is nothing to send in this plan.")
    if drawing.is_undecided(sent, plan):
        raise Invalid("elsewhere", ELSEWHERE_OPEN)
    if starts_at is not None and starts_at <= clock.now():
        raise Invalid("starts_at", NOT_IN_TIME)
    for change in sent:
        task = Task.APPEND if change.kind == ChangeKind.MOVE else Task(change.kind)
        policy.check_reason(change.reason or plan.reason, task=task)


def _schedule(submission: Submission, plan: Plan, seen: str, starts_at: datetime) -> Plan:
    with transaction.atomic():
        chain = writers_lock.take()
        row = _as_seen(plan, seen)
        if row.state not in NOT_STARTED:
            return row
        row.state, row.starts_at, row.run_by = PlanState.SCHEDULED, starts_at, submission.actor
        row.save()
        details = {"starts_at": starts_at.isoformat(), "digest": seen, "sent": row.outline["sent"]}
        _write(chain, submission, Kind.PLAN_SCHEDULED, row, details)
    return row


def _as_seen(plan: Plan, seen: str) -> Plan:
    """Its row, locked. Raises Outdated where it has not begun and is another than the one that was looked at."""
    row = Plan.objects.select_for_update().get(pk=plan.pk)
    if row.state in NOT_STARTED and row.digest != seen:
        raise Outdated(row)
    return row


def _begin(row: Plan, drawn: Plan, submission: Submission) -> None:
    row.state, row.started_at, row.run_by = PlanState.RUNNING, clock.now(), submission.actor
    row.drawn_at, row.drawn_against, row.outline = drawn.drawn_at, drawn.drawn_against, drawn.outline


def _promise(change: Change) -> tuple[object, ...]:
    """What a person saw that a change would do."""
    return (change.kind, change.record_id, change.record_name, change.from_record_id, change.parameters)


def _keep_promises(changes: Sequence[Change], former: dict[int, tuple[object, ...]]) -> list[Change]:
    """Leave out whatever is not what was shown; those that were to be sent are returned."""
    dropped = []
    for change in changes:
        if change.state != ChangeState.LEFT:
            continue
        was_sent = change.number in former
        if was_sent and digest.is_sent(change) and former[change.number] == _promise(change):
            continue
        if was_sent:
            change.note = f"No longer as it was shown. {change.note}".strip()
            dropped.append(change)
        change.state = ChangeState.LEFT_OUT
    return dropped


def _save_left_out(changes: Sequence[Change]) -> None:
    """By a statement for each reason, not for each row: this is under the writers' lock."""
    alike: dict[tuple[str, str], list[int]] = {}
    for change in changes:
        if change.state == ChangeState.LEFT_OUT:
            alike.setdefault((change.effect, change.note), []).append(change.pk)
    for (effect, note_), keys in alike.items():
        rows = Change.objects.filter(pk__in=keys)
        rows.update(state=ChangeState.LEFT_OUT, effect=effect, note=note_)


def _move(
    submission: Submission,
    plan: Plan,
    states: Collection[PlanState],
    to: PlanState,
    values: dict[str, Any],
) -> Plan:
    """From one of `states` to another, with its event; else nothing."""
    rights.demand(submission.actor, Right.PLAN)
    kind = Kind.PLAN_PAUSED if to == PlanState.PAUSED else Kind.PLAN_RESUMED
    with transaction.atomic():
        chain = writers_lock.take()
        row = Plan.objects.select_for_update().get(pk=plan.pk)
        if row.state not in states or (row.state == to and not row.is_waiting):
            return row
        row.state = to
        for column, value in values.items():
            setattr(row, column, value)
        row.save()
        if to == PlanState.PAUSED:
            withdrawing.pause(chain, row)
        _write(chain, submission, kind, row, {})
    worker.wake()
    return row


def _named(changes: Sequence[Change]) -> dict[str, Any]:
    """Names and reasons for the log; the plan's page has them all."""
    named = [
        {"name": change.username or change.record_name, "why": change.note or change.get_effect_display()}
        for change in changes[:MAX_NAMED]
    ]
    return {"count": len(changes), "left_out": named}


def _write(
    chain: AuditChain, submission: Submission, kind: Kind, plan: Plan, details: dict[str, Any]
) -> None:
    audit.append(chain, _event(kind, plan, details, audit.by(submission.actor)), at=clock.now())


def _event(kind: Kind, plan: Plan, details: dict[str, Any], by: dict[str, Any]) -> audit.Event:
    about = {"plan": str(plan.pk), "outline": plan.outline}
    return audit.Event(kind=kind, source=Source.PLAN, reason=plan.reason, details=about | details, **by)
