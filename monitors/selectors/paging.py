"""One page of a long list: the keys by the index first, then only those rows."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet

T = TypeVar("T")
M = TypeVar("M", bound=Model)
ROWS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Results(Generic[T]):
    """The rows of one page; `page` is Django's, of the numbers alone."""

    rows: list[T]
    page: "Page[Any]"


def paginate(rows: QuerySet[M], number: str | None, *, count: int | None = None) -> Results[M]:
    """Page `number` of an ordered queryset, the nearest there is when the number is invalid or too high.

    One query: the keys of the page by the index alone, from whichever end is nearer, and only their rows.
    """
    paginator = Paginator(rows, ROWS_PER_PAGE)
    if count is not None:
        paginator.count = count  # the caller has counted already
    page = paginator.get_page(number or 1)
    return Results(_rows_of(rows, page), page)


def _rows_of(rows: QuerySet[M], page: "Page[Any]") -> list[M]:
    if page.number == 1:
        return list(rows[:ROWS_PER_PAGE])
    count = page.paginator.count
    first, end = (page.number - 1) * ROWS_PER_PAGE, min(page.number * ROWS_PER_PAGE, count)
    if first <= count // 2:
        return _slice(rows, first, end)
    return _slice(rows.reverse(), count - end, count - first)[::-1]


def _slice(rows: QuerySet[M], first: int, end: int) -> list[M]:
    if first == 0:
        return list(rows[:end])
    keys = rows.select_related(None).prefetch_related(None).values("pk")[first:end]
    return list(rows.filter(pk__in=keys))


def page_of_keys(rows: QuerySet[M], number: str | None, *, size: int, count: int | None) -> "Page[int]":
    paginator = Paginator(rows.values_list("pk", flat=True), size)
    if count is not None:
        paginator.count = count  # the caller has counted already
    return paginator.get_page(number or 1)


def in_page_order(rows: QuerySet[M], page: "Page[int]") -> list[M]:
    by_key = rows.in_bulk(list(page.object_list))
    return [by_key[key] for key in page.object_list if key in by_key]
