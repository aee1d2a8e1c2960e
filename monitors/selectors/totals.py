"""Counts of whole tables, taken anew only after something was written.

Whatever changes the mirror or an operation writes an audit event in the same transaction, so
the length of the log says whether a count may still be told. While a list is being written
nothing is remembered: the first one has a single event at its end.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar, cast

from django.db import connection
from django.db.models import IntegerField, QuerySet, Subquery, Value

from monitors.models import Mirror

T = TypeVar("T")
Version = tuple[datetime | None, int]  # when the list was asked for, events in the log

MAX_REMEMBERED = 100  # names; of moments the latest that somebody looked at

_remembered: dict[str, tuple[Any, Any]] = {}
_remembering = Lock()


def at(version: object, name: str, count: Callable[[], T]) -> T:
    """What `count` says, or said at this version (with whatever else it hangs on); None: count anew."""
    key = (connection.settings_dict["NAME"], version)
    known, value = _remembered.get(name, (None, None))
    if version is not None and known == key:
        return cast(T, value)
    counted = count()
    if version is not None:
        _remember(name, (key, counted))
    return counted


def _remember(name: str, entry: tuple[Any, Any]) -> None:
    """The newest last, so that the oldest goes first."""
    with _remembering:
        _remembered.pop(name, None)
        _remembered[name] = entry
        while len(_remembered) > MAX_REMEMBERED:
            del _remembered[next(iter(_remembered))]


def count_all(groups: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows each has, by one query."""
    counted = {name: size(rows) for name, rows in groups.items()}
    row = Mirror.objects.annotate(**counted).values_list(*groups).get(pk=1)
    return dict(zip(groups, row, strict=True))


class Size(Subquery):
    """How many rows a queryset has, as a value in another."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def size(rows: QuerySet[Any], most: int | None = None) -> Size:
    """Their order does not count, nor what is beyond the first `most`."""
    return Size(rows.order_by().values(n=Value(1))[:most])


def forget() -> None:
    """For tests, which take back what they wrote."""
    _remembered.clear()
