"""Taking back what a plan has queued and nobody has sent: a pause holds within the second."""

from monitors.models import Change, ChangeState, Operation, Plan, State


def withdraw(plan: Plan) -> int:
    """Inside the caller's transaction, under the writers' lock; how many changes are left again."""
    queued = Operation.objects.filter(change__plan=plan, state=State.QUEUED)
    changes = Change.objects.filter(plan=plan, operations__in=queued, state=ChangeState.SENDING)
    return changes.count()
