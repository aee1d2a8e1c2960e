"""The rows of what a search found, of all kinds by one statement, with the operations and plans that the text names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db import connections
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import RawSQL

from monitors.models import AuditEvent, Customer, MonitorRecord, Operation, Plan, RecordRevision, together
from monitors.models import Kind as EventKind
from monitors.selectors import audit, customers
from monitors.selectors.matching import Kind

FEW = 3
MIN_TEXT_CHARACTERS = 3  # for operations and plans
MAX_EVENTS = 200  # the newest that hold a ticket
MAX_PLANS = 100  # the newest, read through
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
    asked = _operations(text, is_a_name=any(keys.values()))
    found = together.named({**_by_keys(keys), **asked, "plans": _plans(text)})
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


def _by_keys(keys: Mapping[Kind, Sequence[int]]) -> "dict[str, QuerySet[Any, Any]]":
    records = MonitorRecord.objects.select_related("changed_by")
    revisions = RecordRevision.objects.select_related("record", "began_by", "ended_by")
    return {
        "customers": Customer.objects.filter(pk__in=keys[Kind.CUSTOMERS]),
        "places": customers.records_of(*keys[Kind.CUSTOMERS]),
        "records": records.filter(pk__in=[*keys[Kind.RECORDS], *keys[Kind.GONE]]),
        "revisions": revisions.filter(pk__in=keys[Kind.FORMER]),
    }


def _operations(text: str, *, is_a_name: bool) -> "dict[str, QuerySet[Operation] | None]":
    """By the beginning of the number, or by a ticket in the reason; the newest first.

    A name stands in so much of the log that looking through all of it would take as long as the log is; a ticket
    stands in little.
    """
    if len(text) < MIN_TEXT_CHARACTERS or not re.search(r"\d", text):
        return {"by_number": None, "by_ticket": None}
    bounds = _uuids_from(text)
    by_number = Operation.objects.filter(pk__range=bounds).order_by("pk")[:FEW] if bounds else None
    return {"by_number": by_number, "by_ticket": _with_ticket(text, is_recent=is_a_name)}


def _with_ticket(text: str, *, is_recent: bool) -> QuerySet[Operation]:
    begun = AuditEvent.objects.filter(
        kind=EventKind.STARTED, reason__icontains=text, number__in=_newest_with(text, is_recent=is_recent)
    )
    newest = begun.order_by("-number").values("operation_id")
    return Operation.objects.filter(pk__in=newest[: FEW + FEW]).order_by("-started_at")


def _newest_with(text: str, *, is_recent: bool) -> RawSQL:
    vendor = connections[AuditEvent.objects.db].vendor
    # SQLite takes as long to find the newest one as to read all that are recent.
    sql = audit.SEARCH[vendor] + (_RECENT[vendor] if is_recent else _NEWEST)
    return RawSQL(sql, [audit.PATTERN[vendor](text)])  # noqa: S611 - what was typed is a parameter


def _plans(text: str) -> QuerySet[Plan] | None:
    """The newest; of them those that the database can tell apart as `_is_called` does."""
    if len(text) < MIN_TEXT_CHARACTERS:
        return None
    newest = Plan.objects.order_by("-created_at")[:MAX_PLANS]
    if not text.isascii():
        return newest
    bounds = _uuids_from(text)
    called = Q(reason__icontains=text) | (Q(pk__range=bounds) if bounds else Q())
    return Plan.objects.filter(called, pk__in=newest.values("pk")).order_by("-created_at")


def _is_called(plan: Plan, text: str) -> bool:
    folded = text.casefold()
    return folded in plan.reason.casefold() or str(plan.pk).startswith(folded)


def _uuids_from(text: str) -> tuple[UUID, UUID] | None:
    """The first and the last number that begins so."""
    digits = text.lower().replace("-", "")
    if not _HEX.fullmatch(digits):
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
