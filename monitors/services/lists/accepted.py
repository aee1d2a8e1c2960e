"""What an accepted operation changes in the mirror, before any list shows it; under the writers' lock."""

from collections.abc import Callable

from monitors.models import Attachment, Mirror, MonitorRecord, Operation, Task
from monitors.services.lists import mirror
from monitors.services.lists.mirror import Cause, NewAttachment


def apply(operation: Operation) -> None:
    """Apply what an accepted operation did; its record and customer become known to the operation."""
    assert operation.ended_at is not None
    cause = Cause(at=operation.ended_at, operation=operation)
    APPLY[Task(operation.task)](operation, cause)
    Mirror.objects.filter(pk=1).exclude(digest="").update(digest="")


def _apply_create(operation: Operation, cause: Cause) -> None:
    values = operation.parameters
    row = MonitorRecord.objects.named(values["name"])
    if row is None:  # a list may have shown it before a late answer came
        row = mirror.new_record(values["name"], values["email"], int(values["frequency"]), cause)
        mirror.add_records([(row, cause)])
    operation.record = row


def _apply_edit(operation: Operation, cause: Cause) -> None:
    record = operation.record
    if record is None or record.gone_at is not None:
        return
    values = operation.parameters
    name = values.get("new_name", record.name)
    if name != record.name and MonitorRecord.objects.named(name) is not None:
        return  # the next list tells which of the two is right
    mirror.change_record(
        record,
        name=name,
        email=values.get("new_email", record.email),
        frequency=int(values["new_frequency"]) if "new_frequency" in values else record.frequency,
        cause=cause,
    )


def _apply_delete(operation: Operation, cause: Cause) -> None:
    record = operation.record
    if record is not None and record.gone_at is None:
        lasting = Attachment.objects.lasting().filter(record=record).select_related("record", "customer")
        mirror.close_attachments([(attachment, cause) for attachment in lasting])
        mirror.end_records([(record, cause)])


def _apply_append(operation: Operation, cause: Cause) -> None:
    customer = operation.customer or mirror.customers([operation.username], cause.at)[operation.username]
    operation.customer, record = customer, operation.record
    if record is None or record.gone_at is not None:
        return
    if not Attachment.objects.lasting().filter(record=record, customer=customer).exists():
        mirror.open_attachments([NewAttachment(record, customer, cause)])


def _apply_detach(operation: Operation, cause: Cause) -> None:
    lasting = Attachment.objects.lasting().filter(customer__username=operation.username)
    if operation.record is not None:
        lasting = lasting.filter(record=operation.record)
    mirror.close_attachments(
        [(attachment, cause) for attachment in lasting.select_related("record", "customer")]
    )


APPLY: dict[Task, Callable[[Operation, Cause], None]] = {
    Task.CREATE: _apply_create,
    Task.EDIT: _apply_edit,
    Task.DELETE: _apply_delete,
    Task.APPEND: _apply_append,
    Task.DETACH: _apply_detach,
}
