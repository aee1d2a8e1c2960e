"""Append a customer to a record, and detach it again."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db.models import FilteredRelation, Q, Subquery

from monitors.models import Customer, MonitorRecord, Operation, Right, Task
from monitors.services import clock, operations, records, rights
from monitors.services import until as ends
from monitors.services.errors import Elsewhere, Invalid
from monitors.services.operations import Request, Submission, Target

TOO, MOVE = "too", "move"  # what to do with a customer who is on another record


def append(
    *, submission: Submission, record: MonitorRecord, user: str, until: str = "", elsewhere: str = ""
) -> Operation:
    """monitor_records.md, "Append A Customer".

    `until` as services.until reads it; empty is the role's default. `elsewhere` is `too` where the customer may be on
    another record, whatever SendGrid then does with it; to move it, see services.moves. Raises Denied, Busy, Elsewhere
    without that choice, Invalid when the customer is on the record already.
    """
    return append_with(
        submission=submission,
        record=record,
        user=user,
        until=until,
        check=lambda placed: _ask(placed, elsewhere),
    )


def append_with(
    *,
    submission: Submission,
    record: MonitorRecord,
    user: str,
    until: str,
    check: "Callable[[Placed], dict[str, str]]",
) -> Operation:
    """`append` for a caller that looks itself, under the writers' lock, at where the customer is.

    What `check` returns is kept with the operation, beside the records that the customer was on.
    """
    rights.demand(submission.actor, Right.ATTACH)
    name = record.name
    chosen = ends.chosen(submission.actor, until, now=clock.now())

    def find_target() -> Target:
        customer = _placed(user, record)
        if record.pk in customer.records:
            raise Invalid("user", f"{user} is already on {name}.")
        target = customer.as_target()
        return replace(target, before=target.before | check(customer))

    return operations.perform(
        Request(
            submission=submission,
            task=Task.APPEND,
            parameters={"name": name, "user": user},
            record=record,
            until=chosen.text,
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
    return detach_with(submission=submission, record=record, user=user, check=lambda _: {})


def detach_with(
    *,
    submission: Submission,
    record: MonitorRecord | None,
    user: str,
    check: "Callable[[Placed], dict[str, str]]",
) -> Operation:
    """`detach` for a caller that has asked for the right, or acts for the desk; for `check` see `append_with`."""
    name = record.name if record else None

    def find_target() -> Target:
        customer = _placed(user, record)
        if not customer.records or (record is not None and record.pk not in customer.records):
            raise Invalid("user", f"{user} is not on {name}." if name else f"{user} is on no record.")
        target = customer.as_target()
        return replace(target, before=target.before | check(customer))

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


def _ask(placed: "Placed", elsewhere: str) -> dict[str, str]:
    if placed.records and elsewhere != TOO:
        raise Elsewhere(placed.user, placed.records)
    return {}


@dataclass(frozen=True, slots=True)
class Placed:
    """A customer, if the mirror knows it, and the names of the records that it is on by their keys."""

    user: str

    customer_id: int | None
    records: dict[int, str]

    def as_target(self) -> Target:
        return Target(customer_id=self.customer_id, before={"records": list(self.records.values())})


def _placed(user: str, record: MonitorRecord | None) -> Placed:
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
    return Placed(user, rows[0][0] if rows else None, names)


def _name_now(record: MonitorRecord | None) -> Subquery:
    living = MonitorRecord.objects.living()
    this = living.filter(pk=record.pk) if record else living.none()
    return Subquery(this.values("name")[:1])
