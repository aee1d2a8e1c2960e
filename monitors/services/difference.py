"""What a list says that the mirror does not: computed without a lock, checked again when it is written."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from monitors.gateway.records import Listing, Record
from monitors.models import Attachment, MonitorRecord
from monitors.services.mirror import BATCH

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pair:
    """A customer on a record, by the names that the upstream uses."""

    record: str
    username: str


@dataclass(slots=True)
class Difference:
    """Everything that has to be written so that the mirror shows the list."""

    new: list[Record] = field(default_factory=list)
    changed: list[Record] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    begin: list[Pair] = field(default_factory=list)
    end: list[Pair] = field(default_factory=list)
    compared: list[Record] = field(default_factory=list)  # their hash may be stored once all is written

    def __len__(self) -> int:
        return len(self.new) + len(self.changed) + len(self.gone) + len(self.begin) + len(self.end)


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
            difference.new.append(record)
            difference.begin += [Pair(record.name, user) for user in record.users or ()]
            difference.compared.append(record)
        elif row.content_hash != content_hash(record):
            if (row.email, row.frequency) != (record.email, record.frequency):
                difference.changed.append(record)
            to_compare.append((row.pk, record))
            difference.compared.append(record)
    difference.gone = list(rows)
    to_compare += [(row.pk, Record(name, "", None, ())) for name, row in rows.items()]
    _compare_customers(to_compare, difference)
    return difference


def _living_rows() -> dict[str, _Row]:
    columns = ("name", "pk", "email", "frequency", "content_hash")
    living = MonitorRecord.objects.filter(gone_at=None).values_list(*columns)
    return {name: _Row(pk, email, frequency, known) for name, pk, email, frequency, known in living}


def _compare_customers(records: list[tuple[int, Record]], difference: Difference) -> None:
    for chunk in chunks(records):
        mirrored = _mirrored_customers([pk for pk, _ in chunk])
        for pk, record in chunk:
            if record.users is None:  # unreadable: this record's customers stay as they were
                continue
            here, there = mirrored.get(pk, set()), set(record.users)
            difference.begin += [Pair(record.name, user) for user in record.users if user not in here]
            difference.end += [Pair(record.name, user) for user in sorted(here - there)]


def _mirrored_customers(pks: list[int]) -> dict[int, set[str]]:
    stays = Attachment.objects.filter(record__in=pks, detached_at=None)
    mirrored: dict[int, set[str]] = {}
    for pk, username in stays.values_list("record_id", "customer__username").iterator(chunk_size=5000):
        mirrored.setdefault(pk, set()).add(username)
    return mirrored


def chunks(items: list[T]) -> Iterator[list[T]]:
    """At most BATCH at a time: one transaction's worth."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
