"""Append a customer to a record, and detach it again."""

from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet

from monitors.models import Attachment, MonitorRecord, Operation, Right, Task
from monitors.services import operations, records, rights
from monitors.services.errors import Invalid
from monitors.services.operations import Intent, Request


def append(
    *,
    actor: User,
    record: MonitorRecord,
    user: str,
    reason: str = "",
    token: UUID | None = None,
    request_id: str = "",
) -> Operation:
    """monitor_records.md, "Append A Customer". Raises Denied, Busy, Invalid when the customer is on it already."""
    rights.demand(actor, Right.ATTACH)
    name = record.name

    def plan() -> Intent:
        living = records.living(record, name)
        if _stays(user).filter(record=living).exists():
            raise Invalid("user", f"{user} is already on {name}.")
        return Intent(
            record_name=name,
            username=user,
            before={"records": _record_names(user)},
        )

    return operations.perform(
        Request(
            actor=actor,
            task=Task.APPEND,
            parameters={"name": name, "user": user},
            record=record,
            reason=reason,
            token=token,
            request_id=request_id,
        ),
        plan=plan,
        call=lambda gateway: gateway.append(user=user, name=name),
    )


def detach(
    *,
    actor: User,
    record: MonitorRecord | None,
    user: str,
    reason: str = "",
    token: UUID | None = None,
    request_id: str = "",
) -> Operation:
    """monitor_records.md, "Detach": from `record`, or from every record when it is None.

    The name is always sent where there is one: the sibling page calls it optional, and a detach
    with a name was recorded working (upstream.md). Raises Denied, Busy, Invalid when not on it.
    """
    rights.demand(actor, Right.ATTACH)
    name = record.name if record else None

    def plan() -> Intent:
        stays = _stays(user).filter(record=records.living(record, record.name)) if record else _stays(user)
        if not stays.exists():
            raise Invalid("user", f"{user} is not on {name}." if name else f"{user} is on no record.")
        return Intent(
            record_name=name or "",
            username=user,
            before={"records": _record_names(user)},
        )

    return operations.perform(
        Request(
            actor=actor,
            task=Task.DETACH,
            parameters={"user": user} | ({"name": name} if name else {}),
            record=record,
            reason=reason,
            token=token,
            request_id=request_id,
        ),
        plan=plan,
        call=lambda gateway: gateway.detach(user=user, name=name),
    )


def _stays(user: str) -> QuerySet[Attachment]:
    return Attachment.objects.filter(customer__username=user, detached_at=None)


def _record_names(user: str) -> list[str]:
    return list(_stays(user).order_by("record__sort_name").values_list("record__name", flat=True))
