"""The list of operations: by who asked, by where they stand, by time, or by a ticket or name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet, Value
from django.utils import timezone

from monitors.models import AuditEvent, Kind, Mirror, Operation
from monitors.selectors import audit, keyset
from monitors.selectors.keyset import MAX_COUNTED
from monitors.selectors.text import search_text
from monitors.selectors.totals import Size

MINE, OPEN, FAILED, TODAY, ALL = "mine", "open", "failed", "today", "all"
GROUPS = (MINE, OPEN, FAILED, TODAY, ALL)
MIN_TEXT_CHARACTERS = audit.MIN_TEXT_CHARACTERS
NEWEST_FIRST = keyset.Order("started_at", is_descending=True)
MAX_NEIGHBOURS = 6


@dataclass(frozen=True, slots=True)
class Counts:
    """How many operations each group has; of more than MAX_COUNTED that is not known."""

    found: dict[str, int]

    def of(self, group: str) -> int | None:
        counted = self.found[group]
        return counted if counted <= MAX_COUNTED else None


def counts(person: User) -> Counts:
    """By one query, which stops counting a group where it has many."""
    some = {group: _some(_in_group(group, person)) for group in GROUPS}
    row = Mirror.objects.annotate(**{f"in_{group}": Size(rows) for group, rows in some.items()})
    found = row.values_list(*(f"in_{group}" for group in GROUPS)).get(pk=1)
    return Counts(dict(zip(GROUPS, found, strict=True)))


def _some(rows: QuerySet[Operation]) -> QuerySet[Any, Any]:
    return rows.order_by().values(n=Value(1))[: MAX_COUNTED + 1]


def search(
    *, group: str, person: User, text: str, place: keyset.Place, count: int | None
) -> keyset.Page[Operation]:
    """A page of a group, the newest first; with a text the newest MAX_COUNTED whose names or reason hold it.

    `count` is how many the group has where there is no text, None: more than MAX_COUNTED.
    """
    keys = matching(text) if text else None

    def build() -> QuerySet[Operation]:
        rows = _in_group(group, person)
        return rows if keys is None else rows.filter(pk__in=keys)

    source = keyset.Source(build, complete=_complete)
    is_many = keys is None and count is None
    return keyset.turn_to(source, NEWEST_FIRST, place, count=count, is_many=is_many)


def matching(text: str) -> Sequence[UUID]:
    """The newest operations with the text among their names, their reason and what the call said."""
    started = AuditEvent.objects.filter(kind=Kind.STARTED, operation_id__isnull=False)
    found = audit.with_text(started, search_text(text)).order_by("-number")
    return [key for key in found.values_list("operation_id", flat=True)[:MAX_COUNTED] if key]


def _in_group(group: str, person: User) -> QuerySet[Operation]:
    rows = Operation.objects.all()
    if group == MINE:
        return rows.filter(actor=person)
    if group == TODAY:
        return rows.filter(started_at__gte=_midnight(timezone.localtime()))
    return {OPEN: rows.under_way, FAILED: rows.unsuccessful}.get(group, rows.all)()


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _complete(rows: QuerySet[Operation]) -> QuerySet[Operation]:
    return rows.select_related("settled_by", "shown_by")


def neighbours(operation: Operation) -> list[Operation]:
    """The newest others on the same customer, or the same record where it has none."""
    rows = Operation.objects.exclude(pk=operation.pk).order_by("-started_at")
    if operation.customer_id is not None:
        return list(rows.filter(customer=operation.customer_id)[:MAX_NEIGHBOURS])
    if operation.record_id is not None:
        return list(rows.filter(record=operation.record_id)[:MAX_NEIGHBOURS])
    return []
