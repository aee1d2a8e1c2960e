"""Taking back what a plan has queued and nobody has claimed: a pause holds at once."""

from django.db.models import QuerySet

from monitors.models import AuditChain, Operation, Plan, State, Step
from monitors.services import clock, ends
from monitors.services.outbound.spool import CallEnd

PAUSED = CallEnd(state=State.NOT_SENT, note="The plan was paused before it left.")
CANCELLED = CallEnd(state=State.NOT_SENT, note="The plan was cancelled before it left.")


def pause(chain: AuditChain, plan: Plan) -> None:
    """Under the caller's lock. Its changes are left again, and tried when the plan goes on."""
    _close(chain, list(_queued(plan)), PAUSED)


def cancel(chain: AuditChain, plan: Plan) -> None:
    """As `pause`, but a move that has begun goes on to its end."""
    half_moved = (Step.DETACH, Step.BACK)
    _close(
        chain, [row for row in _queued(plan) if row.change and row.change.step not in half_moved], CANCELLED
    )


def _queued(plan: Plan) -> QuerySet[Operation]:
    queued = Operation.objects.filter(change__plan=plan, state=State.QUEUED)
    return queued.select_related("actor", "change")


def _close(chain: AuditChain, operations: list[Operation], end: CallEnd) -> None:
    ends.close(chain, [(operation, end) for operation in operations], clock.now())
