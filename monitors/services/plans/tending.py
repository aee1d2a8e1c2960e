"""Carrying running plans on: ends of operations become ends of changes, and as many are sent as may be under way.

The rows are the truth: whoever calls this, and however often, each try of each change is one operation.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from monitors.limits import MAX_NOTE
from monitors.models import (
    RECORD_TASKS,
    SENT_EFFECTS,
    STARTED,
    UNFINISHED,
    Attachment,
    Change,
    ChangeKind,
    ChangeState,
    Kind,
    Operation,
    Plan,
    PlanState,
    State,
    Step,
    Throttle,
)
from monitors.services import clock, worker, writers_lock
from monitors.services.errors import Busy, Denied, Invalid, NotRecorded
from monitors.services.operations import Submission
from monitors.services.outbound.call import NOT_OUR_KEY
from monitors.services.plans import running, sending

logger = logging.getLogger(__name__)

MAX_TRIES = 10  # of what never left us
MAX_UNKNOWN_TRIES = 3  # of what got no answer, and no list shows
NEXT_TRY_SECONDS = 1.0
FINISHES_WITHIN = timedelta(days=1)
SLOTS_PER_SENDER = 2
NO_ANSWER = "SendGrid does not answer. The plan goes on by itself when it does."
LOST_RIGHT = "Whoever started this plan may no longer do that."
KEPT_WAITING = (State.QUEUED, State.PENDING)


def tend(*, at_most: int | None = None) -> int:
    """Start what is due and carry on what runs, `at_most` so many calls; how many changes were sent."""
    for plan in Plan.objects.filter(state=PlanState.SCHEDULED, starts_at__lte=clock.now()):
        _start(plan)
    sent = 0
    for plan in _running():
        sent += _tend(plan, None if at_most is None else at_most - sent)
    return sent


def pause() -> timedelta:
    """How long whoever tends may rest."""
    try:
        is_busy = Plan.objects.filter(state=PlanState.RUNNING).exists()
    except DatabaseError:
        is_busy = False
    return settings.PACE.plan_look if is_busy else settings.PACE.plan_rest


def _running() -> QuerySet[Plan]:
    """Also paused ones, and of the last day cancelled ones, whose calls may not be over yet."""
    open_changes = Change.objects.filter(plan=OuterRef("pk"), state__in=UNFINISHED)
    cancelled = Q(state=PlanState.CANCELLED, ended_at__gte=clock.now() - FINISHES_WITHIN)
    running = Plan.objects.filter(Q(state__in=STARTED) | cancelled & Exists(open_changes))
    return running.order_by("started_at")


def _start(plan: Plan) -> None:
    """Nobody has looked at it since: it runs as it was scheduled, but for what no longer holds."""
    assert plan.run_by is not None
    running.start(submission=Submission(actor=plan.run_by), plan=plan, seen=plan.digest)


def _tend(plan: Plan, at_most: int | None) -> int:
    sent = 0
    while True:
        _take_over(plan)
        plan.refresh_from_db()
        if plan.state not in (PlanState.RUNNING, PlanState.CANCELLED) and not plan.is_waiting:
            return sent
        free = _free_slots(plan)
        wanted = free if at_most is None else min(free, at_most - sent)
        now_sent = _send_some(plan, wanted) if wanted > 0 else 0
        sent += now_sent
        if not now_sent:
            _end_if_over(plan)
            return sent


# What may leave now


def _free_slots(plan: Plan) -> int:
    throttle, now = Throttle.objects.get(pk=1), clock.now()
    is_silent = throttle.is_broken(now) or throttle.is_probing(now)
    _wait_for_answers(plan, is_silent=is_silent)
    if is_silent or throttle.is_paused(now):
        return 0
    under_way = Operation.objects.filter(settled_at=None, state__in=KEPT_WAITING)
    busy = under_way.exclude(change=None).count()
    slots = 1 if throttle.broken_until else settings.SENDERS * SLOTS_PER_SENDER
    return max(slots - busy, 0)


def _wait_for_answers(plan: Plan, *, is_silent: bool) -> None:
    """A dead SendGrid pauses a plan, and it goes on by itself."""
    if is_silent and plan.state == PlanState.RUNNING:
        _pause(plan, NO_ANSWER, is_waiting=True)
    elif not is_silent and plan.state == PlanState.PAUSED and plan.is_waiting:
        _change_state(plan, PlanState.RUNNING, Kind.PLAN_RESUMED, why_paused="", is_waiting=False)


def _pause(plan: Plan, why: str, *, is_waiting: bool = False) -> None:
    _change_state(plan, PlanState.PAUSED, Kind.PLAN_PAUSED, why_paused=why, is_waiting=is_waiting)


def _change_state(plan: Plan, to: PlanState, kind: Kind, **values: Any) -> None:
    """Only from the state that we read: a person may have been quicker."""
    with transaction.atomic():
        chain = writers_lock.take()
        rows = Plan.objects.filter(pk=plan.pk, state=plan.state, is_waiting=plan.is_waiting)
        if rows.update(state=to, **values):
            running.note(chain, kind, plan, {"why": values.get("why_paused", "")})
    plan.refresh_from_db()


def _send_some(plan: Plan, wanted: int) -> int:
    """How many changes were sent, or left out on the way."""
    handled = 0
    for change in _next(plan, wanted):
        if not _may_leave(plan, change):
            break
        handled += _send(change)
        if change.tries and change.state == ChangeState.LEFT:  # it came back at once: not now
            worker.wake(delay=NEXT_TRY_SECONDS)
            return 0
    return handled


def _may_leave(plan: Plan, change: Change) -> bool:
    """A person may have paused or cancelled it meanwhile."""
    state = Plan.objects.filter(pk=plan.pk).values_list("state", flat=True).first()
    return state == PlanState.RUNNING or (state == PlanState.CANCELLED and bool(change.step))


def _next(plan: Plan, wanted: int) -> list[Change]:
    """The next ones in their order; a record is changed only when nothing earlier on it is open."""
    left = Change.objects.filter(plan=plan, state=ChangeState.LEFT, effect__in=SENT_EFFECTS)
    if plan.state == PlanState.CANCELLED:
        left = left.exclude(step="")
    related = left.select_related("plan__run_by", "record", "from_record").order_by("number")
    candidates = list(related[: wanted * 4])
    barriers = _barriers(plan, candidates)
    ready = [change for change in candidates if not _is_held(change, barriers)]
    return ready[:wanted]


def _barriers(plan: Plan, candidates: Sequence[Change]) -> list[tuple[int, str, str]]:
    """Number, kind and record of whatever is open on records that the plan itself changes."""
    open_changes = Change.objects.filter(plan=plan, state__in=UNFINISHED, effect__in=SENT_EFFECTS)
    changed = open_changes.filter(kind__in=RECORD_TASKS).values("record_name")
    names = {change.record_name for change in candidates}
    rows = open_changes.filter(record_name__in=names & set(changed.values_list("record_name", flat=True)))
    return list(rows.order_by("number").values_list("number", "kind", "record_name"))


def _is_held(change: Change, barriers: Iterable[tuple[int, str, str]]) -> bool:
    return any(
        number < change.number
        and name == change.record_name
        and (change.kind in RECORD_TASKS or kind in RECORD_TASKS)
        for number, kind, name in barriers
    )


def _send(change: Change) -> int:
    """1 when something became of the change, 0 where it must wait."""
    if not _move(change, state=ChangeState.SENDING, step=_first_step(change)):
        return 0  # somebody else has it
    try:
        _carry_out(change)
    except Busy:
        _move(change, state=ChangeState.LEFT)
        return 0
    except Denied:
        _move(change, state=ChangeState.LEFT)
        _pause(change.plan, LOST_RIGHT)
        return 0
    return 1


def _first_step(change: Change) -> str:
    return Step.APPEND if change.kind == ChangeKind.MOVE and not change.step else change.step


def _carry_out(change: Change) -> None:
    try:
        operation = sending.send(change)
    except Invalid as error:
        _refuse_ourselves(change, error.message)
    except NotRecorded as error:
        logger.warning("change %d of %s: %s", change.number, change.plan_id, error)
    else:
        _follow(change, operation)


def _refuse_ourselves(change: Change, why: str) -> None:
    """The mirror says that there is nothing to do any more, or that it must not be done."""
    if change.step == Step.APPEND and _is_on(change.username, change.record_id):
        _after_append(change)
    elif change.step == Step.DETACH:
        _finish(change, ChangeState.DONE)
    elif change.step == Step.BACK:
        _finish(change, ChangeState.REFUSED, change.note)
    else:
        _finish(change, ChangeState.LEFT_OUT, why)


# What became of it


def _take_over(plan: Plan) -> None:
    sent = Change.objects.filter(plan=plan, state__in=(ChangeState.SENDING, ChangeState.UNKNOWN))
    related = sent.select_related("plan__run_by", "record", "from_record")
    settled_appends = Q(step=Step.LIST, operations__settled_at__isnull=False)
    for change in related.filter(~Q(step=Step.LIST) | settled_appends).distinct():
        _take_over_one(change)


def _take_over_one(change: Change) -> None:
    operation = Operation.objects.filter(token=sending.token(change)).first()
    if operation is not None:
        _follow(change, operation)
    elif change.step != Step.LIST:  # whoever took it died before the operation was committed
        _move(change, state=ChangeState.LEFT)


def _follow(change: Change, operation: Operation) -> None:
    """Let a change go on as its operation went."""
    if change.step == Step.LIST:
        if operation.settled_at is not None:
            _after_list(change, operation)
        return
    _AFTER[State(operation.state)](change, operation)


def _still_open(change: Change, operation: Operation) -> None:
    del change, operation


def _accepted(change: Change, operation: Operation) -> None:
    if change.step == Step.APPEND and change.from_record_id is not None:
        _move(change, state=ChangeState.SENDING, step=Step.LIST)
        if operation.settled_at is not None:
            _after_list(change, operation)
    elif change.step == Step.BACK:
        _finish(change, ChangeState.REFUSED, f"{change.note} Put back.".strip())
    else:
        _finish(change, ChangeState.DONE)


def _refused(change: Change, operation: Operation) -> None:
    if operation.outcome_note == NOT_OUR_KEY:
        _move(change, state=ChangeState.LEFT, tries=change.tries + 1)
        _pause(change.plan, NOT_OUR_KEY)
    elif operation.retry_after is not None:  # asked for fewer requests; the throttle holds everybody back
        _move(change, state=ChangeState.LEFT, tries=change.tries + 1)
    else:
        _fail(change, ChangeState.REFUSED, _words(operation))


def _not_sent(change: Change, operation: Operation) -> None:
    """Nothing left us, so the same may be sent again."""
    if change.plan.state == PlanState.CANCELLED and not _is_half_moved(change):
        _finish(change, ChangeState.CANCELLED)
    elif operation.retry_after is not None or change.tries + 1 < MAX_TRIES or _is_half_moved(change):
        _move(change, state=ChangeState.LEFT, tries=change.tries + 1)
    else:
        _fail(change, ChangeState.NOT_SENT, operation.outcome_note)


def _is_half_moved(change: Change) -> bool:
    return change.step in (Step.DETACH, Step.BACK)


def _not_applied(change: Change, operation: Operation) -> None:
    """It was unknown, and a list asked for when nothing of it was under way any more does not show it."""
    if change.tries + 1 < MAX_UNKNOWN_TRIES:
        _move(change, state=ChangeState.LEFT, tries=change.tries + 1, note="")
    else:
        _not_shown(change, operation)


def _not_shown(change: Change, operation: Operation) -> None:
    _fail(change, ChangeState.NOT_SHOWN, operation.outcome_note)


def _unknown(change: Change, operation: Operation) -> None:
    if change.state != ChangeState.UNKNOWN:
        _move(change, state=ChangeState.UNKNOWN, note=operation.outcome_note[:MAX_NOTE])


_AFTER = {
    State.QUEUED: _still_open,
    State.PENDING: _still_open,
    State.ACCEPTED: _accepted,
    State.CONFIRMED: _accepted,
    State.REFUSED: _refused,
    State.NOT_SENT: _not_sent,
    State.UNKNOWN: _unknown,
    State.CONTRADICTED: _not_shown,
    State.NOT_APPLIED: _not_applied,
}


def _fail(change: Change, state: ChangeState, why: str) -> None:
    """A detach that fails in the middle of a move is put back, so that nobody is on two records by accident."""
    if change.step == Step.DETACH:
        note = f"It could not leave {_name(change)}: {why}"
        _move(change, state=ChangeState.LEFT, step=Step.BACK, note=note[:MAX_NOTE])
    elif change.step == Step.BACK:
        _finish(
            change, ChangeState.REFUSED, f"{change.note} It could not be put back either, and is on both."
        )
    else:
        _finish(change, state, why)


def _name(change: Change) -> str:
    return change.from_record.name if change.from_record else "its record"


def _after_list(change: Change, operation: Operation) -> None:
    """A list has shown what the append did: SendGrid may have moved the customer by itself."""
    if operation.state in (State.CONTRADICTED, State.NOT_APPLIED):
        _finish(change, ChangeState.NOT_SHOWN, operation.outcome_note)
    else:
        _after_append(change)


def _after_append(change: Change) -> None:
    if _is_on(change.username, change.from_record_id):
        _move(change, state=ChangeState.LEFT, step=Step.DETACH)
    else:
        _finish(change, ChangeState.DONE)


def _is_on(username: str, record_id: int | None) -> bool:
    lasting = Attachment.objects.lasting().filter(customer__username=username, record=record_id)
    return record_id is not None and lasting.exists()


def _words(operation: Operation) -> str:
    return ", ".join(f"“{word}”" for word in operation.words) or operation.outcome_note


def _finish(change: Change, state: ChangeState, note: str = "") -> None:
    _move(change, state=state, note=note[:MAX_NOTE], ended_at=clock.now())


def _move(change: Change, **values: Any) -> bool:
    """From where we read it; False when another process was quicker."""
    where = Change.objects.filter(pk=change.pk, state=change.state, step=change.step, tries=change.tries)
    if not where.update(**values):
        return False
    for column, value in values.items():
        setattr(change, column, value)
    return True


def _end_if_over(plan: Plan) -> None:
    is_over = not Change.objects.filter(plan=plan, state__in=UNFINISHED).exists()
    if plan.state != PlanState.RUNNING or not is_over:
        return
    ended_at: datetime = clock.now()
    with transaction.atomic():
        chain = writers_lock.take()
        if Plan.objects.filter(pk=plan.pk, state=PlanState.RUNNING).update(
            state=PlanState.DONE, ended_at=ended_at
        ):
            running.note(chain, Kind.PLAN_ENDED, plan, {"counts": dict(running.counts(plan))})
