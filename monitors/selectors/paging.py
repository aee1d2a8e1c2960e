"""Numbered pages, for lists that are never long; selectors/keyset.py has the others."""

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


def paginate(rows: QuerySet[M], number: str | None) -> Results[M]:
    """Page `number` of a list that is never long, the nearest there is when the number is invalid or too high."""
    page = Paginator(rows, ROWS_PER_PAGE).get_page(number or 1)
    return Results(list(page.object_list), page)
