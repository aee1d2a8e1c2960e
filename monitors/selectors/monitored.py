"""Who was monitored at a moment: the attachments living then, with the records as they were."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Expression, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from monitors.models import Attachment, AuditEvent, Operation, RecordRevision, Refresh, RefreshOutcome
from monitors.models.attachment import SPANS

SIZE = 100
CHUNK = 500  # rows of an export held in memory at a time
# Coalesced, so that no planner walks all customers in the order of their index and asks each where it was.
_CUSTOMER = Coalesce("customer__sort_name", Value(""))
_RECORD = Coalesce("record__sort_name", Value(""))
SORTS: dict[str, tuple[F | Expression, ...]] = {
    "customer": (_CUSTOMER, _RECORD, F("pk")),
    "record": (_RECORD, _CUSTOMER, F("pk")),
    "since": (F("since"), F("pk")),
}
KNOWN = (RefreshOutcome.APPLIED, RefreshOutcome.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Row:
    """One customer on one record. `revision` is the record as it was then, None where no version is known."""

    attachment: Attachment
    revision: RecordRevision | None
    began_roles: str
    ended_roles: str

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
class Horizon:
    """What is known around a moment: the first list ever, and the lists just before and after it."""

    first: Refresh | None
    before: Refresh | None
    after: Refresh | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of rows; `place` is Django's page of their keys."""

    rows: list[Row]
    place: "Page[int]"


def living(moment: datetime) -> QuerySet[Attachment]:
    return Attachment.objects.lasting_at(moment)


def revisions(moment: datetime) -> QuerySet[RecordRevision]:
    """The version that each record had."""
    return RecordRevision.objects.filter(Q(until=None) | Q(until__gt=moment), since__lte=moment)


def totals(attachments: QuerySet[Attachment]) -> Totals:
    counted = attachments.aggregate(
        attachments=Count("pk"),
        customers=Count("customer", distinct=True),
        records=Count("record", distinct=True),
    )
    return Totals(**counted)


def page(
    attachments: QuerySet[Attachment], *, moment: datetime, sort: str, number: str | None, count: int
) -> Found:
    paginator = Paginator(in_order(attachments, sort).values_list("pk", flat=True), SIZE)
    paginator.count = count  # the totals have counted already
    place = paginator.get_page(number or 1)
    found = _whole(Attachment.objects.all()).in_bulk(list(place.object_list))
    return Found(_rows([found[pk] for pk in place.object_list if pk in found], moment), place)


def rows(
    attachments: QuerySet[Attachment], *, moment: datetime, sort: str, most: int | None = None
) -> Iterator[Row]:
    """All of them (at most `most`), in constant memory."""
    found = _whole(in_order(attachments, sort))[:most].iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        yield from _rows(chunk, moment)


def perhaps(moment: datetime) -> QuerySet[Attachment]:
    """Attachments that may have begun by then: the list after it shows them, the one before did not."""
    horizon = around(moment)
    if horizon.after is None or horizon.after.answered_at is None:
        return Attachment.objects.none()
    return Attachment.objects.filter(
        span__in=range(len(SPANS) + 1),  # all of them: the index begins with the span
        attached_at__gt=moment,
        attached_at__lte=horizon.after.answered_at,
        attached_after__lt=moment,
        since__gt=moment,  # else one that only continues
    )


def around(moment: datetime) -> Horizon:
    known = Refresh.objects.filter(outcome__in=KNOWN, answered_at__isnull=False)
    return Horizon(
        first=known.order_by("asked_at").first(),
        before=known.filter(asked_at__lte=moment, answered_at__lte=moment).order_by("-asked_at").first(),
        after=known.filter(asked_at__gt=moment - timedelta(hours=1), answered_at__gt=moment)
        .order_by("asked_at")
        .first(),
    )


def in_order(attachments: QuerySet[Attachment], sort: str) -> QuerySet[Attachment]:
    columns = SORTS.get(sort.removeprefix("-"), SORTS["customer"])
    return attachments.order_by(*(it.desc() if sort.startswith("-") else it.asc() for it in columns))


def _whole(attachments: QuerySet[Attachment]) -> QuerySet[Attachment]:
    operations = [f"{end}__{it}" for end in ("began_by", "ended_by") for it in ("actor_name", "reason")]
    own = ("since", "attached_after", "detached_at", "detached_after", "is_baseline", "reason")
    return attachments.select_related("record", "customer", "began_by", "ended_by").only(
        *own, "expires_at", "record__name", "customer__username", *operations
    )


def _rows(attachments: list[Attachment], moment: datetime) -> list[Row]:
    known = {
        it.record_id: it for it in revisions(moment).filter(record__in={it.record_id for it in attachments})
    }
    roles = _roles([it.began_by for it in attachments] + [it.ended_by for it in attachments])
    return [
        Row(it, known.get(it.record_id), _role(it.began_by, roles), _role(it.ended_by, roles))
        for it in attachments
    ]


def _roles(operations: Iterable[Operation | None]) -> dict[UUID, str]:
    """The roles that people had when they began these operations."""
    began = AuditEvent.objects.filter(
        kind="operation.started", operation_id__in={it.pk for it in operations if it is not None}
    )
    return {uuid: roles for uuid, roles in began.values_list("operation_id", "actor_roles") if uuid}


def _role(operation: Operation | None, roles: dict[UUID, str]) -> str:
    return roles.get(operation.pk, "") if operation else ""
