"""Moving a customer to another record so that it stays monitored: appended first, taken off only where needed.

SendGrid may take a customer off its old record by itself; the list that confirms the append says so. Only if that list
still shows the old one, it is detached from there, and if that comes to nothing, from the new one again. A move is a
row that is due; each step is an operation of its own, made once by a token of the move's.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4, uuid5

from django.db import transaction

from monitors.models import Kind, MonitorRecord, Move, MoveState, Operation, State
from monitors.services import attachments, clock, moving, writers_lock
from monitors.services.errors import Busy, Elsewhere, Invalid
from monitors.services.log import audit
from monitors.services.moving import Note, Then
from monitors.services.submission import Submission
from monitors.services.targets import Target

LOOK_AGAIN = timedelta(minutes=1)
AT_ONCE = 20  # moves that one wake-up looks at
WITHOUT_EFFECT = (State.REFUSED, State.NOT_SENT, State.NOT_APPLIED, State.CONTRADICTED)
TROUBLE = (MoveState.PUT_BACK, MoveState.ON_BOTH)


def move(
    *,
    submission: Submission,
    record: MonitorRecord,
    user: str,
    from_record: MonitorRecord | None = None,
    until: str = "",
) -> Operation:
    """Returns the append that begins it. `from_record` None: the one record that the customer is on.

    Raises Denied, Busy, Invalid where the customer is not on `from_record`, and Elsewhere where it is on several
    records and none was named.
    """
    begun = replace(submission, token=submission.token or uuid4())

    def check(target: Target) -> dict[str, str]:
        key = _old_record(target, user, from_record)
        _begin(begun, record, key, target)
        return moving.note_of_append(target.records[key])

    return attachments.append_with(submission=begun, record=record, user=user, until=until, check=check)


def _old_record(target: Target, user: str, from_record: MonitorRecord | None) -> int:
    if from_record is None and len(target.records) > 1:
        raise Elsewhere(user, target.records)
    key = from_record.pk if from_record else next(iter(target.records), None)
    if key is None or key not in target.records:
        name = from_record.name if from_record else "another record"
        raise Invalid("user", f"{user} is not on {name} now, so there is nothing to move.")
    return key


def _begin(submission: Submission, record: MonitorRecord, from_key: int, target: Target) -> None:
    """Under the writers' lock, in the transaction that commits the append."""
    assert submission.token
    assert submission.actor
    assert target.customer_id
    now = clock.now()
    Move.objects.create(
        token=submission.token,
        record=record,
        from_record_id=from_key,
        customer_id=target.customer_id,
        actor=submission.actor,
        reason=submission.reason,
        request_id=submission.request_id,
        created_at=now,
        due_at=now + LOOK_AGAIN,
    )


def run_due(*, is_after_list: bool = False) -> None:
    """Take each due move on; after a list all of them."""
    rows = Move.objects.filter(due_at__isnull=False)
    if not is_after_list:
        rows = rows.filter(due_at__lte=clock.now())
    for row in rows.select_related("record", "from_record", "customer", "actor").order_by("due_at")[:AT_ONCE]:
        _go_on(row)


def _go_on(row: Move) -> None:
    while row.due_at is not None:
        try:
            state = STEPS[MoveState(row.state)](row)
        except (Busy, Invalid):
            state = None  # something else is under way, or the mirror has just changed: looked at again
        if not _reach(row, state):
            return


def _reach(row: Move, state: MoveState | None) -> bool:
    """Store the step that the move has come to; False where it waits, or another process has taken it on."""
    now = clock.now()
    with transaction.atomic():
        writers_lock.take()
        same = Move.objects.filter(pk=row.pk, state=row.state, due_at__isnull=False)
        if state is None:
            same.update(due_at=now + LOOK_AGAIN)
            return False
        due_at = now + LOOK_AGAIN if state in STEPS else None
        if not same.update(state=state, due_at=due_at):
            return False
        row.state, row.due_at = state, due_at
        if state in TROUBLE:
            audit.write(_event(row))
    return True


def _append_settled(row: Move) -> MoveState | None:
    append = _operation(row.token)
    if append is None or append.settled_at is None:
        return None
    if append.state in WITHOUT_EFFECT:
        return MoveState.NOT_APPENDED
    return _THEN[moving.after_append(row.customer.username, to=row.record_id, old=row.from_record_id)]


_THEN = {
    Then.NOTHING_MOVED: MoveState.NOT_APPENDED,
    Then.DETACH: MoveState.DETACHING,
    Then.MOVED: MoveState.MOVED,
}


def _detach_old(row: Move) -> MoveState | None:
    if _operation(_token(row, "detach")) is None and not _is_on(row.from_record, row):
        return MoveState.MOVED  # by somebody else, just now
    detach = _detached(row, row.from_record, "detach", moving.note_of_detach(row.record.name))
    if detach.settled_at is None:
        return None
    return MoveState.PUTTING_BACK if detach.state in WITHOUT_EFFECT else MoveState.MOVED


def _put_back(row: Move) -> MoveState | None:
    if _operation(_token(row, "back")) is None and not _is_on(row.record, row):
        return MoveState.PUT_BACK
    back = _detached(row, row.record, "back", moving.note_of_back(row.from_record.name))
    if back.settled_at is None:
        return None
    return MoveState.ON_BOTH if back.state in WITHOUT_EFFECT else MoveState.PUT_BACK


STEPS: dict[MoveState, Callable[[Move], MoveState | None]] = {
    MoveState.APPENDING: _append_settled,
    MoveState.DETACHING: _detach_old,
    MoveState.PUTTING_BACK: _put_back,
}


def _detached(row: Move, record: MonitorRecord, step: str, note: Note) -> Operation:
    """The right was asked for when the move began; whoever lost it since must not leave the customer on both."""
    token = _token(row, step)
    submission = Submission(
        actor=row.actor, reason=row.reason or "Part of a move.", token=token, request_id=row.request_id
    )
    return _operation(token) or attachments.detach_with(
        submission=submission, record=record, user=row.customer.username, check=lambda _: note
    )


def _operation(token: UUID) -> Operation | None:
    return Operation.objects.filter(token=token).first()


def _token(row: Move, step: str) -> UUID:
    return uuid5(row.token, step)


def _is_on(record: MonitorRecord, row: Move) -> bool:
    return moving.is_on(row.customer.username, record.pk)


def _event(row: Move) -> audit.Event:
    return audit.Event(
        kind=Kind.MOVE_FAILED,
        **audit.by(None),
        **audit.on(row.record, row.customer),
        reason=row.reason,
        details={"from": row.from_record.name, "state": row.state},
    )
