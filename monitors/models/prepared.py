"""Queries whose SQL is put together once: for a short page that takes longer than the database does.

Kept with each connection, which belongs to one thread.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

Row = TypeVar("Row")
Value = int | str | datetime | UUID
_FIRST_MOMENT = datetime(7000, 1, 1, tzinfo=UTC)
_FIRST_MARKER = 2_147_000_000  # fits every column of numbers, and is no value in any query

_prepared: "WeakKeyDictionary[BaseDatabaseWrapper, dict[Hashable, _Prepared]]" = WeakKeyDictionary()


def read(shape: Hashable, build: "Callable[..., QuerySet[Any, Row]]", *values: Value) -> list[Row]:
    """The rows of `build(*values)`. Two calls of one shape may differ only in the values; None: put together anew."""
    if shape is None:
        return list(build(*values))
    of_connection = _prepared.setdefault(connection._connections[connection._alias], {})  # type: ignore[attr-defined]
    if shape not in of_connection:
        of_connection[shape] = _Prepared(build, values)
    return of_connection[shape].read(values)


def only(shape: Hashable, build: "Callable[..., QuerySet[Any, Row]]", *values: Value) -> Row:
    """The first row; raises the model's DoesNotExist where there is none, as `get` does."""
    for row in read(shape, build, *values):
        return row
    raise build(*values).model.DoesNotExist


def padded(keys: Sequence[int], size: int) -> tuple[int, ...]:
    """As many keys as the shape of a query has places for: a number of rows is no shape of its own."""
    return (*keys, *(keys[-1] for _ in range(size - len(keys))))


class _Prepared:
    def __init__(self, build: Callable[..., QuerySet[Any]], values: Sequence[Value]) -> None:
        marked = [_marker(number, value) for number, value in enumerate(values)]
        self.queryset, markers = build(*marked), list(map(_adapted, marked))
        self.compiler = self.queryset.query.get_compiler(connection=connection)
        self.sql, parameters = self.compiler.as_sql()
        self.parameters = [
            (markers.index(each), None) if each in markers else (None, each) for each in parameters
        ]
        assert {place for place, _ in self.parameters} >= set(range(len(markers))), self.sql

    def read(self, values: Sequence[Value]) -> list[Any]:
        adapted = list(map(_adapted, values))
        bound = tuple(each if place is None else adapted[place] for place, each in self.parameters)
        # What the iteration of a queryset asks for.
        vars(self.compiler)["as_sql"] = lambda *_, **__: (self.sql, bound)
        vars(self.queryset.query)["get_compiler"] = lambda *_, **__: self.compiler
        iterate: Any = self.queryset._iterable_class
        return list(iterate(self.queryset))


def _marker(number: int, value: Value) -> Value:
    if isinstance(value, datetime):
        return _FIRST_MOMENT + timedelta(days=number)
    marker = _FIRST_MARKER + number
    return marker if isinstance(value, int) else str(marker)


def _adapted(value: Value) -> Any:
    """As the database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
