"""Writing the local copy and its history; every caller holds the writers' lock (audit.lock).

Rows are opened and closed, never overwritten: an attachment or a revision that ends keeps
its row. Counts are kept beside the rows, in the same transaction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from monitors.models import Attachment, Customer, Mirror, MonitorRecord, Operation, RecordRevision, Task
from monitors.models.attachment import span_of

BATCH = 1000
# Of a record; the counts are moved by UPDATE … SET n = n + 1 alone.
OWN_COLUMNS = (
    *("name", "sort_name", "email", "frequency", "gone_at", "content_hash"),
    *("changed_at", "changed_by", "changed_outside"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why and when something changed: our operation, or (None) something outside between `after` and `at`."""

    at: datetime
    after: datetime | None = None
    operation: Operation | None = None
    is_baseline: bool = False

    def as_change(self) -> dict[str, Any]:
        """The columns of a record that say who touched it last."""
        return {
            "changed_at": self.at,
            "changed_by": self.operation.actor if self.operation else None,
            "changed_outside": self.operation is None and not self.is_baseline,
        }


@dataclass(frozen=True, slots=True)
class Stay:
    """A customer on a record, as a change to be written; it may go on where one was wrongly ended."""

    record: MonitorRecord
    customer: Customer
    cause: Cause
    continues: Attachment | None = None


def accept(operation: Operation) -> None:
    """Apply what an accepted operation did; its record and customer become known to the operation."""
    assert operation.ended_at is not None
    cause = Cause(at=operation.ended_at, operation=operation)
    _ACCEPT[Task(operation.task)](operation, cause)
    Mirror.objects.filter(pk=1).update(digest="")


def _accept_create(operation: Operation, cause: Cause) -> None:
    values = operation.parameters
    row = living_record(values["name"])
    if row is None:  # a list may have shown it before a late answer came
        row = new_record(values["name"], values["email"], int(values["frequency"]), cause)
        add_records([(row, cause)])
    operation.record = row


def _accept_edit(operation: Operation, cause: Cause) -> None:
    record = operation.record
    if record is None or record.gone_at is not None:
        return
    values = operation.parameters
    name = values.get("new_name", record.name)
    if name != record.name and living_record(name) is not None:
        return  # the next list tells which of the two is right
    change_record(
        record,
        name=name,
        email=values.get("new_email", record.email),
        frequency=int(values["new_frequency"]) if "new_frequency" in values else record.frequency,
        cause=cause,
    )


def _accept_delete(operation: Operation, cause: Cause) -> None:
    if operation.record is not None and operation.record.gone_at is None:
        end_stays([(stay, cause) for stay in living_stays(operation.record)])
        end_records([(operation.record, cause)])


def _accept_append(operation: Operation, cause: Cause) -> None:
    operation.customer = customers([operation.username], cause.at)[operation.username]
    record = operation.record
    if record is None or record.gone_at is not None:
        return
    if not Attachment.objects.filter(record=record, customer=operation.customer, detached_at=None).exists():
        begin_stays([Stay(record, operation.customer, cause)])


def _accept_detach(operation: Operation, cause: Cause) -> None:
    stays = Attachment.objects.filter(customer__username=operation.username, detached_at=None)
    if operation.record is not None:
        stays = stays.filter(record=operation.record)
    end_stays([(stay, cause) for stay in stays.select_related("record", "customer")])


_ACCEPT = {
    Task.CREATE: _accept_create,
    Task.EDIT: _accept_edit,
    Task.DELETE: _accept_delete,
    Task.APPEND: _accept_append,
    Task.DETACH: _accept_detach,
}


def living_record(name: str) -> MonitorRecord | None:
    return MonitorRecord.objects.filter(name=name, gone_at=None).first()


def revive_record(row: MonitorRecord, *, email: str, frequency: int | None, cause: Cause) -> None:
    """A deletion that was none: the record keeps its row, and a revision goes on where the last one ended."""
    row.gone_at, row.email, row.frequency, row.content_hash = None, email, frequency, ""
    _touch(row, cause)
    row.save(update_fields=OWN_COLUMNS)
    RecordRevision.objects.bulk_create([_revision(row, cause)])


def living_stays(record: MonitorRecord) -> Iterable[Attachment]:
    return Attachment.objects.filter(record=record, detached_at=None).select_related("record", "customer")


def sort_key(name: str) -> str:
    return name.casefold()[:255]


def new_record(
    name: str, email: str, frequency: int | None, cause: Cause, *, content_hash: str = ""
) -> MonitorRecord:
    return MonitorRecord(
        name=name,
        sort_name=sort_key(name),
        email=email,
        frequency=frequency,
        first_seen=cause.at,
        content_hash=content_hash,
        **cause.as_change(),
    )


def add_records(rows: Sequence[tuple[MonitorRecord, Cause]]) -> None:
    MonitorRecord.objects.bulk_create([row for row, _ in rows], batch_size=BATCH)
    RecordRevision.objects.bulk_create([_revision(row, cause) for row, cause in rows], batch_size=BATCH)


def change_record(row: MonitorRecord, *, name: str, email: str, frequency: int | None, cause: Cause) -> None:
    """Give a record new fields: its open revision is closed and the next one begins."""
    if (row.name, row.email, row.frequency) == (name, email, frequency):
        return
    _end_revisions([row], cause)
    row.name, row.sort_name, row.email, row.frequency = name, sort_key(name), email, frequency
    row.content_hash = ""
    _touch(row, cause)
    row.save(update_fields=OWN_COLUMNS)
    RecordRevision.objects.bulk_create([_revision(row, cause)])


def end_records(rows: Sequence[tuple[MonitorRecord, Cause]]) -> None:
    for row, cause in rows:
        _end_revisions([row], cause)
        row.gone_at = cause.at
        row.content_hash = ""
        _touch(row, cause)
        row.save(update_fields=OWN_COLUMNS)


def customers(usernames: Iterable[str], at: datetime) -> dict[str, Customer]:
    """The rows of these user names, made where they were not known yet."""
    wanted = list(dict.fromkeys(usernames))
    known = {row.username: row for row in Customer.objects.filter(username__in=wanted)}
    fresh = [
        Customer(username=name, sort_name=sort_key(name), first_seen=at)
        for name in wanted
        if name not in known
    ]
    Customer.objects.bulk_create(fresh, batch_size=BATCH)
    return known | {row.username: row for row in fresh}


def begin_stays(stays: Sequence[Stay]) -> None:
    """Open an attachment each; the pair must not have a living one."""
    Attachment.objects.bulk_create([_opened(stay) for stay in stays], batch_size=BATCH)
    _count([(stay.record, stay.customer, stay.cause) for stay in stays], by=1)


def _opened(stay: Stay) -> Attachment:
    cause, before = stay.cause, stay.continues
    row = Attachment(record=stay.record, customer=stay.customer, attached_at=cause.at, since=cause.at)
    if before is not None:
        row.since, row.attached_after, row.began_by = before.since, before.attached_after, before.began_by
        row.is_baseline, row.reason = before.is_baseline, before.reason
        return row
    row.attached_after, row.began_by, row.is_baseline = cause.after, cause.operation, cause.is_baseline
    row.reason = cause.operation.reason if cause.operation else ""
    return row


def wrongly_ended(
    record: MonitorRecord, customer: Customer, operation: Operation | None
) -> Attachment | None:
    """The stay that a detach had ended, which the list shows to go on."""
    if operation is None or operation.task != Task.DETACH:
        return None
    ended = Attachment.objects.filter(record=record, customer=customer, ended_by=operation)
    return ended.order_by("-detached_at").first()


def end_stays(stays: Sequence[tuple[Attachment, Cause]]) -> None:
    """Close these attachments (with `record` and `customer` loaded)."""
    for stay, cause in stays:
        stay.detached_at = max(cause.at, stay.attached_at)
        stay.detached_after = cause.after
        stay.ended_by = cause.operation
        stay.span = span_of(stay.attached_at, stay.detached_at)
    Attachment.objects.bulk_update(
        [stay for stay, _ in stays], ["detached_at", "detached_after", "ended_by", "span"], batch_size=BATCH
    )
    _count([(stay.record, stay.customer, cause) for stay, cause in stays], by=-1)


def _count(changes: Sequence[tuple[MonitorRecord, Customer, Cause]], *, by: int) -> None:
    """Move the stored counts, and say on each record who touched it last."""
    latest = {record.pk: cause for record, _, cause in changes}
    for pk, times in Counter(record.pk for record, _, _ in changes).items():
        MonitorRecord.objects.filter(pk=pk).update(
            customer_count=F("customer_count") + by * times, content_hash="", **latest[pk].as_change()
        )
    for times, pks in _by_times(Counter(customer.pk for _, customer, _ in changes)).items():
        Customer.objects.filter(pk__in=pks).update(record_count=F("record_count") + by * times)


def _by_times(counts: Counter[int]) -> dict[int, list[int]]:
    grouped: dict[int, list[int]] = {}
    for pk, times in counts.items():
        grouped.setdefault(times, []).append(pk)
    return grouped


def _touch(row: MonitorRecord, cause: Cause) -> None:
    for column, value in cause.as_change().items():
        setattr(row, column, value)


def _revision(row: MonitorRecord, cause: Cause) -> RecordRevision:
    return RecordRevision(
        record=row,
        name=row.name,
        email=row.email,
        frequency=row.frequency,
        since=cause.at,
        since_after=cause.after,
        began_by=cause.operation,
    )


def _end_revisions(rows: Sequence[MonitorRecord], cause: Cause) -> None:
    RecordRevision.objects.filter(record__in=rows, until=None).update(
        until=cause.at, until_after=cause.after, ended_by=cause.operation
    )
