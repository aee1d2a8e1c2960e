"""One page of who was monitored at a moment, from the attachment where the page beside it ended."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from monitors.models import Attachment, Totals, prepared
from monitors.models.day_totals import compiled, totals_at, totals_of, totals_sql
from monitors.selectors import record_walk, totals
from monitors.selectors.audit import parse_number
from monitors.selectors.monitored import columns_of, in_order
from monitors.selectors.monitored_rows import MonitoredRow, as_they_were, row_of

ROWS_PER_PAGE = 50
MAX_COUNTED = 1_000  # of a filter's hits
FEW = 1_000  # attachments of a moment that are sorted rather than met in the order of an index
Keys = QuerySet[Attachment, Any] | RawSQL

_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Between two pages: after this attachment or before that one, by their keys; neither: at the beginning."""

    after: int | None = None
    before: int | None = None

    @classmethod
    def parse(cls, *, after: str | None, before: str | None) -> "Place":
        return cls(parse_number(after), parse_number(before))


@dataclass(frozen=True, slots=True)
class TablePage:
    """`previous` and `next` are the keys of the pages beside it, None at an end.

    `found` is how many there are on all pages; None where that was not asked for, or is more than MAX_COUNTED.
    """

    rows: list[MonitoredRow]
    previous: int | None
    next: int | None
    found: Totals | None


def known_totals(moment: datetime, version: totals.Version | None, *, is_now: bool) -> Totals:
    """All who were monitored then; counted once until something is written."""
    name = "monitored now" if is_now else f"monitored {moment.isoformat()}"
    return totals.at(version, name, lambda: totals_at(moment))


def existing_at(moment: datetime) -> QuerySet[Attachment]:
    """The same as `lasting_at`, for reading everything ever in the order of an index until a page is full."""
    # Hidden, so that no planner gathers a record's by their beginnings or ends.
    began_at, ended_at = Coalesce("attached_at", "attached_at"), Coalesce("detached_at", Value(_END_OF_TIME))
    hidden = Attachment.objects.alias(began_at=began_at, ended_at=ended_at)
    return hidden.filter(began_at__lte=moment, ended_at__gt=moment)


@dataclass(frozen=True, slots=True)
class Chosen:
    """`attachments` come from `existing_at`, or where there are few of that moment from `lasting_at`.

    None: all of `existing_at`, by a query that is prepared. `is_counted`: the page tells how many there are.
    """

    attachments: QuerySet[Attachment] | None
    is_few: bool = False
    is_counted: bool = False


EVERYBODY = Chosen(None)


def table_page(chosen: Chosen, *, moment: datetime, sort: str, place: Place) -> TablePage:
    is_backward = place.after is None and place.before is not None
    order = _reversed(sort) if is_backward else sort
    anchor = place.before if is_backward else place.after
    rows, found = _read(chosen, anchor, moment, order)
    if anchor is not None and not rows:
        return table_page(chosen, moment=moment, sort=sort, place=Place())
    shown, has_more = rows[:ROWS_PER_PAGE], len(rows) > ROWS_PER_PAGE
    if is_backward:
        return _page(shown[::-1], found, has_previous=has_more, has_next=True)
    return _page(shown, found, has_previous=anchor is not None, has_next=has_more)


def _page(rows: list[MonitoredRow], found: Totals | None, *, has_previous: bool, has_next: bool) -> TablePage:
    return TablePage(
        rows,
        rows[0].pk if rows and has_previous else None,
        rows[-1].pk if rows and has_next else None,
        found if found and found.attachments <= MAX_COUNTED else None,
    )


def _read(
    chosen: Chosen, anchor: int | None, moment: datetime, sort: str
) -> tuple[list[MonitoredRow], Totals | None]:
    attachments = chosen.attachments
    if attachments is None:
        return list(map(row_of, _of_all(anchor, moment, sort))), None
    keys = _keys(attachments, anchor, sort, chosen.is_few)
    if chosen.is_counted and not isinstance(keys, RawSQL):
        found, counted = _keys_and_totals(keys, _counted(attachments))
        return list(map(row_of, _by_key(found, moment, sort))), counted
    rows = list(map(row_of, _rows(keys, moment, sort)))
    return rows, totals_of(_counted(attachments)) if chosen.is_counted else None


def _counted(attachments: QuerySet[Attachment]) -> QuerySet[Attachment, Any]:
    return attachments.order_by().values("customer", "record")[: MAX_COUNTED + 1]


def _keys_and_totals(
    keys: QuerySet[Attachment, Any], counted: QuerySet[Attachment, Any]
) -> tuple[list[int], Totals]:
    """By one query."""
    (all_sql, all_values), (sql, values) = totals_sql(counted), compiled(keys)
    joined = f"SELECT counted.*, found.pk FROM ({all_sql}) counted LEFT JOIN ({sql}) found ON 1 = 1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(joined, (*all_values, *values))
        rows = cursor.fetchall()
    return [row[-1] for row in rows if row[-1] is not None], Totals(*rows[0][:-1])


def _of_all(anchor: int | None, moment: datetime, sort: str) -> list[tuple[Any, ...]]:
    """By one query. The keys first and then their rows, so that what is shown beside cannot change the plan."""

    def build(moment: datetime, *behind: int) -> QuerySet[Any]:
        keys = _keys(existing_at(moment), behind[0] if behind else None, sort, is_few=False)
        return _rows(keys, moment, sort)

    behind = () if anchor is None else (anchor,)
    return prepared.read(("monitored", *_order(sort), len(behind)), build, moment, *behind)


def _by_key(keys: list[int], moment: datetime, sort: str) -> list[tuple[Any, ...]]:
    """By a query that is prepared: only the one that finds the keys differs with the filters."""

    def build(moment: datetime, *keys: int) -> QuerySet[Any]:
        return _rows(keys, moment, sort)

    padded = prepared.padded(keys, ROWS_PER_PAGE + 1)
    return prepared.by_key(("monitored by key", *_order(sort)), build, moment, *padded) if keys else []


def _order(sort: str) -> tuple[Any, ...]:
    return columns_of(sort), sort.startswith("-")


def _rows(keys: Keys | tuple[int, ...], moment: datetime, sort: str) -> QuerySet[Any]:
    page = in_order(Attachment.objects.filter(pk__in=keys), sort)[: ROWS_PER_PAGE + 1]
    return as_they_were(page, moment)


def _keys(attachments: QuerySet[Attachment], anchor: int | None, sort: str, is_few: bool) -> Keys:
    """Of the first rows behind that attachment."""
    if sort.removeprefix("-") == "record" and not is_few:
        return record_walk.keys(attachments, anchor, ROWS_PER_PAGE + 1, is_descending=sort.startswith("-"))
    beyond = attachments if anchor is None else attachments.filter(_beyond(anchor, sort))
    ordered = in_order(beyond, sort) if is_few else _along_the_index(beyond, sort)
    return ordered.values("pk")[: ROWS_PER_PAGE + 1]


def _along_the_index(attachments: QuerySet[Attachment], sort: str) -> QuerySet[Attachment]:
    sign = "-" if sort.startswith("-") else ""
    return attachments.order_by(*(f"{sign}{column}" for column in columns_of(sort)))


def _reversed(sort: str) -> str:
    return sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"


def _beyond(anchor: int, sort: str) -> Q:
    """What comes after that attachment in this order."""
    side = "lt" if sort.startswith("-") else "gt"
    *columns, key = columns_of(sort)
    condition = Q(**{f"{key}__{side}": anchor})
    for column in reversed(columns):
        value = Subquery(Attachment.objects.filter(pk=anchor).values(column)[:1])
        condition = Q(**{f"{column}__{side}e": value}) & (Q(**{f"{column}__{side}": value}) | condition)
    return condition
