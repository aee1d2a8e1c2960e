"""What a held list would change, row by row, for whoever decides on it; written and forgotten a few rows at a time."""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from monitors.gateway.records import Record
from monitors.models import HeldChange, MonitorRecord, Refresh, prepared
from monitors.services.lists import bulk, difference, transactions
from monitors.services.lists.difference import Difference, Placement

MOST_AFFECTED = 5  # records that are named with how many of their customers would go
_KEYS_AT_ONCE = 10_000
T = TypeVar("T")
What = HeldChange.What


def keep(refresh: Refresh, changes: Difference, former: Refresh | None = None) -> None:
    """Before the list is held, so that whoever sees it held sees all of them; on the refresh, which is not saved.

    The rows of `former` serve both where it would change the same.
    """
    digest = _digest(changes)
    if former is not None and former.held_summary and former.held_summary["digest"] == digest:
        refresh.held_changes_of_id, refresh.held_summary = rows_of(former), former.held_summary
        return
    transactions.without_lock(_batches(_of_records(refresh, changes)), HeldChange.objects.bulk_create)
    for what, placements in _of_customers(changes):
        transactions.without_lock(_batches(iter(placements)), partial(_write, refresh, what))
    refresh.held_summary = {"digest": digest, "counts": _counts(changes), "records": _most_affected(changes)}


def _write(refresh: Refresh, what: What, placements: list[Placement]) -> None:
    rows = [(*placement, _words(*placement)) for placement in placements]
    alike = {"refresh_id": refresh.pk, "what": what.value, "details": {}}
    bulk.insert(HeldChange, ("record", "username", "words"), rows, alike=alike)


def rows_of(refresh: Refresh) -> int:
    """The key of the list whose rows say what this one would change."""
    return refresh.held_changes_of_id or refresh.pk


def forget(former: Refresh | None = None, *, held: Refresh | None = None) -> None:
    """Drop the rows of `former` and of lists that nobody decided on, also of one that broke off.

    Not those that say what `held` would change, or what another list did that somebody decided on.
    """
    stored = set(_stored())
    if not stored:
        return
    kept = _of_decided(stored, but=former) | ({rows_of(held)} if held else set())
    for key in stored - kept:
        _drop(key)


def _of_decided(stored: set[int], *, but: Refresh | None) -> set[int]:
    """Those of these keys whose rows somebody decided on, on any list that would change the same."""
    decided = Refresh.objects.exclude(decided_at=None)
    if but is not None:
        decided = decided.exclude(pk=but.pk)
    either = decided.filter(Q(pk__in=stored) | Q(held_changes_of__in=stored))
    return set(either.values_list(Coalesce("held_changes_of", "pk"), flat=True))


def _stored() -> Iterator[int]:
    """The keys of lists with rows, each by one look into the index."""
    key: int | None = 0
    while key is not None:
        key = next(iter(prepared.read("list with rows", _next_stored, key)), None)
        if key is not None:
            yield key


def _next_stored(key: int) -> QuerySet[HeldChange, int]:
    later = HeldChange.objects.filter(refresh__gt=key).order_by("refresh_id")
    return later.values_list("refresh_id", flat=True)[:1]


def _drop(refresh_id: int) -> None:
    rows = HeldChange.objects.filter(refresh=refresh_id).order_by("pk").values_list("pk", flat=True)
    keys = array("q", rows.iterator(chunk_size=_KEYS_AT_ONCE))  # eight bytes each
    transactions.without_lock(_batches(iter(keys)), _delete)


def _delete(keys: list[int]) -> None:
    HeldChange.objects.filter(pk__in=keys).delete()


def _batches(rows: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(rows, settings.PACE.transaction_rows)):
        yield batch


def _digest(changes: Difference) -> str:
    """Of all that would change and how it is now, in whatever order the database gives what is missing."""
    digest = hashlib.sha256()
    for part in (
        sorted(changes.missing_names),
        changes.new_records,
        changes.changed_records,
        changes.ended_placements,
        changes.new_placements,
    ):
        digest.update(b"\0")
        for each in part:
            digest.update(repr(each).encode(errors="replace"))
    for chunk in difference.chunks(sorted([*changes.missing_names, *_names(changes.changed_records)])):
        digest.update(repr(sorted(_mirrored(chunk).items())).encode(errors="replace"))
    return digest.hexdigest()


def _names(records: Iterable[Record]) -> Iterator[str]:
    return (record.name for record in records)


def _counts(changes: Difference) -> dict[str, int]:
    records = {
        What.RECORD_REMOVED: len(changes.missing_names),
        What.RECORD_ADDED: len(changes.new_records),
        What.RECORD_CHANGED: len(changes.changed_records),
    }
    counted = records | {what: len(placements) for what, placements in _of_customers(changes)}
    return {what.value: count for what, count in counted.items() if count}


def _of_customers(changes: Difference) -> tuple[tuple[What, list[Placement]], ...]:
    return (
        (What.CUSTOMER_REMOVED, changes.ended_placements),
        (What.CUSTOMER_ADDED, changes.new_placements),
    )


def _most_affected(changes: Difference) -> list[tuple[str, int]]:
    """The records that would lose the most customers, with how many."""
    counted = Counter(placement.record for placement in changes.ended_placements)
    return counted.most_common(MOST_AFFECTED)


def _of_records(refresh: Refresh, changes: Difference) -> Iterator[HeldChange]:
    for chunk in difference.chunks(changes.missing_names):
        mirrored = _mirrored(chunk)
        for name in chunk:
            yield _row(refresh, What.RECORD_REMOVED, name, mirrored.get(name, {}))
    for record in changes.new_records:
        yield _row(refresh, What.RECORD_ADDED, record.name, _fields(record))
    for some in difference.chunks(changes.changed_records):
        mirrored = _mirrored([*_names(some)])
        for record in some:
            details = {"before": mirrored.get(record.name, {}), "after": _fields(record)}
            yield _row(refresh, What.RECORD_CHANGED, record.name, details)


def _row(refresh: Refresh, what: What, record: str, details: dict[str, Any]) -> HeldChange:
    return HeldChange(refresh=refresh, what=what, record=record, words=_words(record, ""), details=details)


def _words(record: str, username: str) -> str:
    return f"{record.casefold()}\n{username.casefold()}"


def _mirrored(names: list[str]) -> dict[str, dict[str, Any]]:
    """The living records of these names, with their fields."""
    rows = MonitorRecord.objects.living().filter(name__in=names)
    return {row.name: _fields(row) for row in rows.only("name", "email", "frequency")}


def _fields(record: Record | MonitorRecord) -> dict[str, Any]:
    return {"email": record.email, "frequency": record.frequency}
