"""One page of a long list: the keys by the index first, then only those rows."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
SIZE = 50


@dataclass(frozen=True, slots=True)
class Slice(Generic[M]):
    """The rows of one page and where it stands; `place` is Django's page of their keys."""

    rows: list[M]
    place: "Page[int]"


def page(rows: QuerySet[M], number: str | None, *, count: int | None = None) -> Slice[M]:
    """Page `number` of an ordered queryset, the nearest there is when it is odd or too high."""
    paginator = Paginator(rows.values_list("pk", flat=True), SIZE)
    if count is not None:
        paginator.count = count  # somebody has counted already
    place = paginator.get_page(number or 1)
    found = rows.in_bulk(list(place.object_list))
    return Slice([found[key] for key in place.object_list if key in found], place)
