"""Reads of operations: one by its number, and the newest still under way on each thing that a page shows."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from monitors.models import UNDER_WAY, UNSETTLED, Attachment, AuditEvent, MonitorRecord, Operation, Task

MAX_PENDING_APPENDS = 50  # rows of a page


def get(uuid: UUID) -> Operation | None:
    return _with_subjects().filter(pk=uuid).first()


def parse_and_get(text: str) -> Operation | None:
    """The operation that a query string names, None when it names none."""
    try:
        return get(UUID(text))
    except ValueError:
        return None


def under_way() -> QuerySet[Operation]:
    return _with_subjects().filter(settled_at=None, state__in=UNDER_WAY).order_by("started_at")


def on_records(records: Iterable[MonitorRecord]) -> dict[int, Operation]:
    """The newest operation under way on each record, by the record's key."""
    operations = under_way().filter(record__in=[record.pk for record in records])
    return {operation.record_id: operation for operation in operations if operation.record_id is not None}


def on_attachments(attachments: Iterable[Attachment]) -> dict[int, Operation]:
    """The newest append or detach under way for each attachment, by the attachment's key."""
    attachments = list(attachments)
    by_username: dict[str, list[Operation]] = {}
    usernames = {attachment.customer.username for attachment in attachments}
    for operation in under_way().filter(username__in=usernames):
        by_username.setdefault(operation.username, []).append(operation)
    newest: dict[int, Operation] = {}
    for attachment in attachments:
        for operation in by_username.get(attachment.customer.username, ()):
            if _concerns(operation, attachment):
                newest[attachment.pk] = operation
    return newest


def _concerns(operation: Operation, attachment: Attachment) -> bool:
    is_detach_from_all = operation.task == Task.DETACH and not operation.record_name
    return is_detach_from_all or operation.record_id == attachment.record_id


def appends_without_attachment(
    *, record: MonitorRecord | None = None, username: str | None = None
) -> list[Operation]:
    """Appends without a certain end; an accepted one has its attachment already."""
    appends = under_way().filter(task=Task.APPEND, state__in=UNSETTLED)
    appends = appends.filter(record=record) if record else appends.filter(username=username)
    return list(appends[:MAX_PENDING_APPENDS])


def events(operation: Operation) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(operation_id=operation.uuid).order_by("number")


def _with_subjects() -> QuerySet[Operation]:
    return Operation.objects.select_related("record", "customer", "settled_by", "shown_by", "actor")
