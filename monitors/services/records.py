"""Create, edit and delete a monitor record."""

from monitors.models import MonitorRecord, Operation, Right, Task
from monitors.services import details, operations, policy, rights
from monitors.services.operations import Request
from monitors.services.submission import Submission


def create(
    *,
    submission: Submission,
    name: str,
    email: str,
    frequency: int,
    ours: details.Wanted = details.NOTHING,
) -> Operation:
    """monitor_records.md, "Create Monitor Record". `ours` is kept with it. Raises Denied, Invalid, Busy."""
    rights.demand(submission.actor, Right.MANAGE)
    policy.check_mailbox(email, field="email")
    parameters = {"name": name, "email": email, "frequency": str(frequency)}
    kept = details.to_keep(ours)
    request = Request(submission=submission, task=Task.CREATE, parameters=parameters)
    return operations.perform(request, check=lambda _: kept)


def edit(
    *,
    submission: Submission,
    record: MonitorRecord,
    new_name: str | None = None,
    new_email: str | None = None,
    new_frequency: int | None = None,
) -> Operation:
    """monitor_records.md, "Edit Monitor Record": only what is not None is sent. Raises Denied, Invalid, Busy."""
    rights.demand(submission.actor, Right.MANAGE)
    if new_email is not None:
        policy.check_mailbox(new_email, field="new_email")
    changes = {"new_name": new_name, "new_email": new_email, "new_frequency": new_frequency}
    sent = {key: str(value) for key, value in changes.items() if value is not None}
    return operations.perform(
        Request(submission=submission, task=Task.EDIT, parameters={"name": record.name} | sent, record=record)
    )


def delete(*, submission: Submission, record: MonitorRecord) -> Operation:
    """monitor_records.md, "Delete Monitor Record". Raises Denied, Busy, Invalid while customers are on it."""
    rights.demand(submission.actor, Right.MANAGE)
    return operations.perform(
        Request(submission=submission, task=Task.DELETE, parameters={"name": record.name}, record=record)
    )
