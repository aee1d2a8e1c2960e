"""Create, edit and delete a monitor record."""

from uuid import UUID

from django.contrib.auth.models import User

from monitors.models import MonitorRecord, Operation, Right, Task
from monitors.services import operations, policy, rights
from monitors.services.errors import Invalid
from monitors.services.operations import Intent, Request


def create(
    *,
    actor: User,
    name: str,
    email: str,
    frequency: int,
    reason: str = "",
    token: UUID | None = None,
    request_id: str = "",
) -> Operation:
    """monitor_records.md, "Create Monitor Record". Raises Denied, Invalid, Busy."""
    rights.demand(actor, Right.MANAGE)
    policy.check_mailbox(email, field="email")

    def plan() -> Intent:
        _demand_free(name, field="name")
        return Intent(record_name=name)

    return operations.perform(
        Request(
            actor=actor,
            task=Task.CREATE,
            parameters={"name": name, "email": email, "frequency": str(frequency)},
            reason=reason,
            token=token,
            request_id=request_id,
        ),
        plan=plan,
        call=lambda gateway: gateway.create(name=name, email=email, frequency=frequency),
    )


def edit(
    *,
    actor: User,
    record: MonitorRecord,
    new_name: str | None = None,
    new_email: str | None = None,
    new_frequency: int | None = None,
    reason: str = "",
    token: UUID | None = None,
    request_id: str = "",
) -> Operation:
    """monitor_records.md, "Edit Monitor Record": only what is not None is sent. Raises Denied, Invalid, Busy."""
    rights.demand(actor, Right.MANAGE)
    if new_email is not None:
        policy.check_mailbox(new_email, field="new_email")
    changes = {"new_name": new_name, "new_email": new_email, "new_frequency": new_frequency}
    changed = {key: str(value) for key, value in changes.items() if value is not None}
    name = record.name

    def plan() -> Intent:
        if not changed:
            raise Invalid(None, "Nothing was changed, so nothing was sent.")
        current = living(record, name)
        if new_name is not None:
            _demand_free(new_name, field="new_name")
        return Intent(
            record_name=name,
            new_record_name=new_name or "",
            before=_fields(current),
        )

    return operations.perform(
        Request(
            actor=actor,
            task=Task.EDIT,
            parameters={"name": name} | changed,
            record=record,
            reason=reason,
            token=token,
            request_id=request_id,
        ),
        plan=plan,
        call=lambda gateway: gateway.edit(
            name=name, new_name=new_name, new_email=new_email, new_frequency=new_frequency
        ),
    )


def delete(
    *, actor: User, record: MonitorRecord, reason: str = "", token: UUID | None = None, request_id: str = ""
) -> Operation:
    """monitor_records.md, "Delete Monitor Record". Raises Denied, Busy, Invalid while customers are on it."""
    rights.demand(actor, Right.MANAGE)
    name = record.name

    def plan() -> Intent:
        current = living(record, name)
        if current.customer_count:
            noun = "customer is" if current.customer_count == 1 else "customers are"
            raise Invalid(
                None, f"{current.customer_count:,} {noun} still on {name}. Detach first, then delete."
            )
        return Intent(
            record_name=name,
            before=_fields(current),
        )

    return operations.perform(
        Request(
            actor=actor,
            task=Task.DELETE,
            parameters={"name": name},
            record=record,
            reason=reason,
            token=token,
            request_id=request_id,
        ),
        plan=plan,
        call=lambda gateway: gateway.delete(name=name),
    )


def _fields(record: MonitorRecord) -> dict[str, str | int | None]:
    return {"name": record.name, "email": record.email, "frequency": record.frequency}


def living(record: MonitorRecord, name: str) -> MonitorRecord:
    """The record as it is now, under the writers' lock."""
    current = MonitorRecord.objects.filter(pk=record.pk, gone_at=None).first()
    if current is None:
        raise Invalid(None, f"{name} is no longer in the upstream's list.")
    if current.name != name:
        raise Invalid(None, f"{name} is now called {current.name}. Look at it again before you change it.")
    return current


def _demand_free(name: str, *, field: str) -> None:
    if MonitorRecord.objects.filter(name=name, gone_at=None).exists():
        raise Invalid(field, "There is already a record of this name in the list.")
