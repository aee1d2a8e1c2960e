"""Reads of the audit log: pages by key, free text by trigrams, periods by the log's own order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404

from monitors.models import (
    AuditChain,
    AuditEvent,
    Customer,
    MonitorRecord,
    RecordRevision,
    SavedFilter,
)

PAGE = 100
CHUNK = 1000  # events of an export held in memory at a time
SLACK = timedelta(days=1)  # a clock may have been set back; the numbers never are
FEW = 500  # keys that a query may name one by one
SHORTEST = 3  # characters: what a trigram index can find
_SEARCH = {
    "sqlite": "SELECT rowid FROM monitors_auditsearch WHERE monitors_auditsearch MATCH %s",
    "postgresql": "SELECT number FROM monitors_auditsearch WHERE words ILIKE %s",
}
Events = QuerySet[AuditEvent]


@dataclass(frozen=True, slots=True)
class LogPage:
    """Events newest first; `newer` and `older` are the keys of the pages beside it, None at an end."""

    events: list[AuditEvent]
    newer: int | None
    older: int | None


def get(number: int) -> AuditEvent:
    """Raises Http404."""
    event = AuditEvent.objects.filter(number=number).first()
    if event is None:
        raise Http404("There is no such event.")
    return event


def length() -> int:
    """How many events there are, without counting them."""
    chain = AuditChain.objects.filter(pk=1).first()
    return chain.length if chain else 0


def page(events: Events, *, before: str | None, after: str | None) -> LogPage:
    """The hundred events next to a number: older than `before`, newer than `after`, else the newest."""
    newer_than, older_than = number_of(after), number_of(before)
    if newer_than is not None:
        found = list(events.filter(number__gt=newer_than).order_by("number")[: PAGE + 1])
        rows = found[:PAGE][::-1]
        return LogPage(rows, _first(rows) if len(found) > PAGE else None, _last(rows))
    if older_than is not None:
        events = events.filter(number__lt=older_than)
    found = list(events.order_by("-number")[: PAGE + 1])
    rows = found[:PAGE]
    newer = _first(rows) if older_than is not None else None
    return LogPage(rows, newer, _last(rows) if len(found) > PAGE else None)


def with_text(events: Events, text: str) -> Events:
    """Events whose names, reason or details hold the text."""
    return events.filter(number__in=_matching(events, text))


def _matching(events: Events, text: str) -> RawSQL:
    vendor = connections[events.db].vendor
    return RawSQL(_SEARCH[vendor], [_PATTERN[vendor](text)])  # noqa: S611 - what was typed is a parameter


def since(events: Events, moment: datetime) -> Events:
    first = AuditEvent.objects.filter(at__gte=moment - SLACK).order_by("at").values_list("number", flat=True)
    number = first.first()
    return events.none() if number is None else events.filter(number__gte=number, at__gte=moment)


def until(events: Events, moment: datetime) -> Events:
    last = AuditEvent.objects.filter(at__lte=moment + SLACK).order_by("-at").values_list("number", flat=True)
    number = last.first()
    return events.none() if number is None else events.filter(number__lte=number, at__lte=moment)


def on_record(events: Events, name: str) -> Events:
    """By a part of any name it ever had; an event from before the record was known carries a name alone."""
    named = Q(pk__in=RecordRevision.objects.filter(name__icontains=name).values("record"))
    known = MonitorRecord.objects.filter(named | Q(sort_name__contains=name.casefold()))
    unknown = Q(record_id=None, record_name__icontains=name)
    return events.filter(Q(record_id__in=_few(known)) | (unknown & _mentioned(events, name)))


def on_customer(events: Events, name: str) -> Events:
    known = Customer.objects.filter(sort_name__contains=name.casefold())
    unknown = Q(customer_id=None, username__icontains=name)
    return events.filter(Q(customer_id__in=_few(known)) | (unknown & _mentioned(events, name)))


def _few(rows: QuerySet[Any]) -> list[int] | QuerySet[Any]:
    """The keys themselves while they are few: a planner then knows that the index is short."""
    keys = list(rows.values_list("pk", flat=True)[: FEW + 1])
    return keys if len(keys) <= FEW else rows.values("pk")


def _mentioned(events: Events, name: str) -> Q:
    return Q(number__in=_matching(events, name)) if len(name) >= SHORTEST else Q()


def saved_filters() -> QuerySet[SavedFilter]:
    return SavedFilter.objects.select_related("owner").order_by("name", "pk")


def number_of(text: str | None) -> int | None:
    """The key that a query string holds, None when it holds none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _first(rows: list[AuditEvent]) -> int | None:
    return rows[0].number if rows else None


def _last(rows: list[AuditEvent]) -> int | None:
    return rows[-1].number if rows else None


def _phrase(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


_PATTERN: dict[str, Any] = {"sqlite": _phrase, "postgresql": _like}
