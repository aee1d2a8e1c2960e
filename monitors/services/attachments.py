"""Append a customer to a record, and detach it again."""

from monitors.models import MonitorRecord, Operation, Right, Task
from monitors.services import operations, rights
from monitors.services.operations import Request, Submission


def append(*, submission: Submission, record: MonitorRecord, user: str) -> Operation:
    """monitor_records.md, "Append A Customer". Raises Denied, Busy, Invalid when the customer is on it already."""
    rights.demand(submission.actor, Right.ATTACH)
    parameters = {"name": record.name, "user": user}
    return operations.perform(
        Request(submission=submission, task=Task.APPEND, parameters=parameters, record=record)
    )


def detach(*, submission: Submission, record: MonitorRecord | None, user: str) -> Operation:
    """monitor_records.md, "Detach": from `record`, or from every record when it is None.

    The name is always sent where there is one: the sibling page calls it optional, and a detach
    with a name was recorded working (upstream.md). Raises Denied, Busy, Invalid when not on it.
    """
    rights.demand(submission.actor, Right.ATTACH)
    parameters = {"user": user} | ({"name": record.name} if record else {})
    return operations.perform(
        Request(submission=submission, task=Task.DETACH, parameters=parameters, record=record)
    )
