"""Refreshes that brought nothing new, a month later: of each run of alike ones the first and the last stay.

So do all that operations, audit events, held lists or anomalies refer to, those that a person asked for, and those
whose moment the history names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, pairwise
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from monitors.models import (
    Attachment,
    AuditEvent,
    HeldChange,
    Mirror,
    Operation,
    RecordRevision,
    Refresh,
    RefreshAnomaly,
    RefreshOutcome,
)
from monitors.services import clock
from monitors.services.lists import difference, transactions

KEPT_WHOLE = timedelta(days=31)
WITHOUT_NEWS = (RefreshOutcome.UNCHANGED, RefreshOutcome.FAILED)
_CHUNK_ROWS = 2000
_NAMED = ((Attachment, "attached_after"), (Attachment, "detached_after"))
_NAMED_OF_RECORDS = ((RecordRevision, "since_after"), (RecordRevision, "until_after"))


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    asked_at: datetime
    outcome: str
    note: str

    def continues(self, other: "_Row") -> bool:
        """Whether both are of one run."""
        is_alike = (self.outcome, self.note) == (other.outcome, other.note)
        return is_alike and self.outcome in WITHOUT_NEWS


def thin() -> int:
    """Remove them, a few at a time; how many there were."""
    within = list(_within_runs(_rows_until(clock.now() - KEPT_WHOLE)))
    if not within:
        return 0
    named = _named_moments(within[0].asked_at, within[-1].asked_at)
    removable = [row.pk for row in within if row.asked_at not in named]
    return sum(map(_remove, difference.chunks(removable)))


def _within_runs(rows: Iterator[_Row]) -> Iterator[_Row]:
    """Those between two alike."""
    for (before, row), (_, after) in pairwise(pairwise(rows)):
        if row.continues(before) and after.continues(row):
            yield row


def _rows_until(end: datetime) -> Iterator[_Row]:
    """All of them in the order of time, and the one after."""
    key = None
    while chunk := _chunk_after(key):
        for row in chunk:
            yield row
            if row.asked_at >= end:
                return
        key = chunk[-1].asked_at, chunk[-1].pk


def _chunk_after(key: tuple[datetime, int] | None) -> list[_Row]:
    rows = Refresh.objects.order_by("asked_at", "pk").values_list("pk", "asked_at", "outcome", "note")
    if key is not None:
        rows = rows.filter(Q(asked_at__gt=key[0]) | Q(pk__gt=key[1]), asked_at__gte=key[0])
    return [_Row(*columns) for columns in rows[:_CHUNK_ROWS]]


def _named_moments(begin: datetime, end: datetime) -> set[datetime]:
    """Moments of lists by which the history says that something happened after them."""
    sources = chain(_NAMED, _NAMED_OF_RECORDS)
    return {moment for model, column in sources for moment in _moments(model, column, begin, end)}


def _moments(model: Any, column: str, begin: datetime, end: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(**{f"{column}__range": (begin, end)})
    return rows.order_by().values_list(column, flat=True).distinct()


def _remove(keys: list[int]) -> int:
    removed, _ = _unreferenced(keys).delete()
    transactions.pause()
    return removed


def _unreferenced(keys: list[int]) -> QuerySet[Refresh]:
    references = (
        Operation.objects.filter(settled_by=OuterRef("pk")),
        Operation.objects.filter(shown_by=OuterRef("pk")),
        AuditEvent.objects.filter(refresh_id=OuterRef("pk")),
        RefreshAnomaly.objects.filter(refresh=OuterRef("pk")),
        HeldChange.objects.filter(refresh=OuterRef("pk")),
        Refresh.objects.filter(anomalies_of=OuterRef("pk")),
        Mirror.objects.filter(Q(held=OuterRef("pk")) | Q(accepted=OuterRef("pk"))),
    )
    rows = Refresh.objects.filter(pk__in=keys, actor=None)
    for reference in references:
        rows = rows.exclude(Exists(reference))
    return rows
