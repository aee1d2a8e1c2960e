"""Writing the mirror and its history; every caller holds the writers' lock.

Rows are opened and closed, never overwritten: an attachment or a revision that ends keeps
its row. Counts are kept beside the rows, in the same transaction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from monitors.limits import MAX_NAME
from monitors.models import (
    Attachment,
    Customer,
    MonitorRecord,
    Operation,
    RecordRevision,
    Source,
    Task,
    prepared,
)
from monitors.models.attachment import LASTING, span_of
from monitors.models.saving import insert_each
from monitors.services import until
from monitors.services.lists import alike, bulk

INSERT_ROWS = 1000  # in one statement
# Of a record; the counts are moved by UPDATE … SET n = n + 1 alone.
OWN_COLUMNS = (
    *("name", "sort_name", "email", "frequency", "gone_at", "content_hash"),
    *("changed_at", "changed_by", "changed_outside", "changed_by_end"),
)
# What an attachment is that continues another one: since when, by whom, why, and for how long.
CARRIED_COLUMNS = (
    *("since", "attached_after", "began_by_id", "is_baseline", "reason", "owner_id"),
    *("expires_at", "is_endless", "kept_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why and when something changed: our operation, or (None) something outside between `after` and `at`."""

    at: datetime
    after: datetime | None = None
    operation: Operation | None = None
    is_baseline: bool = False

    @property
    def doer(self) -> Operation | None:
        """Whose person surely did it; None also where only a list shows it, or shows what SendGrid refused."""
        return self.operation if self.operation and self.operation.has_success else None

    def as_change(self) -> dict[str, Any]:
        """The columns of a record that say who touched it last; nobody where only a list shows it."""
        return {
            "changed_at": self.at,
            "changed_by": self.doer.actor if self.doer else None,
            "changed_outside": self.operation is None and not self.is_baseline,
            "changed_by_end": True if self.doer and self.doer.source == Source.EXPIRY else None,
        }


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """An attachment to be opened; it continues the one that a contradicted detach had ended."""

    record: MonitorRecord
    customer: Customer
    cause: Cause
    continues: Attachment | None = None


def revive_record(row: MonitorRecord, *, email: str, frequency: int | None, cause: Cause) -> Cause:
    """A contradicted deletion: the record keeps its row, and a revision continues where the last one ended.

    Returns the cause as the rows have it.
    """
    assert row.gone_at is not None
    cause = replace(cause, at=max(cause.at, row.gone_at))
    row.gone_at, row.email, row.frequency, row.content_hash = None, email, frequency, ""
    _note_change(row, cause)
    row.save(update_fields=OWN_COLUMNS)
    RecordRevision.objects.bulk_create([_revision(row, cause)])
    return cause


def sort_key(name: str) -> str:
    return name.casefold()[:MAX_NAME]


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
    MonitorRecord.objects.bulk_create([row for row, _ in rows], batch_size=INSERT_ROWS)
    RecordRevision.objects.bulk_create([_revision(row, cause) for row, cause in rows], batch_size=INSERT_ROWS)


def change_record(row: MonitorRecord, *, name: str, email: str, frequency: int | None, cause: Cause) -> Cause:
    """Give a record new fields: its open revision is closed and the next one begins.

    Returns the cause as the rows have it.
    """
    if (row.name, row.email, row.frequency) == (name, email, frequency):
        return cause
    cause = _end_revision(row, cause)
    row.name, row.sort_name, row.email, row.frequency = name, sort_key(name), email, frequency
    row.content_hash = ""
    _note_change(row, cause)
    row.save(update_fields=OWN_COLUMNS)
    RecordRevision.objects.bulk_create([_revision(row, cause)])
    return cause


def end_records(rows: Sequence[tuple[MonitorRecord, Cause]]) -> list[tuple[MonitorRecord, Cause]]:
    """Each with its cause as the rows have it."""
    ended = [(row, _end_revision(row, cause)) for row, cause in rows]
    for row, cause in ended:
        row.gone_at = cause.at
        row.content_hash = ""
        _note_change(row, cause)
        row.save(update_fields=OWN_COLUMNS)
    return ended


def customers(usernames: Iterable[str], at: datetime) -> dict[str, Customer]:
    """The rows of these usernames, made where they were not known yet."""
    unique = list(dict.fromkeys(usernames))
    known = {row.username: row for row in prepared.of_keys("customers named", _named, unique)}
    fresh = [
        Customer(username=name, sort_name=sort_key(name), first_seen=at)
        for name in unique
        if name not in known
    ]
    insert_each(fresh)
    return known | {row.username: row for row in fresh}


def _named(*usernames: str) -> QuerySet[Customer]:
    return Customer.objects.filter(username__in=usernames)


def open_attachments(new: Sequence[NewAttachment]) -> None:
    """Open an attachment each; the placement must not have a lasting one.

    None begins before the customer's previous one on that record ended, even where a clock was set back since.
    """
    ends = _later_ends(new)
    insert_each([_opened(each, ends.get((each.record.pk, each.customer.pk))) for each in new])
    _count([(attachment.record, attachment.customer, attachment.cause) for attachment in new], by=1)


def open_baseline(pairs: Sequence[tuple[int, str]], cause: Cause) -> int:
    """Open what the first list shows of records (by key) and usernames; how many of them were not open yet."""
    known = bulk.keys(Customer, "username", {username for _, username in pairs})
    lasting = Attachment.objects.lasting().filter(customer__in=known.values())
    there = set(lasting.values_list("record_id", "customer_id")) if known else set()
    new = [(key, username) for key, username in pairs if (key, known.get(username)) not in there]
    counts = Counter(username for _, username in new)
    keys = known | _add_customers({name: counts[name] for name in counts.keys() - known.keys()}, cause.at)
    rows = [(key, keys[username], sort_key(username)) for key, username in new]
    same = {"attached_at": cause.at, "since": cause.at, "span": LASTING, "is_baseline": True, "reason": ""}
    same["is_endless"] = False
    bulk.insert(Attachment, ("record_id", "customer_id", "sort_name"), rows, alike=same)
    _count_records(Counter(key for key, _ in new), {key: cause for key, _ in new}, by=1)
    _count_customers(Counter({known[name]: counts[name] for name in counts.keys() & known.keys()}), by=1)
    return len(new)


def _add_customers(counts: dict[str, int], at: datetime) -> dict[str, int]:
    """New customers with the number of their attachments; their keys."""
    rows = [(name, sort_key(name), count) for name, count in counts.items()]
    bulk.insert(Customer, ("username", "sort_name", "record_count"), rows, alike={"first_seen": at})
    return bulk.keys(Customer, "username", counts.keys())


def _later_ends(new: Sequence[NewAttachment]) -> dict[tuple[int, int], datetime]:
    """By record and customer, where an attachment ended later than one of these would begin."""
    if not new:
        return {}
    earliest = min(attachment.cause.at for attachment in new)
    rows = prepared.of_keys("later ends", ended_after, {each.customer.pk for each in new}, earliest)
    return {(record, customer): ended_at for record, customer, ended_at in rows}


def ended_after(moment: datetime, *customers: int) -> QuerySet[Any, Any]:
    ended = Attachment.objects.filter(customer__in=customers, detached_at__gt=moment)
    return ended.order_by("detached_at").values_list("record_id", "customer_id", "detached_at")


def _opened(new: NewAttachment, former_ended_at: datetime | None) -> Attachment:
    cause, former = new.cause, new.continues
    customer = new.customer
    begins_at = max(cause.at, former_ended_at or cause.at)
    row = Attachment(record=new.record, customer=customer, attached_at=begins_at, since=begins_at)
    row.sort_name = customer.sort_name
    if former is not None:
        for column in CARRIED_COLUMNS:
            setattr(row, column, getattr(former, column))
        return row
    row.attached_after, row.began_by, row.is_baseline = cause.after, cause.operation, cause.is_baseline
    if cause.operation is not None:
        _append_chose(row, cause)
    return row


def _append_chose(row: Attachment, cause: Cause) -> None:
    """Why, by whom and for how long: as the operation says that put the customer there."""
    operation = cause.operation
    assert operation is not None
    row.reason = operation.reason
    if operation.task == Task.APPEND and cause.doer:
        row.owner_id = operation.actor_id
    chosen = until.of(operation)
    if chosen is not None:
        row.expires_at, row.is_endless = chosen.end(row.attached_at), chosen.is_endless
    if row.reason and row.expires_at:
        row.kept_at = cause.at


def ended_by_detach(
    record: MonitorRecord, customer: Customer, operation: Operation | None
) -> Attachment | None:
    """The attachment that this detach had ended and that the list shows to last; None for any other operation."""
    if operation is None or operation.task != Task.DETACH:
        return None
    ended = Attachment.objects.filter(record=record, customer=customer, ended_by=operation)
    return ended.order_by("-detached_at").first()


def close_attachments(ends: Sequence[tuple[Attachment, Cause]]) -> None:
    """Close these attachments (with `record` and `customer` loaded)."""
    for attachment, cause in ends:
        attachment.detached_at = max(cause.at, attachment.attached_at)
        attachment.detached_after = cause.after
        attachment.ended_by = cause.operation
        attachment.span = span_of(attachment.attached_at, attachment.detached_at)
    columns = ("detached_at", "detached_after", "ended_by_id", "span")
    alike.save([attachment for attachment, _ in ends], columns)
    _count([(attachment.record, attachment.customer, cause) for attachment, cause in ends], by=-1)


def _count(changes: Sequence[tuple[MonitorRecord, Customer, Cause]], *, by: int) -> None:
    """Move the stored counts, and say on each record who touched it last."""
    latest = {record.pk: cause for record, _, cause in changes}
    _count_records(Counter(record.pk for record, _, _ in changes), latest, by=by)
    _count_customers(Counter(customer.pk for _, customer, _ in changes), by=by)


def _count_records(counts: Counter[int], latest: dict[int, Cause], *, by: int) -> None:
    same: dict[tuple[int, Cause], list[int]] = {}
    for pk, times in counts.items():
        same.setdefault((times, latest[pk]), []).append(pk)
    for (times, cause), pks in same.items():
        bulk.add(MonitorRecord, "customer_count", by * times, pks, alike=_counted(cause))


def _counted(cause: Cause) -> dict[str, Any]:
    """The other columns of a record whose count moves."""
    change = cause.as_change()
    doer = change.pop("changed_by")
    return {"content_hash": "", "changed_by_id": doer.pk if doer else None, **change}


def _count_customers(counts: Counter[int], *, by: int) -> None:
    for times, pks in _keys_by_count(counts).items():
        bulk.add(Customer, "record_count", by * times, pks)


def _keys_by_count(counts: Counter[int]) -> dict[int, list[int]]:
    grouped: dict[int, list[int]] = {}
    for pk, times in counts.items():
        grouped.setdefault(times, []).append(pk)
    return grouped


def _note_change(row: MonitorRecord, cause: Cause) -> None:
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


def _end_revision(row: MonitorRecord, cause: Cause) -> Cause:
    """Returns the cause as the row has it.

    What is dated back, or was told by a clock that was set back, counts from where the revision began, at the earliest.
    """
    lasting = RecordRevision.objects.filter(record=row, until=None)
    if not lasting.filter(since__lte=cause.at).update(**_end(cause)):
        cause = replace(cause, at=lasting.values_list("since", flat=True).get())
        lasting.update(**_end(cause))
    return cause


def _end(cause: Cause) -> dict[str, Any]:
    return {"until": cause.at, "until_after": cause.after, "ended_by": cause.operation}
