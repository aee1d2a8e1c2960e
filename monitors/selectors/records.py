"""Reads for the records page and for one record's page."""

from dataclasses import dataclass

from django.db.models import F, Q, QuerySet
from django.http import Http404

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
from monitors.selectors.text import needle

SORTS = {
    "name": ("sort_name", "id"),
    "email": ("email", "id"),
    "frequency": ("frequency", "id"),
    "customers": ("customer_count", "id"),
    "changed": ("changed_at", "id"),
}
FILTERS = ("all", "no-customers", "changed-outside", "under-way")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records each filter shows; `customers` are monitored now, each counted once."""

    customers: int
    all: int
    no_customers: int
    changed_outside: int
    under_way: int


def living() -> QuerySet[MonitorRecord]:
    return MonitorRecord.objects.filter(gone_at=None)


def get(record_id: int) -> MonitorRecord:
    """The record, also one that is gone: its history stays readable. Raises Http404."""
    record = MonitorRecord.objects.filter(pk=record_id).select_related("changed_by").first()
    if record is None:
        raise Http404("There is no such record.")
    return record


def named(name: str) -> MonitorRecord | None:
    return living().filter(name=name).first()


def ending(record: MonitorRecord) -> RecordRevision | None:
    """The last version of a record that is gone, which says how it went."""
    closed = record.revisions.filter(until=record.gone_at).select_related("ended_by")
    return closed.order_by("-since", "-pk").first() if record.gone_at else None


def search(*, q: str, chosen: str, sort: str, number: str | None) -> paging.Slice[MonitorRecord]:
    rows = living().filter(_narrowed(chosen), _matching(q)).select_related("changed_by")
    return paging.page(_sorted(rows, sort), number)


def search_gone(*, q: str, number: str | None) -> paging.Slice[MonitorRecord]:
    """Records that are no longer in the list, the latest gone first."""
    rows = MonitorRecord.objects.exclude(gone_at=None).filter(_matching(q)).select_related("changed_by")
    return paging.page(rows.order_by("-gone_at", "-id"), number)


def renamed(q: str, count: int = 20) -> list[RecordRevision]:
    """The last version under each name that holds what was typed and is no longer its record's."""
    text = needle(q)
    if not text:
        return []
    former = RecordRevision.objects.exclude(until=None).exclude(name=F("record__name"))
    found = former.filter(name__icontains=text).select_related("record", "ended_by")
    latest: dict[tuple[int, str], RecordRevision] = {}
    for version in found.order_by("-until", "-pk")[: count * 10]:
        latest.setdefault((version.record_id, version.name), version)
    return list(latest.values())[:count]


def counts() -> Counts:
    rows = living()
    return Counts(
        customers=Customer.objects.filter(record_count__gt=0).count(),
        all=rows.count(),
        no_customers=rows.filter(customer_count=0).count(),
        changed_outside=rows.filter(changed_outside=True).count(),
        under_way=rows.filter(_narrowed("under-way")).count(),
    )


def attachments(record: MonitorRecord, *, q: str, sort: str, number: str | None) -> paging.Slice[Attachment]:
    """The customers on a record now."""
    rows = Attachment.objects.filter(record=record, detached_at=None).select_related(
        "customer", "began_by", "record"
    )
    text = needle(q)
    if text:
        rows = rows.filter(customer__sort_name__contains=text.casefold())
    return paging.page(_sorted_attachments(rows, sort), number, count=None if text else record.customer_count)


def creations_under_way() -> QuerySet[Operation]:
    """Records asked for that no row stands for yet."""
    asked = Operation.objects.filter(settled_at=None, state__in=UNDER_WAY, task=Task.CREATE, record=None)
    return asked.order_by("-started_at")[:10]


def suggest(q: str, count: int = 8) -> list[MonitorRecord]:
    """A few records whose names hold what was typed; the first ones by name when nothing was."""
    rows = living().order_by("sort_name", "id")
    text = needle(q)
    return list((rows.filter(sort_name__contains=text.casefold()) if text else rows)[:count])


def _matching(q: str) -> Q:
    text = needle(q)
    return Q(sort_name__contains=text.casefold()) | Q(email__icontains=text) if text else Q()


def _narrowed(chosen: str) -> Q:
    under_way = Operation.objects.filter(settled_at=None, state__in=UNDER_WAY).exclude(record=None)
    return {
        "no-customers": Q(customer_count=0),
        "changed-outside": Q(changed_outside=True),
        "under-way": Q(pk__in=under_way.values("record")),
    }.get(chosen, Q())


def _sorted(rows: QuerySet[MonitorRecord], sort: str) -> QuerySet[MonitorRecord]:
    columns = SORTS.get(sort.removeprefix("-"), SORTS["name"])
    return rows.order_by(*(f"-{it}" if sort.startswith("-") else it for it in columns))


def _sorted_attachments(rows: QuerySet[Attachment], sort: str) -> QuerySet[Attachment]:
    column = "attached_at" if sort.removeprefix("-") == "since" else "customer__sort_name"
    sign = "-" if sort.startswith("-") else ""
    return rows.order_by(f"{sign}{column}", f"{sign}id")
