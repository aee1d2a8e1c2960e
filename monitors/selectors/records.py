"""Reads for the records page and for one record's page."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from monitors.models import (
    UNDER_WAY,
    Attachment,
    Customer,
    MonitorRecord,
    Operation,
    RecordRevision,
)
from monitors.models.attachment import AttachmentQuerySet
from monitors.selectors import ends, paging, totals
from monitors.selectors.matching import MAX_HITS, MAX_SUGGESTION_HITS, Kind, condition, find
from monitors.selectors.text import search_text

SORTS = {
    "name": ("sort_name", "id"),
    "email": ("email", "id"),
    "frequency": ("frequency", "id"),
    "customers": ("customer_count", "id"),
    "changed": ("changed_at", "id"),
}
GROUPS = ("no-customers", "changed-outside", "under-way")  # the chips above the list but for all
MAX_SUGGESTIONS = 8


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records each group has; `customers` are monitored now, each counted once."""

    customers: int
    all: int
    no_customers: int
    changed_outside: int
    under_way: int

    def of(self, group: str) -> int:
        """Of the group that a chip names; an unknown one is all."""
        return int(getattr(self, group.replace("-", "_"))) if group in GROUPS else self.all


def get(record_id: int) -> MonitorRecord | None:
    """The record, also one that is gone: its history stays readable."""
    return MonitorRecord.objects.filter(pk=record_id).select_related("changed_by").first()


@dataclass(frozen=True, slots=True)
class RecordToShow:
    """A record with what seldom is there, so that a page looks only for what is.

    `has_namesake`: a gone record that this one may have been before; `is_any_under_way`: an operation, anywhere.
    """

    record: MonitorRecord
    has_namesake: bool
    has_successors: bool
    is_any_under_way: bool


def get_to_show(record_id: int) -> RecordToShow | None:
    """Like `get`, with what its page needs to know first."""
    namesakes = MonitorRecord.objects.filter(
        gone_at=OuterRef("first_seen"), email=OuterRef("email"), frequency=OuterRef("frequency")
    )
    questions = {
        "has_namesake": Exists(namesakes),
        "has_successors": Exists(MonitorRecord.objects.filter(continues=OuterRef("pk"))),
        "is_any_under_way": Exists(Operation.objects.filter(settled_at=None, state__in=UNDER_WAY)),
    }
    row = (
        MonitorRecord.objects.annotate(**questions)
        .filter(pk=record_id)
        .select_related("changed_by", "continues")
        .first()
    )
    if row is None:
        return None
    return RecordToShow(row, **{question: getattr(row, question) for question in questions})


def last_revision(record: MonitorRecord) -> RecordRevision | None:
    """Of a record that is gone: it says how that happened."""
    closed = record.revisions.filter(until=record.gone_at).select_related("began_by", "ended_by")
    return closed.order_by("-since", "-pk").first() if record.gone_at else None


def search(
    *, query: str, group: str, sort: str, page: str | None, count: int | None = None
) -> paging.Results[MonitorRecord]:
    """`group` is one of the chips above the list, empty for all; `count` where the caller knows it."""
    rows = matching(query, group).select_related("changed_by")
    return paging.paginate(_sorted(rows, sort), page, count=count)


def matching(query: str, group: str) -> QuerySet[MonitorRecord]:
    """All that a list shows, on whatever page."""
    return MonitorRecord.objects.living().filter(_in_group(group), condition(query, Kind.RECORDS))


def counts(version: totals.Version | None = None) -> Counts:
    """By one query, and only when something was written since the last one."""
    return totals.at(version, "records", _count)


def _count() -> Counts:
    rows = MonitorRecord.objects.living()
    groups = {
        "customers": Customer.objects.filter(record_count__gt=0),
        "all": rows,
        **{name.replace("-", "_"): rows.filter(_in_group(name)) for name in GROUPS},
    }
    return Counts(**totals.count_all(groups))


def attachments(
    record: MonitorRecord, *, query: str, sort: str, page: str | None, group: str = ""
) -> paging.Results[Attachment]:
    """The customers on a record now; `group` as ends.condition takes it."""
    narrower = ends.condition(group, timezone.now())
    rows = matching_attachments(record, query).filter(narrower).select_related("customer", "began_by")
    count = None if search_text(query) or narrower else record.customer_count
    results = paging.paginate(_sorted_attachments(rows, sort), page, count=count)
    for attachment in results.rows:
        attachment.record = record
    return results


def matching_attachments(record: MonitorRecord, query: str) -> AttachmentQuerySet:
    """All of a record that its search shows, on whatever page."""
    lasting, text = Attachment.objects.lasting().filter(record=record), search_text(query)
    return lasting.filter(_customer_matches(record, text)) if text else lasting


def _customer_matches(record: MonitorRecord, text: str) -> Q:
    """A record with few customers is read through, also for one or two characters."""
    if record.customer_count <= MAX_HITS:
        return Q(sort_name__contains=text.casefold())
    return condition(text, Kind.CUSTOMERS, prefix="customer__")


def suggest(typed: str) -> list[MonitorRecord]:
    """A few records whose names contain what was typed; the first ones by name when nothing was."""
    living = MonitorRecord.objects.living()
    if not search_text(typed):
        return list(living.order_by("sort_name", "id")[:MAX_SUGGESTIONS])
    keys = find(typed, Kind.RECORDS, limit=MAX_SUGGESTION_HITS, enough=MAX_SUGGESTIONS)[Kind.RECORDS].keys[
        :MAX_SUGGESTIONS
    ]
    rows = living.in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


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
    columns = {"since": "attached_at", "until": "expires_at"}
    column = columns.get(sort.removeprefix("-"), "sort_name")
    sign = "-" if sort.startswith("-") else ""
    return rows.order_by(f"{sign}{column}", f"{sign}id")
