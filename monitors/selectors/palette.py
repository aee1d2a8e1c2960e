"""A few of everything that somebody may look for by a piece of its name: what the palette and the search page list."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from monitors.models import (
    AuditEvent,
    Customer,
    MonitorRecord,
    Operation,
    Plan,
    RecordRevision,
)
from monitors.models import (
    Kind as EventKind,
)
from monitors.selectors import audit, customers
from monitors.selectors.matching import MAX_SUGGESTION_HITS, Hits, Kind, find
from monitors.selectors.text import search_text

ENOUGH = 6  # of customers and records; of all else half
FEW = 3
MIN_TEXT_CHARACTERS = 3  # for operations and plans
MAX_EVENTS = 200  # the newest that hold a ticket
MAX_PLANS = 100  # the newest, read through
_HEX = re.compile(r"[0-9a-f]{4,32}")
_NEWEST_FIRST = {vendor: f"{sql} ORDER BY 1 DESC LIMIT {MAX_EVENTS}" for vendor, sql in audit.SEARCH.items()}


@dataclass(frozen=True, slots=True)
class Found:
    """Customers (each with `records_now`) and records whose names are the text or begin with it come first."""

    customers: Sequence[Customer] = ()
    records: Sequence[MonitorRecord] = ()
    gone: Sequence[MonitorRecord] = ()
    former: Sequence[RecordRevision] = ()
    operations: Sequence[Operation] = ()
    plans: Sequence[Plan] = ()
    mailboxes: Sequence[str] = field(default=())


def search(typed: str) -> Found:
    text = search_text(typed)
    if not text:
        return Found()
    hits = find(text, *Kind, limit=MAX_SUGGESTION_HITS, enough=ENOUGH)
    named = _records(hits[Kind.RECORDS].keys[:ENOUGH], hits[Kind.GONE].keys[:FEW])
    living = _in_order(named, hits[Kind.RECORDS], ENOUGH)
    return Found(
        customers=customers.by_keys(hits[Kind.CUSTOMERS].keys[:ENOUGH]),
        records=living,
        gone=_in_order(named, hits[Kind.GONE], FEW),
        former=_former(hits[Kind.FORMER].keys[:FEW]),
        operations=operations(text),
        plans=plans(text),
        mailboxes=_mailboxes(living, text),
    )


def records(typed: str) -> list[MonitorRecord]:
    """Where a customer may be appended to: the first ones by name when nothing was typed."""
    text = search_text(typed)
    if not text:
        return list(MonitorRecord.objects.living().order_by("sort_name", "id")[:ENOUGH])
    hits = find(text, Kind.RECORDS, limit=MAX_SUGGESTION_HITS, enough=ENOUGH)[Kind.RECORDS]
    return _in_order(_records(hits.keys[:ENOUGH], []), hits, ENOUGH)


def operations(text: str) -> list[Operation]:
    """By the beginning of the number, or by a ticket in the reason; the newest first."""
    if len(text) < MIN_TEXT_CHARACTERS or not re.search(r"\d", text):
        return []
    bounds = _uuids_from(text)
    by_number = Operation.objects.filter(pk__range=bounds) if bounds else Operation.objects.none()
    found = {each.pk: each for each in by_number.order_by("pk")[:FEW]}
    if len(found) < FEW:
        found |= {each.pk: each for each in _with_ticket(text)}
    return list(found.values())[: FEW + FEW]


def _with_ticket(text: str) -> QuerySet[Operation]:
    begun = AuditEvent.objects.filter(
        kind=EventKind.STARTED, reason__icontains=text, number__in=_newest_with(text)
    )
    newest = begun.order_by("-number").values_list("operation_id", flat=True)
    return Operation.objects.filter(pk__in=list(newest[: FEW + FEW])).order_by("-started_at")


def _newest_with(text: str) -> RawSQL:
    vendor = connections[AuditEvent.objects.db].vendor
    return RawSQL(_NEWEST_FIRST[vendor], [audit.PATTERN[vendor](text)])  # noqa: S611 - what was typed is a parameter


def plans(text: str) -> list[Plan]:
    """Among the newest: by the reason, or by the beginning of the number."""
    if len(text) < MIN_TEXT_CHARACTERS:
        return []
    newest = Plan.objects.order_by("-created_at")[:MAX_PLANS]
    folded = text.casefold()
    return [each for each in newest if folded in each.reason.casefold() or str(each.pk).startswith(folded)][
        :FEW
    ]


def _uuids_from(text: str) -> tuple[UUID, UUID] | None:
    """The first and the last number that begins so."""
    digits = text.lower().replace("-", "")
    if not _HEX.fullmatch(digits):
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))


def _records(*keys: Iterable[int]) -> dict[int, MonitorRecord]:
    return MonitorRecord.objects.in_bulk([key for some in keys for key in some])


def _in_order(rows: dict[int, MonitorRecord], hits: Hits, count: int) -> list[MonitorRecord]:
    return [rows[key] for key in hits.keys[:count] if key in rows]


def _former(keys: Sequence[int]) -> list[RecordRevision]:
    rows = RecordRevision.objects.select_related("record").in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def _mailboxes(found: Iterable[MonitorRecord], text: str) -> list[str]:
    folded = text.lower()
    return list(dict.fromkeys(each.email for each in found if folded in each.email.lower()))[:FEW]
