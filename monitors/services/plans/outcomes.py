"""What became of the operation of a change, taken over into the change; and the steps of a move.

Each is written only from the state that was read: another process may have been quicker.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from monitors.limits import MAX_NOTE
from monitors.models import (
    Change,
    ChangeState,
    MonitorRecord,
    Operation,
    Plan,
    PlanState,
    State,
    Step,
)
from monitors.services import clock, moving
from monitors.services.moving import Then
from monitors.services.outbound.call import NOT_OUR_KEY
from monitors.services.plans import sending, standing

MAX_TRIES = 10  # of what never left us
GONE_SINCE = "It is not on the new record any more, so it stays where it was."
MAX_UNKNOWN_TRIES = 3  # of what got no answer, and no list shows


def take_over(plan: Plan) -> None:
    """Of all changes that are being sent or unknown; with one statement for all their operations."""
    sent = Change.objects.filter(plan=plan, state__in=(ChangeState.SENDING, ChangeState.UNKNOWN))
    changes = list(sent.exclude(_waits_for_a_list()).select_related("record", "from_record"))
    tokens = {sending.token(change): change for change in changes}
    operations = {row.token: row for row in Operation.objects.filter(token__in=tokens)} if tokens else {}
    for token, change in tokens.items():
        change.plan = plan
        _take_over_one(change, operations.get(token))


def _waits_for_a_list() -> Q:
    """A move of which SendGrid has accepted a step: there may be thousands, and nothing becomes of them before."""
    accepted = Operation.objects.filter(change=OuterRef("pk"), state=State.ACCEPTED, settled_at=None)
    return Q(Exists(accepted), step__in=(Step.LIST, *sending.HALF_MOVED))


def _take_over_one(change: Change, operation: Operation | None) -> None:
    if operation is not None:
        follow(change, operation)
    elif change.step != Step.LIST:  # whoever took it died before the operation was committed
        move(change, state=ChangeState.LEFT)


def follow(change: Change, operation: Operation) -> None:
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
        move(change, state=ChangeState.SENDING, step=Step.LIST)
        if operation.settled_at is not None:
            _after_list(change, operation)
    elif not _is_half_moved(change):
        finish(change, ChangeState.DONE)
    elif operation.settled_at is not None:
        _left(change)


def _left(change: Change) -> None:
    """No list contradicts what SendGrid said of the second step of a move, or of the one that took it back."""
    if change.step == Step.BACK:
        finish(change, ChangeState.REFUSED, f"{change.note} Put back.".strip())
    else:
        finish(change, ChangeState.DONE)


def _refused(change: Change, operation: Operation) -> None:
    if operation.outcome_note == NOT_OUR_KEY:
        move(change, state=ChangeState.LEFT, tries=change.tries + 1)
        standing.pause(change.plan, NOT_OUR_KEY)
    elif operation.retry_after is not None:  # asked for fewer requests; the throttle holds everybody back
        move(change, state=ChangeState.LEFT, tries=change.tries + 1)
    else:
        _fail(change, ChangeState.REFUSED, _words(operation))


def _not_sent(change: Change, operation: Operation) -> None:
    """Nothing left us, so the same may be sent again."""
    if change.plan.state == PlanState.CANCELLED and not _is_half_moved(change):
        finish(change, ChangeState.CANCELLED)
    elif operation.retry_after is not None or change.tries + 1 < MAX_TRIES or _is_half_moved(change):
        move(change, state=ChangeState.LEFT, tries=change.tries + 1)
    else:
        _fail(change, ChangeState.NOT_SENT, operation.outcome_note)


def _is_half_moved(change: Change) -> bool:
    return change.step in sending.HALF_MOVED


def _not_applied(change: Change, operation: Operation) -> None:
    """It was unknown, and a list asked for when nothing of it was under way any more does not show it."""
    if change.tries + 1 < MAX_UNKNOWN_TRIES:
        move(change, state=ChangeState.LEFT, tries=change.tries + 1, note="")
    else:
        _not_shown(change, operation)


def _not_shown(change: Change, operation: Operation) -> None:
    _fail(change, ChangeState.NOT_SHOWN, operation.outcome_note)


def _unknown(change: Change, operation: Operation) -> None:
    if change.state != ChangeState.UNKNOWN:
        move(change, state=ChangeState.UNKNOWN, note=operation.outcome_note[:MAX_NOTE])


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
        move(change, state=ChangeState.LEFT, step=Step.BACK, note=note[:MAX_NOTE])
    elif change.step == Step.BACK:
        finish(change, ChangeState.REFUSED, f"{change.note} It could not be put back either, and is on both.")
    else:
        finish(change, state, why)


def _name(change: Change) -> str:
    return change.from_record.name if change.from_record else "its record"


def _after_list(change: Change, operation: Operation) -> None:
    """A list has shown what the append did: SendGrid may have moved the customer by itself."""
    if operation.state in (State.CONTRADICTED, State.NOT_APPLIED):
        finish(change, ChangeState.NOT_SHOWN, operation.outcome_note)
    else:
        _after_append(change)


def _after_append(change: Change) -> None:
    then = moving.after_append(change.username, to=_new_record(change), old=change.from_record_id)
    if then == Then.NOTHING_MOVED:
        finish(change, ChangeState.NOT_SHOWN, GONE_SINCE)
    elif then == Then.DETACH:
        move(change, state=ChangeState.LEFT, step=Step.DETACH)
    else:
        finish(change, ChangeState.DONE)


def _new_record(change: Change) -> int | None:
    """The plan may have made it: then only its name is known here."""
    if change.record_id is not None:
        return change.record_id
    row = MonitorRecord.objects.named(change.record_name)
    return row.pk if row else None


def _words(operation: Operation) -> str:
    words = ", ".join(f"“{word}”" for word in operation.words)
    return f"SendGrid said {words}." if words else operation.outcome_note


def finish(change: Change, state: ChangeState, note: str = "") -> None:
    move(change, state=state, note=note[:MAX_NOTE], ended_at=clock.now())


def move(change: Change, **values: Any) -> bool:
    """From where we read it; False when another process was quicker."""
    where = Change.objects.filter(pk=change.pk, state=change.state, step=change.step, tries=change.tries)
    if not where.update(**values):
        return False
    for column, value in values.items():
        setattr(change, column, value)
    return True


def refuse_ourselves(change: Change, why: str) -> None:
    """The mirror says that there is nothing to do any more, or that it must not be done."""
    if change.step == Step.APPEND and moving.is_on(change.username, _new_record(change)):
        _after_append(change)
    elif change.step == Step.DETACH:
        finish(change, ChangeState.DONE)
    elif change.step == Step.BACK:
        finish(change, ChangeState.REFUSED, change.note)
    else:
        finish(change, ChangeState.LEFT_OUT, why)
