"""Counts who was monitored at the end of each day that is over, once; the worker calls it."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max

from monitors.models import Attachment, DayTotals, Totals
from monitors.models.attachment import LASTING, SPANS
from monitors.models.day_totals import count_before
from monitors.services import clock, writers_lock

_DAY = timedelta(days=1)
DAYS_AT_ONCE = 30  # counted between two looks at the lock


def fill() -> int:
    """Count the days that are not known yet, the oldest first; how many were."""
    counted = 0
    while ends := _missing(clock.now())[:DAYS_AT_ONCE]:
        if not _count(ends):
            break
        counted += len(ends)
    return counted


def _missing(now: datetime) -> list[datetime]:
    known = (
        DayTotals.objects.exclude(attachments=None).filter(ends_at__lte=now).aggregate(last=Max("ends_at"))
    )
    first = known["last"] or _beginning()
    return list(_midnights(first, now)) if first else []


def _beginning() -> datetime | None:
    """The midnight before the first attachment."""
    firsts = (
        Attachment.objects.filter(span=span)
        .order_by("attached_at")
        .values_list("attached_at", flat=True)
        .first()
        for span in range(LASTING, len(SPANS) + 1)
    )
    first = min((moment for moment in firsts if moment), default=None)
    return datetime.combine(first.astimezone(UTC), time(), UTC) if first else None


def _midnights(after: datetime, until: datetime) -> Iterator[datetime]:
    midnight = after + _DAY
    while midnight <= until:
        yield midnight
        midnight += _DAY


def _count(ends: list[datetime]) -> bool:
    """False: meanwhile something was said about the past, or somebody else counts."""
    claim = _claim(ends)
    return all(_note(end, count_before(end), claim) for end in ends)


def _claim(ends: list[datetime]) -> UUID:
    """Empty rows, which a trigger removes if the past changes while it is counted."""
    claim = uuid4()
    with transaction.atomic():
        writers_lock.take()
        DayTotals.objects.filter(attachments=None).delete()
        DayTotals.objects.bulk_create(
            [DayTotals(ends_at=end, claim=claim) for end in ends], ignore_conflicts=True
        )
    return claim


def _note(end: datetime, totals: Totals, claim: UUID) -> bool:
    with transaction.atomic():
        writers_lock.take()
        empty = DayTotals.objects.filter(ends_at=end, claim=claim, attachments=None)
        return empty.update(**asdict(totals)) == 1
