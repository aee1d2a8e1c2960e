"""The rows of what a search found, of all kinds by one statement, with the operations and plans that the text names."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import connections
from django.db.models import Model, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import StrIndex, Upper

from monitors.models import AuditEvent, Customer, MonitorRecord, Operation, Plan, RecordRevision, prepared
from monitors.models import Kind as EventKind
from monitors.models.together import Asked, prepared_named
from monitors.selectors import audit, customers
from monitors.selectors.matching import Kind

FEW = 3
MIN_TEXT_CHARACTERS = 3  # for operations and plans
MAX_EVENTS = 200  # the newest that hold a ticket
MAX_PLANS = 100  # the newest, read through
MAX_KEYS = 20  # of a kind, for which a statement has places
_HEX = re.compile(r"[0-9a-f]{4,32}")
_NEWEST = f" ORDER BY 1 DESC LIMIT {MAX_EVENTS}"
# Where a ticket is looked for that is a part of somebody's name.
_RECENT = {
    "sqlite": " AND rowid > (SELECT length FROM monitors_auditchain) - 5000",
    "postgresql": " AND number > (SELECT length FROM monitors_auditchain) - 5000",
}
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class NamedRows:
    """By their keys: customers with `records_now`, records with who changed them, revisions with who began and ended
    them. Operations and plans are few, in the order in which they are shown."""

    customers: dict[int, Customer]
    records: dict[int, MonitorRecord]
    revisions: dict[int, RecordRevision]
    operations: list[Operation]
    plans: list[Plan]


def read(text: str, keys: Mapping[Kind, Sequence[int]]) -> NamedRows:
    """What has these keys, and what else is called by the text."""
    found = defaultdict(list, prepared_named([*_by_keys(keys), *_by_text(text, keys)]))
    named = customers.with_records_now(found["customers"], found["places"])
    by_number, by_ticket = ({each.pk: each for each in found[name]} for name in ("by_number", "by_ticket"))
    # Whoever types a whole number means that one.
    operations = by_number if len(by_number) >= FEW else by_number | by_ticket
    return NamedRows(
        customers={each.pk: each for each in named},
        records={each.pk: each for each in found["records"]},
        revisions={each.pk: each for each in found["revisions"]},
        operations=list(operations.values())[: FEW + FEW],
        plans=[each for each in found["plans"] if _is_called(each, text)][:FEW],
    )


def in_order(rows: Mapping[int, M], keys: Sequence[int]) -> list[M]:
    return [rows[key] for key in keys if key in rows]


def _by_keys(keys: Mapping[Kind, Sequence[int]]) -> Iterator[Asked]:
    if some := prepared.padded(keys[Kind.CUSTOMERS], MAX_KEYS):
        yield Asked("customers", _customers, some)
        yield Asked("places", customers.records_of, some)
    if some := prepared.padded([*keys[Kind.RECORDS], *keys[Kind.GONE]], MAX_KEYS):
        yield Asked("records", _records, some)
    if some := prepared.padded(keys[Kind.FORMER], MAX_KEYS):
        yield Asked("revisions", _revisions, some)


def _customers(*keys: int) -> QuerySet[Customer]:
    return Customer.objects.filter(pk__in=keys)


def _records(*keys: int) -> QuerySet[MonitorRecord]:
    return MonitorRecord.objects.select_related("changed_by").filter(pk__in=keys)


def _revisions(*keys: int) -> QuerySet[RecordRevision]:
    return RecordRevision.objects.select_related("record", "began_by", "ended_by").filter(pk__in=keys)


def _by_text(text: str, keys: Mapping[Kind, Sequence[int]]) -> Iterator[Asked]:
    """Operations by the beginning of the number or by a ticket in the reason, and plans; the newest first.

    A name stands in so much of the log that looking through all of it would take as long as the log is; a ticket
    stands in little.
    """
    if len(text) < MIN_TEXT_CHARACTERS:
        return
    bounds = _uuids_from(text)
    if re.search(r"\d", text):
        if bounds:
            yield Asked("by_number", _numbered, bounds)
        with_ticket = _with_recent_ticket if any(keys.values()) else _with_ticket
        yield Asked("by_ticket", with_ticket, (audit.PATTERN[_vendor()](text), text))
    yield Asked("plans", _plans, (text, *(bounds or ()))) if text.isascii() else Asked("plans", _newest_plans)


def _vendor() -> str:
    return connections[AuditEvent.objects.db].vendor


def _numbered(first: UUID, last: UUID) -> QuerySet[Operation]:
    return Operation.objects.filter(pk__range=(first, last)).order_by("pk")[:FEW]


def _with_ticket(pattern: str, text: str) -> QuerySet[Operation]:
    return _begun_with(pattern, text, _NEWEST)


def _with_recent_ticket(pattern: str, text: str) -> QuerySet[Operation]:
    """SQLite takes as long to find the newest one as to read all that are recent."""
    return _begun_with(pattern, text, _RECENT[_vendor()])


def _begun_with(pattern: str, text: str, end: str) -> QuerySet[Operation]:
    numbers = RawSQL(audit.SEARCH[_vendor()] + end, [pattern])  # noqa: S611 - what was typed is a parameter
    begun = AuditEvent.objects.alias(place=_place_in_reason(text)).filter(
        kind=EventKind.STARTED, number__in=numbers, place__gt=0
    )
    newest = begun.order_by("-number").values("operation_id")
    return Operation.objects.filter(pk__in=newest[: FEW + FEW]).order_by("-started_at")


def _place_in_reason(text: str) -> StrIndex:
    return StrIndex(Upper("reason"), Upper(Value(text)))


def _plans(text: str, *bounds: UUID) -> QuerySet[Plan]:
    """Of the newest those that the database can tell apart as `_is_called` does."""
    numbered = Q(pk__range=bounds) if bounds else Q()
    called = Plan.objects.alias(place=_place_in_reason(text)).filter(Q(place__gt=0) | numbered)
    return called.filter(pk__in=_newest_plans().values("pk")).order_by("-created_at")


def _newest_plans() -> QuerySet[Plan]:
    return Plan.objects.order_by("-created_at")[:MAX_PLANS]


def _is_called(plan: Plan, text: str) -> bool:
    folded = text.casefold()
    return folded in plan.reason.casefold() or str(plan.pk).startswith(folded)


def _uuids_from(text: str) -> tuple[UUID, UUID] | None:
    """The first and the last number that begins so."""
    digits = text.lower().replace("-", "")
    if not _HEX.fullmatch(digits):
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
