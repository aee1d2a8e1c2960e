"""Reads of operations: one by its number, and the newest still under way on each thing that a page shows."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from monitors.models import UNDER_WAY, UNSETTLED, Attachment, AuditEvent, MonitorRecord, Operation, Task


def get(uuid: UUID) -> Operation:
    """Raises Http404."""
    operation = _all().filter(pk=uuid).first()
    if operation is None:
        raise Http404("There is no such operation.")
    return operation


def find(text: str) -> Operation | None:
    """The operation a query string names, None when it names none."""
    try:
        return _all().filter(pk=UUID(text)).first()
    except ValueError:
        return None


def under_way() -> QuerySet[Operation]:
    return _all().filter(settled_at=None, state__in=UNDER_WAY).order_by("started_at")


def on_records(records: Iterable[MonitorRecord]) -> dict[int, Operation]:
    """The newest operation under way on each record, by the record's key."""
    found = under_way().filter(record__in=[record.pk for record in records])
    return {it.record_id: it for it in found if it.record_id is not None}


def on_attachments(attachments: Iterable[Attachment]) -> dict[int, Operation]:
    """The newest append or detach under way for each attachment, by the attachment's key."""
    rows = list(attachments)
    by_user: dict[str, list[Operation]] = {}
    for it in under_way().filter(username__in={row.customer.username for row in rows}):
        by_user.setdefault(it.username, []).append(it)
    found: dict[int, Operation] = {}
    for row in rows:
        for it in by_user.get(row.customer.username, ()):
            if it.record_id == row.record_id or (it.task == Task.DETACH and not it.record_name):
                found[row.pk] = it
    return found


def appends_without_attachment(
    *, record: MonitorRecord | None = None, username: str | None = None
) -> list[Operation]:
    """Appends without a certain end; an accepted one has its attachment already."""
    asked = under_way().filter(task=Task.APPEND, state__in=UNSETTLED)
    asked = asked.filter(record=record) if record else asked.filter(username=username)
    return list(asked[:50])


def events(operation: Operation) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(operation_id=operation.uuid).order_by("number")


def _all() -> QuerySet[Operation]:
    return Operation.objects.select_related("record", "customer", "settled_by", "actor")
