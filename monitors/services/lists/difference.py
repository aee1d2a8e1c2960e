"""What a list says that the mirror does not: computed without a lock, checked again when it is written."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from django.conf import settings

from monitors.gateway.records import Listing, Record
from monitors.models import Attachment, MonitorRecord

T = TypeVar("T")


class Placement(NamedTuple):
    """A customer on a record, by the names that the upstream uses."""

    record: str
    username: str


@dataclass(slots=True)
class Difference:
    """Everything that has to be written so that the mirror shows the list."""

    new_records: list[Record] = field(default_factory=list)
    changed_records: list[Record] = field(default_factory=list)
    missing_names: list[str] = field(default_factory=list)
    new_placements: list[Placement] = field(default_factory=list)
    ended_placements: list[Placement] = field(default_factory=list)
    compared_records: list[Record] = field(
        default_factory=list
    )  # their hash may be stored once all is written

    def __len__(self) -> int:
        records = len(self.new_records) + len(self.changed_records) + len(self.missing_names)
        return records + len(self.new_placements) + len(self.ended_placements)


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    email: str
    frequency: int | None
    content_hash: str


def content_hash(record: Record) -> str:
    """SHA-256 of all that a list says of one record; the order of its customers does not count."""
    users = None if record.users is None else sorted(record.users)
    text = json.dumps([record.email, record.frequency, users], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def between(listing: Listing) -> Difference:
    """The difference of the mirror as it is now to `listing`."""
    rows = _living_rows()
    difference = Difference()
    to_compare: list[tuple[int, Record]] = []
    for record in listing.records:
        row = rows.pop(record.name, None)
        if row is None:
            difference.new_records.append(record)
            difference.new_placements += [Placement(record.name, user) for user in record.users or ()]
            difference.compared_records.append(record)
        elif row.content_hash != content_hash(record):
            if (row.email, row.frequency) != (record.email, record.frequency):
                difference.changed_records.append(record)
            to_compare.append((row.pk, record))
            difference.compared_records.append(record)
    difference.missing_names = list(rows)
    to_compare += [(row.pk, Record(name, "", None, ())) for name, row in rows.items()]
    _compare_customers(to_compare, difference)
    return difference


def _living_rows() -> dict[str, _Row]:
    columns = ("name", "pk", "email", "frequency", "content_hash")
    living = MonitorRecord.objects.living().values_list(*columns)
    return {name: _Row(pk, email, frequency, content) for name, pk, email, frequency, content in living}


def _compare_customers(records: list[tuple[int, Record]], difference: Difference) -> None:
    for chunk in chunks(records):
        mirrored = mirrored_customers([pk for pk, _ in chunk])
        for pk, record in chunk:
            if record.users is None:  # unreadable: this record keeps its customers
                continue
            here, there = mirrored.get(pk, set()), set(record.users)
            difference.new_placements += [
                Placement(record.name, user) for user in record.users if user not in here
            ]
            difference.ended_placements += [Placement(record.name, user) for user in sorted(here - there)]


def mirrored_customers(pks: list[int]) -> dict[int, set[str]]:
    attachments = Attachment.objects.lasting().filter(record__in=pks)
    mirrored: dict[int, set[str]] = {}
    for pk, username in attachments.values_list("record_id", "customer__username").iterator(chunk_size=5000):
        mirrored.setdefault(pk, set()).add(username)
    return mirrored


def chunks(items: list[T], size: int | None = None) -> Iterator[list[T]]:
    """At most PACE.transaction_rows at a time, or `size`."""
    size = size or settings.PACE.transaction_rows
    for start in range(0, len(items), size):
        yield items[start : start + size]
