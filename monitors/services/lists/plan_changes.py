"""Changes of plans are done at SendGrid's word: a list that contradicts it, or shows late what was done, mends that."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q

from monitors.models import Change, ChangeKind, ChangeState, Operation, Plan, State

# A move whose customer has another record to leave is done at a list's word.
_BY_A_LIST = Q(kind=ChangeKind.MOVE, from_record__isnull=False)
_SAID = (ChangeState.SENDING, ChangeState.UNKNOWN, ChangeState.DONE)
_DENIED = (State.CONTRADICTED, State.NOT_APPLIED)
Judged = tuple[Operation, str]  # and its state before


def follow(judged: Iterable[Judged], at: datetime) -> None:
    """Under the writers' lock, with the verdicts."""
    for operation, former in judged:
        key = operation.change_id
        if key is not None and operation.state == State.CONTRADICTED:
            _move(key, _SAID, ChangeState.NOT_SHOWN, operation.outcome_note, at)
        elif key is not None and operation.state == State.CONFIRMED and former in _DENIED:
            _move(key, (ChangeState.NOT_SHOWN,), ChangeState.DONE, "", at)


def _move(key: int, states: Collection[ChangeState], to: ChangeState, note: str, at: datetime) -> None:
    """Whoever dismissed the plan before has seen another end of it."""
    change = Change.objects.filter(pk=key, state__in=states).exclude(_BY_A_LIST)
    if change.update(state=to, note=note, ended_at=at):
        Plan.objects.filter(changes=key).update(dismissed_at=None)
