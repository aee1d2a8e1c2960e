"""Who was monitored at a moment: the attachments that lasted then, with the records as they were."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Count, Expression, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from monitors.models import Attachment, AuditEvent, Kind, RecordRevision, Refresh, RefreshOutcome
from monitors.models.attachment import SPANS
from monitors.selectors.paging import Results, in_page_order, page_of_keys

ROWS_PER_PAGE = 100
EXPORT_CHUNK_ROWS = 500  # held in memory at a time
# Coalesced, so that no planner walks all customers in the order of their index and asks each where it was.
_CUSTOMER = Coalesce("customer__sort_name", Value(""))
_RECORD = Coalesce("record__sort_name", Value(""))
SORTS: dict[str, tuple[F | Expression, ...]] = {
    "customer": (_CUSTOMER, _RECORD, F("pk")),
    "record": (_RECORD, _CUSTOMER, F("pk")),
    "since": (F("since"), F("pk")),
}
LOADED_OUTCOMES = (RefreshOutcome.APPLIED, RefreshOutcome.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Row:
    """One customer on one record. `revision` is the record as it was then, None where none is known."""

    attachment: Attachment
    revision: RecordRevision | None
    began_roles: str

    @property
    def record_name(self) -> str:
        return self.revision.name if self.revision else self.attachment.record.name

    @property
    def is_renamed(self) -> bool:
        return self.record_name != self.attachment.record.name

    @property
    def email(self) -> str:
        return self.revision.email if self.revision else ""

    @property
    def frequency(self) -> int | None:
        return self.revision.frequency if self.revision else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Each customer and each record counted once."""

    attachments: int
    customers: int
    records: int


@dataclass(frozen=True, slots=True)
class ListsAround:
    """What is known of a moment: the first list ever, and the lists just before and after that moment."""

    first: Refresh | None
    before: Refresh | None
    after: Refresh | None


def revisions(moment: datetime) -> QuerySet[RecordRevision]:
    """The revision that each record had."""
    return RecordRevision.objects.filter(Q(until=None) | Q(until__gt=moment), since__lte=moment)


def totals(attachments: QuerySet[Attachment]) -> Totals:
    counts = attachments.aggregate(
        attachments=Count("pk"),
        customers=Count("customer", distinct=True),
        records=Count("record", distinct=True),
    )
    return Totals(**counts)


def table_page(
    attachments: QuerySet[Attachment], *, moment: datetime, sort: str, page: str | None, count: int
) -> Results[Row]:
    keys = page_of_keys(in_order(attachments, sort), page, size=ROWS_PER_PAGE, count=count)
    return Results(_rows(in_page_order(_complete(Attachment.objects.all()), keys), moment), keys)


def rows(
    attachments: QuerySet[Attachment], *, moment: datetime, sort: str, limit: int | None = None
) -> Iterator[Row]:
    """All of them (at most `limit`), in constant memory."""
    iterator = _complete(in_order(attachments, sort))[:limit].iterator(chunk_size=EXPORT_CHUNK_ROWS)
    while chunk := list(islice(iterator, EXPORT_CHUNK_ROWS)):
        yield from _rows(chunk, moment)


def possible(moment: datetime) -> QuerySet[Attachment]:
    """Attachments that may have begun by then: the list after it shows them, the one before did not."""
    lists = lists_around(moment)
    if lists.after is None or lists.after.answered_at is None:
        return Attachment.objects.none()
    return Attachment.objects.filter(
        span__in=range(len(SPANS) + 1),  # all of them: the index begins with the span
        attached_at__gt=moment,
        attached_at__lte=lists.after.answered_at,
        attached_after__lt=moment,
        since__gt=moment,  # else one that only continues
    )


def lists_around(moment: datetime) -> ListsAround:
    loaded = Refresh.objects.filter(outcome__in=LOADED_OUTCOMES, answered_at__isnull=False)
    return ListsAround(
        first=loaded.order_by("asked_at").first(),
        before=loaded.filter(asked_at__lte=moment, answered_at__lte=moment).order_by("-asked_at").first(),
        after=loaded.filter(asked_at__gt=moment - timedelta(hours=1), answered_at__gt=moment)
        .order_by("asked_at")
        .first(),
    )


def in_order(attachments: QuerySet[Attachment], sort: str) -> QuerySet[Attachment]:
    columns = SORTS.get(sort.removeprefix("-"), SORTS["customer"])
    is_descending = sort.startswith("-")
    return attachments.order_by(*(column.desc() if is_descending else column.asc() for column in columns))


def _complete(attachments: QuerySet[Attachment]) -> QuerySet[Attachment]:
    """With every column that a row shows, and no others."""
    shown = ("actor_name", "reason", "state", "words")
    operations = [f"{end}__{field}" for end in ("began_by", "ended_by") for field in shown]
    operations += [f"ended_by__{field}" for field in ("source", "task", "before", "record_name")]
    own: tuple[str, ...] = (
        "since",
        "attached_after",
        "detached_at",
        "detached_after",
        "is_baseline",
        "reason",
    )
    own += ("expires_at", "is_endless")
    return attachments.select_related("record", "customer", "began_by", "ended_by").only(
        *own, "record__name", "customer__username", *operations
    )


def _rows(attachments: list[Attachment], moment: datetime) -> list[Row]:
    record_ids = {attachment.record_id for attachment in attachments}
    by_record = {revision.record_id: revision for revision in revisions(moment).filter(record__in=record_ids)}
    roles = _roles({attachment.began_by_id for attachment in attachments if attachment.began_by_id})
    return [
        Row(attachment, by_record.get(attachment.record_id), roles.get(attachment.began_by_id, ""))
        for attachment in attachments
    ]


def _roles(uuids: Iterable[UUID]) -> dict[UUID | None, str]:
    """The roles that people had when they began these operations."""
    began = AuditEvent.objects.filter(kind=Kind.STARTED, operation_id__in=uuids)
    return dict(began.values_list("operation_id", "actor_roles"))
