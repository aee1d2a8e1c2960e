"""What an accepted operation changes in the mirror, before any list shows it; under the writers' lock."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from monitors.models import Attachment, MonitorRecord, Operation, Task, fixed, prepared
from monitors.services.lists import mirror
from monitors.services.lists.mirror import Cause, NewAttachment

Moments = dict[UUID, datetime]


def apply(*operations: Operation) -> Moments:
    """Apply what accepted operations did; their records and customers become known to them.

    They have been under way together, so that none is on the same record or customer as another in a way that
    would let their order matter. Returns since when those on records count: since their answer, but where a clock
    was set back, not from before the record's last change.
    """
    moments: Moments = {}
    for task, do in APPLY.items():
        if same := [operation for operation in operations if operation.task == task]:
            moments |= do(same) or {}
    if operations:
        with fixed.cursor() as cursor:
            cursor.execute("UPDATE monitors_mirror SET digest = '' WHERE id = 1 AND digest <> ''")
    return moments


def _cause(operation: Operation) -> Cause:
    assert operation.ended_at is not None
    return Cause(at=operation.ended_at, operation=operation)


def _each(do: Callable[[Operation, Cause], Cause]) -> Callable[[Sequence[Operation]], Moments]:
    def apply_all(operations: Sequence[Operation]) -> Moments:
        return {operation.pk: do(operation, _cause(operation)).at for operation in operations}

    return apply_all


def _apply_create(operation: Operation, cause: Cause) -> Cause:
    values = operation.parameters
    row = MonitorRecord.objects.named(values["name"])
    if row is None:  # a list may have shown it before a late answer came
        row = mirror.new_record(values["name"], values["email"], int(values["frequency"]), cause)
        mirror.add_records([(row, cause)])
    operation.record = row
    return cause


def _apply_edit(operation: Operation, cause: Cause) -> Cause:
    record = operation.record
    if record is None or record.gone_at is not None:
        return cause
    values = operation.parameters
    name = values.get("new_name", record.name)
    if name != record.name and MonitorRecord.objects.named(name) is not None:
        return cause  # the next list tells which of the two is right
    return mirror.change_record(
        record,
        name=name,
        email=values.get("new_email", record.email),
        frequency=int(values["new_frequency"]) if "new_frequency" in values else record.frequency,
        cause=cause,
    )


def _apply_delete(operation: Operation, cause: Cause) -> Cause:
    record = operation.record
    if record is None or record.gone_at is not None:
        return cause
    [(_, cause)] = mirror.end_records([(record, cause)])
    lasting = Attachment.objects.lasting().filter(record=record).select_related("record", "customer")
    mirror.close_attachments([(attachment, cause) for attachment in lasting])
    return cause


def _apply_appends(operations: Sequence[Operation]) -> None:
    """All at once: they are what plans are made of."""
    _know_customers([operation for operation in operations if operation.customer is None])
    living = [each for each in operations if each.record is not None and each.record.gone_at is None]
    customers = {operation.customer_id for operation in living if operation.customer_id is not None}
    there = set(prepared.of_keys("places of customers", _places, customers))
    new = [each for each in living if (each.record_id, each.customer_id) not in there]
    mirror.open_attachments([_attachment(operation) for operation in new])


def _places(*customers: int) -> QuerySet[Any, tuple[int, int]]:
    lasting = Attachment.objects.lasting().filter(customer__in=customers)
    return lasting.values_list("record_id", "customer_id")


def _know_customers(unknown: Sequence[Operation]) -> None:
    if not unknown:
        return
    first = min(_cause(operation).at for operation in unknown)
    customers = mirror.customers([operation.username for operation in unknown], first)
    for operation in unknown:
        operation.customer = customers[operation.username]


def _attachment(operation: Operation) -> NewAttachment:
    assert operation.record is not None
    assert operation.customer is not None
    return NewAttachment(operation.record, operation.customer, _cause(operation))


def _apply_detaches(operations: Sequence[Operation]) -> None:
    for operation in operations:
        _apply_detach(operation, _cause(operation))


def _apply_detach(operation: Operation, cause: Cause) -> None:
    lasting = Attachment.objects.lasting().filter(customer__username=operation.username)
    if operation.record is not None:
        lasting = lasting.filter(record=operation.record)
    mirror.close_attachments(
        [(attachment, cause) for attachment in lasting.select_related("record", "customer")]
    )


APPLY: dict[Task, Callable[[Sequence[Operation]], Moments | None]] = {
    Task.CREATE: _each(_apply_create),
    Task.EDIT: _each(_apply_edit),
    Task.DELETE: _each(_apply_delete),
    Task.APPEND: _apply_appends,
    Task.DETACH: _apply_detaches,
}
