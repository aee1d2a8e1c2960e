"""Append a customer to a record, and detach it again."""

from dataclasses import dataclass

from django.db.models import FilteredRelation, Q, Subquery

from monitors.models import Customer, MonitorRecord, Operation, Right, Task
from monitors.services import operations, records, rights
from monitors.services.errors import Invalid
from monitors.services.operations import Request, Submission, Target


def append(*, submission: Submission, record: MonitorRecord, user: str) -> Operation:
    """monitor_records.md, "Append A Customer". Raises Denied, Busy, Invalid when the customer is on it already."""
    rights.demand(submission.actor, Right.ATTACH)
    name = record.name

    def find_target() -> Target:
        customer = _placed(user, record)
        if record.pk in customer.records:
            raise Invalid("user", f"{user} is already on {name}.")
        return customer.as_target()

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
        customer = _placed(user, record)
        if not customer.records or (record is not None and record.pk not in customer.records):
            raise Invalid("user", f"{user} is not on {name}." if name else f"{user} is on no record.")
        return customer.as_target()

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


@dataclass(frozen=True, slots=True)
class _Placed:
    """A customer, if the mirror knows it, and the names of the records that it is on by their keys."""

    customer_id: int | None
    records: dict[int, str]

    def as_target(self) -> Target:
        return Target(customer_id=self.customer_id, before={"records": list(self.records.values())})


def _placed(user: str, record: MonitorRecord | None) -> _Placed:
    """By one statement, also whether the record is still what the form showed; raises Invalid when it is not."""
    lasting = FilteredRelation("attachments", condition=Q(attachments__detached_at=None))
    placed = Customer.objects.filter(username=user).annotate(lasting=lasting)
    rows = list(
        placed.annotate(name_now=_name_now(record))
        .order_by("lasting__record__sort_name")
        .values_list("pk", "name_now", "lasting__record_id", "lasting__record__name")
    )
    if record is not None and (not rows or rows[0][1] != record.name):
        records.current(record, record.name)
    names = {record_id: name for *_, record_id, name in rows if record_id is not None}
    return _Placed(rows[0][0] if rows else None, names)


def _name_now(record: MonitorRecord | None) -> Subquery:
    living = MonitorRecord.objects.living()
    this = living.filter(pk=record.pk) if record else living.none()
    return Subquery(this.values("name")[:1])
