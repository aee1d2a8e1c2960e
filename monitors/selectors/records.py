"""Reads for the records page and for one record's page."""

from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from monitors.models import (
    UNDER_WAY,
    Attachment,
    Customer,
    MonitorRecord,
    Operation,
    RecordRevision,
    Task,
)
from monitors.selectors import paging
from monitors.selectors.text import search_text

SORTS = {
    "name": ("sort_name", "id"),
    "email": ("email", "id"),
    "frequency": ("frequency", "id"),
    "customers": ("customer_count", "id"),
    "changed": ("changed_at", "id"),
}
MAX_CREATIONS = 10  # rows above the list
MAX_SUGGESTIONS = 8


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records each group has; `customers` are monitored now, each counted once."""

    customers: int
    all: int
    no_customers: int
    changed_outside: int
    under_way: int


def get(record_id: int) -> MonitorRecord | None:
    """The record, also one that is gone: its history stays readable."""
    return MonitorRecord.objects.filter(pk=record_id).select_related("changed_by").first()


def last_revision(record: MonitorRecord) -> RecordRevision | None:
    """Of a record that is gone: it says how that happened."""
    closed = record.revisions.filter(until=record.gone_at).select_related("began_by", "ended_by")
    return closed.order_by("-since", "-pk").first() if record.gone_at else None


def search(*, query: str, group: str, sort: str, page: str | None) -> paging.Results[MonitorRecord]:
    """`group` is one of the chips above the list, empty for all."""
    rows = MonitorRecord.objects.living().filter(_in_group(group), _matching(query))
    return paging.paginate(_sorted(rows.select_related("changed_by"), sort), page)


def search_gone(*, query: str, page: str | None) -> paging.Results[MonitorRecord]:
    """Records that are no longer in the list, the latest gone first."""
    rows = MonitorRecord.objects.exclude(gone_at=None).filter(_matching(query)).select_related("changed_by")
    return paging.paginate(rows.order_by("-gone_at", "-id"), page)


def search_former_names(query: str, count: int = 20) -> list[RecordRevision]:
    """The last revision under each name that contains what was typed and is no longer its record's."""
    text = search_text(query)
    if not text:
        return []
    former = RecordRevision.objects.exclude(until=None).exclude(name=F("record__name"))
    revisions = former.filter(name__icontains=text).select_related("record", "began_by", "ended_by")
    latest: dict[tuple[int, str], RecordRevision] = {}
    for revision in revisions.order_by("-until", "-pk")[: count * 10]:
        latest.setdefault((revision.record_id, revision.name), revision)
    return list(latest.values())[:count]


def counts() -> Counts:
    rows = MonitorRecord.objects.living()
    return Counts(
        customers=Customer.objects.filter(record_count__gt=0).count(),
        all=rows.count(),
        no_customers=rows.filter(customer_count=0).count(),
        changed_outside=rows.filter(changed_outside=True).count(),
        under_way=rows.filter(_in_group("under-way")).count(),
    )


def attachments(
    record: MonitorRecord, *, query: str, sort: str, page: str | None
) -> paging.Results[Attachment]:
    """The customers on a record now."""
    lasting = Attachment.objects.lasting().filter(record=record)
    rows = lasting.select_related("customer", "began_by", "record")
    text = search_text(query)
    if text:
        rows = rows.filter(customer__sort_name__contains=text.casefold())
    count = None if text else record.customer_count
    return paging.paginate(_sorted_attachments(rows, sort), page, count=count)


def creations_under_way() -> QuerySet[Operation]:
    """Creations whose record is not in the mirror yet."""
    creations = Operation.objects.filter(settled_at=None, state__in=UNDER_WAY, task=Task.CREATE, record=None)
    return creations.order_by("-started_at")[:MAX_CREATIONS]


def suggest(typed: str) -> list[MonitorRecord]:
    """A few records whose names contain what was typed; the first ones by name when nothing was."""
    rows = MonitorRecord.objects.living().order_by("sort_name", "id")
    text = search_text(typed)
    return list((rows.filter(sort_name__contains=text.casefold()) if text else rows)[:MAX_SUGGESTIONS])


def _matching(query: str) -> Q:
    text = search_text(query)
    return Q(sort_name__contains=text.casefold()) | Q(email__icontains=text) if text else Q()


def _in_group(group: str) -> Q:
    under_way = Operation.objects.filter(settled_at=None, state__in=UNDER_WAY).exclude(record=None)
    return {
        "no-customers": Q(customer_count=0),
        "changed-outside": Q(changed_outside=True),
        "under-way": Q(pk__in=under_way.values("record")),
    }.get(group, Q())


def _sorted(rows: QuerySet[MonitorRecord], sort: str) -> QuerySet[MonitorRecord]:
    columns = SORTS.get(sort.removeprefix("-"), SORTS["name"])
    sign = "-" if sort.startswith("-") else ""
    return rows.order_by(*(f"{sign}{column}" for column in columns))


def _sorted_attachments(rows: QuerySet[Attachment], sort: str) -> QuerySet[Attachment]:
    column = "attached_at" if sort.removeprefix("-") == "since" else "customer__sort_name"
    sign = "-" if sort.startswith("-") else ""
    return rows.order_by(f"{sign}{column}", f"{sign}id")
