"""Who was monitored at a moment: the attachments that lasted then, with the records as they were."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from monitors.models import (
    Attachment,
    AuditEvent,
    Kind,
    Mirror,
    RecordRevision,
    Refresh,
    RefreshOutcome,
    prepared,
)
from monitors.models.attachment import SPANS
from monitors.selectors.totals import Size

MAX_LIST_DURATION = timedelta(hours=1)  # from being asked for to being answered
COLUMNS: dict[str, tuple[str, ...]] = {
    "customer": ("sort_name", "pk"),
    "record": ("record__sort_name", "record_id", "sort_name", "pk"),
    "since": ("since", "pk"),
}
LOADED_OUTCOMES = (RefreshOutcome.APPLIED, RefreshOutcome.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a table of a moment rests on: when the first list ever and the next one came, and when the one before was
    asked for; `possible` attachments may have begun by then."""

    first_answered: datetime | None
    before_asked: datetime | None
    after_answered: datetime | None
    possible: int


def revisions(moment: datetime) -> QuerySet[RecordRevision]:
    """The revision that each record had."""
    return RecordRevision.objects.filter(Q(until=None) | Q(until__gt=moment), since__lte=moment)


def possible(moment: datetime, earlier: datetime | None = None) -> QuerySet[Attachment]:
    """Attachments that may have begun by then: the list after it shows them, the one before did not."""
    return Attachment.objects.filter(
        span__in=range(len(SPANS) + 1),  # all of them: the index begins with the span
        attached_at__gt=moment,
        attached_at__lte=_one(_after(moment, earlier), "answered_at"),
        attached_after__lt=moment,
        since__gt=moment,  # else one that only continues
    )


def evidence(moment: datetime, possible: QuerySet[Attachment]) -> Evidence:
    """By one query."""
    return Evidence(*_evidence(moment, possible).get())


def evidence_of_all(moment: datetime) -> Evidence:
    """The same where every attachment counts, by a query that is prepared."""

    def build(moment: datetime, earlier: datetime) -> QuerySet[Any]:
        return _evidence(moment, possible(moment, earlier), earlier)

    (row,) = prepared.read("evidence", build, moment, moment - MAX_LIST_DURATION)
    return Evidence(*row)


def _evidence(
    moment: datetime, possible: QuerySet[Attachment], earlier: datetime | None = None
) -> QuerySet[Any]:
    row = Mirror.objects.filter(pk=1).annotate(
        first=_one(_loaded().order_by("asked_at"), "answered_at"),
        before=_one(_before(moment), "asked_at"),
        after=_one(_after(moment, earlier), "answered_at"),
        possible=Size(possible),
    )
    return row.values_list("first", "before", "after", "possible")


def _loaded() -> QuerySet[Refresh]:
    return Refresh.objects.filter(outcome__in=LOADED_OUTCOMES, answered_at__isnull=False)


def _before(moment: datetime) -> QuerySet[Refresh]:
    return _loaded().filter(asked_at__lte=moment, answered_at__lte=moment).order_by("-asked_at")


def _after(moment: datetime, earlier: datetime | None) -> QuerySet[Refresh]:
    """`earlier` is when a list that came after it was asked for at the earliest."""
    later = _loaded().filter(asked_at__gt=earlier or moment - MAX_LIST_DURATION, answered_at__gt=moment)
    return later.order_by("asked_at")


def _one(rows: QuerySet[Refresh], column: str) -> Subquery:
    return Subquery(rows.values(column)[:1])


def in_order(attachments: QuerySet[Attachment], sort: str) -> QuerySet[Attachment]:
    first, *others = columns_of(sort)
    columns: list[Coalesce | F] = [_hidden(first), *map(F, others)]
    if sort.startswith("-"):
        return attachments.order_by(*(column.desc() for column in columns))
    return attachments.order_by(*(column.asc() for column in columns))


def _hidden(column: str) -> Coalesce:
    """So that no planner walks everything ever in the order of an index and asks each whether it lasted."""
    return Coalesce(column, Value("")) if column.endswith("sort_name") else Coalesce(column, column)


def columns_of(sort: str) -> tuple[str, ...]:
    return COLUMNS.get(sort.removeprefix("-"), COLUMNS["customer"])


def began() -> QuerySet[AuditEvent]:
    """The first events of operations; always looked up by the operation, never by the index of kinds."""
    return AuditEvent.objects.annotate(own_kind=Coalesce("kind", Value(""))).filter(own_kind=Kind.STARTED)
