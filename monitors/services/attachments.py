"""Append a customer to a record, and detach it again."""

from django.db.models import QuerySet

from monitors.models import Attachment, MonitorRecord, Operation, Right, Task
from monitors.services import operations, records, rights
from monitors.services.errors import Invalid
from monitors.services.operations import Request, Submission, Target


def append(*, submission: Submission, record: MonitorRecord, user: str) -> Operation:
    """monitor_records.md, "Append A Customer". Raises Denied, Busy, Invalid when the customer is on it already."""
    rights.demand(submission.actor, Right.ATTACH)
    name = record.name

    def find_target() -> Target:
        current = records.current(record, name)
        if _lasting(user).filter(record=current).exists():
            raise Invalid("user", f"{user} is already on {name}.")
        return Target(record_name=name, username=user, before={"records": _record_names(user)})

    return operations.perform(
        Request(
            submission=submission, task=Task.APPEND, parameters={"name": name, "user": user}, record=record
        ),
        find_target=find_target,
        call=lambda gateway: gateway.append(user=user, name=name),
    )


def detach(*, submission: Submission, record: MonitorRecord | None, user: str) -> Operation:
    """monitor_records.md, "Detach": from `record`, or from every record when it is None.

    The name is always sent where there is one: the sibling page calls it optional, and a detach
    with a name was recorded working (upstream.md). Raises Denied, Busy, Invalid when not on it.
    """
    rights.demand(submission.actor, Right.ATTACH)
    name = record.name if record else None

    def find_target() -> Target:
        lasting = _lasting(user)
        if record is not None:
            lasting = lasting.filter(record=records.current(record, record.name))
        if not lasting.exists():
            raise Invalid("user", f"{user} is not on {name}." if name else f"{user} is on no record.")
        return Target(record_name=name or "", username=user, before={"records": _record_names(user)})

    return operations.perform(
        Request(
            submission=submission,
            task=Task.DETACH,
            parameters={"user": user} | ({"name": name} if name else {}),
            record=record,
        ),
        find_target=find_target,
        call=lambda gateway: gateway.detach(user=user, name=name),
    )


def _lasting(user: str) -> QuerySet[Attachment]:
    return Attachment.objects.lasting().filter(customer__username=user)


def _record_names(user: str) -> list[str]:
    return list(_lasting(user).order_by("record__sort_name").values_list("record__name", flat=True))
