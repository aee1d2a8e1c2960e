"""Reads of operations: one by its number, and the newest still under way on each thing that a page shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from monitors.models import (
    IN_THE_WAY,
    UNDER_WAY,
    Attachment,
    AuditEvent,
    Customer,
    MonitorRecord,
    Operation,
    State,
    Task,
    prepared,
)
from monitors.selectors.keyset import ROWS_PER_PAGE
from monitors.selectors.on_record import OnRecord

MAX_PENDING_APPENDS = 50  # rows of a page
MAX_CREATIONS = 10  # rows above the list


def get(uuid: UUID) -> Operation | None:
    """Of a queued one also what it waits for."""
    operation = _with_subjects().filter(pk=uuid).first()
    return add_waits_for(operation) if operation is not None else None


def by_keys(keys: Iterable[UUID]) -> list[Operation]:
    """The oldest first."""
    return list(_with_subjects().filter(pk__in=keys).order_by("started_at"))


def of_plan(plan: UUID) -> list[Operation]:
    """Those that a plan has begun; the newest of very many."""
    begun = _with_subjects().filter(change__plan=plan).order_by("-started_at")
    return list(begun[:MAX_PENDING_APPENDS])[::-1]


def add_waits_for(operation: Operation) -> Operation:
    """Of a queued one what it waits for."""
    if operation.state == State.QUEUED:
        operation.waits_for = _first_in_the_way(operation)
    return operation


def _first_in_the_way(operation: Operation) -> Operation | None:
    ahead = Operation.objects.in_the_way(operation)
    return ahead.filter(started_at__lt=operation.started_at).order_by("started_at").first()


def parse_and_get(text: str) -> Operation | None:
    """The operation that a query string names, None when it names none."""
    try:
        return get(UUID(text))
    except ValueError:
        return None


def on_records_page(records: Iterable[MonitorRecord]) -> tuple[dict[int, Operation], list[Operation]]:
    """The newest operation under way on each record, by its key; and creations whose record no list shows yet."""
    keys = prepared.padded([record.pk for record in records] or [0], ROWS_PER_PAGE)
    operations = prepared.read("operations on a page of records", _of_page, *keys)
    creations = [operation for operation in operations if operation.record_id is None]
    on_records = {row.record_id: row for row in operations if row.record_id is not None}
    return on_records, creations[::-1][:MAX_CREATIONS]


def _of_page(*records: int) -> QuerySet[Operation]:
    return under_way().filter(Q(record__in=records) | Q(record=None, task=Task.CREATE))


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Operations under way on a record's or a customer's page: by attachment, on the record itself, without either."""

    on_attachments: dict[int, Operation]
    on_record: Operation | None
    appends: list[Operation]


def under_way_on_record(
    record: MonitorRecord, attachments: Sequence[OnRecord], *, is_any: bool = True
) -> UnderWay:
    """`is_any` says whether an operation is under way anywhere."""
    if not is_any:
        return UnderWay({}, None, [])
    usernames = {attachment.username for attachment in attachments}
    operations = list(under_way().filter(Q(record=record) | Q(username__in=usernames)))
    own = [operation for operation in operations if operation.record_id == record.pk]
    return UnderWay(_on_attachments(operations, attachments), own[-1] if own else None, _appends(own))


def under_way_on_customer(
    customer: Customer, attachments: Sequence[Attachment], *, is_any: bool = True
) -> UnderWay:
    if not is_any:
        return UnderWay({}, None, [])
    operations = list(under_way().filter(username=customer.username))
    return UnderWay(_on_attachments(operations, attachments), None, _appends(operations))


def _on_attachments(
    operations: Iterable[Operation], attachments: Iterable[Attachment | OnRecord]
) -> dict[int, Operation]:
    """The newest append or detach under way for each attachment, by the attachment's key."""
    by_username: dict[str, list[Operation]] = {}
    for operation in operations:
        by_username.setdefault(operation.username, []).append(operation)
    return {
        attachment.pk: operation
        for attachment in attachments
        for operation in by_username.get(attachment.username, ())
        if _concerns(operation, attachment)
    }


def _concerns(operation: Operation, attachment: Attachment | OnRecord) -> bool:
    is_detach_from_all = operation.task == Task.DETACH and not operation.record_name
    return is_detach_from_all or operation.record_id == attachment.record_id


def _appends(operations: Iterable[Operation]) -> list[Operation]:
    """Appends without a certain end; an accepted one has its attachment already."""
    is_open = [each for each in operations if each.task == Task.APPEND and each.state in IN_THE_WAY]
    return is_open[:MAX_PENDING_APPENDS]


def events(operation: Operation) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(operation_id=operation.uuid).order_by("number")


def is_any_under_way() -> str:
    """SQL that is true while an operation is."""
    states = ", ".join(f"'{state.value}'" for state in UNDER_WAY)
    return f"EXISTS (SELECT 1 FROM monitors_operation WHERE settled_at IS NULL AND state IN ({states}))"  # noqa: S608


def under_way() -> QuerySet[Operation]:
    """The oldest first, by the index of what is not settled."""
    return Operation.objects.filter(settled_at=None, state__in=UNDER_WAY).order_by("started_at")


def _with_subjects() -> QuerySet[Operation]:
    return Operation.objects.select_related("record", "customer", "settled_by", "shown_by", "actor", "change")
