"""Append a customer to a record, and detach it again."""

from monitors.models import MonitorRecord, Operation, Right, Task
from monitors.services import clock, operations, rights
from monitors.services import until as untils
from monitors.services.errors import Elsewhere
from monitors.services.operations import Check, Request, nothing_more
from monitors.services.submission import Submission
from monitors.services.targets import Target

TOO, MOVE = "too", "move"  # what to do with a customer who is on another record


def append(
    *, submission: Submission, record: MonitorRecord, user: str, until: str = "", elsewhere: str = ""
) -> Operation:
    """monitor_records.md, "Append A Customer".

    `until` as services.until reads it; empty is the role's default. `elsewhere` is `too` where the customer may be on
    another record, whatever SendGrid then does with it; to move it, see services.moves. Raises Denied, Busy, Elsewhere
    without that choice, Invalid when the customer is on the record already.
    """

    def ask(target: Target) -> dict[str, str]:
        if target.records and elsewhere != TOO:
            raise Elsewhere(user, target.records)
        return {}

    return append_with(submission=submission, record=record, user=user, until=until, check=ask)


def append_with(
    *, submission: Submission, record: MonitorRecord, user: str, until: str, check: Check
) -> Operation:
    """`append` for a caller that looks itself, under the writers' lock, at where the customer is."""
    rights.demand(submission.actor, Right.ATTACH)
    chosen = untils.chosen(submission.actor, until, read_clock=clock.now)
    return operations.perform(
        Request(
            submission=submission,
            task=Task.APPEND,
            parameters={"name": record.name, "user": user},
            record=record,
            until=chosen.text,
        ),
        check=check,
    )


def detach(*, submission: Submission, record: MonitorRecord | None, user: str) -> Operation:
    """monitor_records.md, "Detach": from `record`, or from every record when it is None.

    The name is always sent where there is one: the sibling page calls it optional, and a detach
    with a name was recorded working (upstream.md). Raises Denied, Busy, Invalid when not on it.
    """
    rights.demand(submission.actor, Right.ATTACH)
    return detach_with(submission=submission, record=record, user=user, check=nothing_more)


def detach_with(
    *, submission: Submission, record: MonitorRecord | None, user: str, check: Check
) -> Operation:
    """`detach` for a caller that has asked for the right before, or acts for the desk."""
    parameters = {"user": user} | ({"name": record.name} if record else {})
    return operations.perform(
        Request(submission=submission, task=Task.DETACH, parameters=parameters, record=record), check=check
    )
