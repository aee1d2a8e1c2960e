"""Create, edit and delete a monitor record."""

from monitors.models import MonitorRecord, Operation, Right, Task
from monitors.services import operations, policy, rights
from monitors.services.errors import Invalid
from monitors.services.operations import Request, Submission, Target


def create(*, submission: Submission, name: str, email: str, frequency: int) -> Operation:
    """monitor_records.md, "Create Monitor Record". Raises Denied, Invalid, Busy."""
    rights.demand(submission.actor, Right.MANAGE)
    policy.check_mailbox(email, field="email")

    def find_target() -> Target:
        _demand_free(name, field="name")
        return Target()

    return operations.perform(
        Request(
            submission=submission,
            task=Task.CREATE,
            parameters={"name": name, "email": email, "frequency": str(frequency)},
        ),
        find_target=find_target,
        call=lambda gateway: gateway.create(name=name, email=email, frequency=frequency),
    )


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
    name = record.name

    def find_target() -> Target:
        if not sent:
            raise Invalid(None, "Nothing was changed, so nothing was sent.")
        before = _fields(current(record, name))
        if new_name is not None:
            _demand_free(new_name, field="new_name")
        return Target(before=before)

    return operations.perform(
        Request(submission=submission, task=Task.EDIT, parameters={"name": name} | sent, record=record),
        find_target=find_target,
        call=lambda gateway: gateway.edit(
            name=name, new_name=new_name, new_email=new_email, new_frequency=new_frequency
        ),
    )


def delete(*, submission: Submission, record: MonitorRecord) -> Operation:
    """monitor_records.md, "Delete Monitor Record". Raises Denied, Busy, Invalid while customers are on it."""
    rights.demand(submission.actor, Right.MANAGE)
    name = record.name

    def find_target() -> Target:
        row = current(record, name)
        if row.customer_count:
            noun = "customer is" if row.customer_count == 1 else "customers are"
            raise Invalid(None, f"{row.customer_count:,} {noun} still on {name}. Detach first, then delete.")
        return Target(before=_fields(row))

    return operations.perform(
        Request(submission=submission, task=Task.DELETE, parameters={"name": name}, record=record),
        find_target=find_target,
        call=lambda gateway: gateway.delete(name=name),
    )


def _fields(record: MonitorRecord) -> dict[str, str | int | None]:
    return {"name": record.name, "email": record.email, "frequency": record.frequency}


def current(record: MonitorRecord, name: str) -> MonitorRecord:
    """The record as it is now, under the writers' lock; raises Invalid when it is gone or has another name."""
    row = MonitorRecord.objects.living().filter(pk=record.pk).first()
    if row is None:
        raise Invalid(None, f"{name} is no longer in SendGrid's list.")
    if row.name != name:
        raise Invalid(None, f"{name} is now called {row.name}. Look at it again before you change it.")
    return row


def _demand_free(name: str, *, field: str) -> None:
    if MonitorRecord.objects.named(name) is not None:
        raise Invalid(field, "There is already a record of this name in the list.")
