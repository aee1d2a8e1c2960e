"""Asking for the next changes of a plan: queued together where a worker sends them, else sent one by one here."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.db import transaction

from monitors.models import (
    RECORD_TASKS,
    SENT_EFFECTS,
    UNFINISHED,
    Change,
    ChangeKind,
    ChangeState,
    Operation,
    Plan,
    PlanState,
    Step,
)
from monitors.services import clock, operations, worker, writers_lock
from monitors.services.errors import Busy, Denied, Invalid, NotRecorded
from monitors.services.operations import Request
from monitors.services.plans import sending, standing
from monitors.services.plans.outcomes import follow, move, refuse_ourselves
from monitors.services.targets import Target

logger = logging.getLogger(__name__)

NEXT_TRY_SECONDS = 1.0
CANDIDATES = 4  # looked at for each that is wanted: some must wait for others
Asked = tuple[Change, Request, Target]


def ask_for_some(plan: Plan, wanted: int) -> int:
    """How many changes were asked for, or left out on the way."""
    changes = _next(plan, wanted)
    if not changes:
        return 0
    return _queue(plan, changes) if worker.is_there(clock.now()) else _send_here(plan, changes)


def _queue(plan: Plan, changes: Sequence[Change]) -> int:
    """All in one transaction: a change is being sent exactly when its operation is committed."""
    asked: list[Asked] = []
    refused: list[tuple[Change, str]] = []
    try:
        with transaction.atomic():
            writers_lock.take()
            for change in _still_wanted(plan, changes):
                _look(change, asked, refused)
            operations.enqueue([request for _, request, _ in asked], [target for *_, target in asked])
            for change, *_ in asked:
                move(change, state=ChangeState.SENDING, step=_first_step(change))
    except Denied:
        standing.pause(plan, standing.LOST_RIGHT)
        return 0
    for change, why in refused:
        refuse_ourselves(change, why)
    return len(asked) + len(refused)


def _still_wanted(plan: Plan, changes: Sequence[Change]) -> list[Change]:
    """Under the lock: a person may have paused it, and another process may have taken some."""
    state = Plan.objects.values_list("state", flat=True).get(pk=plan.pk)
    left = Change.objects.filter(pk__in=[change.pk for change in changes], state=ChangeState.LEFT)
    now = {pk: (step, tries) for pk, step, tries in left.values_list("pk", "step", "tries")}
    same = [change for change in changes if now.get(change.pk) == (change.step, change.tries)]
    begun = sending.begun(same)
    for change in same:
        if sending.token(change) in begun:  # whoever began it has not said so yet
            move(change, state=ChangeState.SENDING, step=_first_step(change))
    return [change for change in same if change.state == ChangeState.LEFT and _may_leave(state, change)]


def _may_leave(state: str, change: Change) -> bool:
    """Of a cancelled plan only a move that has begun is brought to its end."""
    return state == PlanState.RUNNING or (state == PlanState.CANCELLED and bool(change.step))


def _look(change: Change, asked: list[Asked], refused: list[tuple[Change, str]]) -> None:
    """What the mirror has against a change counts only when nothing under way may still change that."""
    try:
        request = sending.request(change)
        target = request.target()
        if target.problem is not None:
            if not _is_something_ahead(request):
                refused.append((change, target.problem.message))
            return
        before = target.before | sending.note(change, target)
        asked.append((change, request, replace(target, before=before)))
    except Invalid as error:
        refused.append((change, error.message))


def _is_something_ahead(request: Request) -> bool:
    """Then the request waits, and is looked at again."""
    return Operation.objects.in_the_way(request).exists()


def _send_here(plan: Plan, changes: Sequence[Change]) -> int:
    """One after the other, each looked at once more: a person may have paused or cancelled the plan meanwhile."""
    handled = 0
    for change in changes:
        if not _may_leave(Plan.objects.values_list("state", flat=True).get(pk=plan.pk), change):
            break
        handled += _send(change)
        if change.tries and change.state == ChangeState.LEFT:  # it came back at once: not now
            worker.wake(delay=NEXT_TRY_SECONDS)
            return 0
    return handled


def _next(plan: Plan, wanted: int) -> list[Change]:
    """The next ones in their order; a record is changed only when nothing earlier on it is open."""
    left = Change.objects.filter(plan=plan, state=ChangeState.LEFT, effect__in=SENT_EFFECTS)
    if plan.state == PlanState.CANCELLED:
        left = left.exclude(step="")
    related = left.select_related("plan__run_by", "record", "from_record").order_by("number")
    candidates = list(related[: wanted * CANDIDATES])
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
    """Without a worker: make the call here. 1 when something became of the change, 0 where it must wait."""
    if not move(change, state=ChangeState.SENDING, step=_first_step(change)):
        return 0  # somebody else has it
    try:
        _carry_out(change)
    except Busy:
        move(change, state=ChangeState.LEFT)
        return 0
    except Denied:
        move(change, state=ChangeState.LEFT)
        standing.pause(change.plan, standing.LOST_RIGHT)
        return 0
    return 1


def _first_step(change: Change) -> str:
    return Step.APPEND if change.kind == ChangeKind.MOVE and not change.step else change.step


def _carry_out(change: Change) -> None:
    try:
        operation = sending.send(change)
    except Invalid as error:
        refuse_ourselves(change, error.message)
    except NotRecorded as error:
        logger.warning("change %d of %s: %s", change.number, change.plan_id, error)
    else:
        follow(change, operation)
