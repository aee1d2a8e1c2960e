"""Queries whose SQL is put together once: for a short page that takes longer than the database does.

Kept once for the process: what each of a web process's threads kept for itself took a megabyte for each of them.
"""

from collections.abc import Callable, Collection, Hashable, Sequence
from datetime import UTC, datetime, timedelta
from threading import local
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from monitors.models import fixed

Row = TypeVar("Row")
Kept = TypeVar("Kept")
Key = TypeVar("Key", int, str, UUID)
Value = int | str | datetime | UUID
Marked = TypeVar("Marked", bound=Value)
_FIRST_MOMENT = datetime(7000, 1, 1, tzinfo=UTC)
SIZES = (1, 4, 16)  # of keys in one query
_FIRST_MARKER = 2_147_000_000  # fits every column of numbers, and is no value in any query

_kept: dict[Hashable, Any] = {}
_fetched = local()  # `rows`, of which a thread makes the rows of a queryset


def read(shape: Hashable, build: "Callable[..., QuerySet[Any, Row]]", *values: Value) -> list[Row]:
    """The rows of `build(*values)`. Two calls of one shape may differ only in the values; None: put together anew."""
    if shape is None:
        return list(build(*values))
    return kept(shape, lambda: _Prepared(build, values)).read(values)


def by_key(shape: Hashable, build: "Callable[..., QuerySet[Any, Row]]", *values: Value) -> list[Row]:
    """`read` of rows that are found by keys, whatever the values: PostgreSQL keeps its plan too (models/fixed.py)."""
    return kept(("by key", shape), lambda: _Prepared(build, values)).read(values, fixed.cursor)


def only(shape: Hashable, build: "Callable[..., QuerySet[Any, Row]]", *values: Value) -> Row:
    """The first row that is found by a key; raises the model's DoesNotExist where there is none, as `get` does."""
    for row in by_key(shape, build, *values):
        return row
    raise build(*values).model.DoesNotExist


def padded(keys: Sequence[Key], size: int) -> tuple[Key, ...]:
    """As many keys as the shape of a query has places for, or none: a number of rows is no shape of its own."""
    last = list(keys[-1:])
    return tuple(list(keys) + last * (size - len(keys)))


def of_keys(
    shape: Hashable, build: "Callable[..., QuerySet[Any, Row]]", keys: Collection[Key], *values: Value
) -> list[Row]:
    """`by_key` of `build(*values, *keys)` for any number of keys, by few shapes; nothing for none."""
    if not keys:
        return []
    size: int | None = next((each for each in SIZES if each >= len(keys)), None)
    places = (*values, *padded(list(keys), size or len(keys)))
    return by_key((shape, size), build, *places) if size else list(build(*places))


def own_connection() -> BaseDatabaseWrapper:
    """This thread's, itself: the stand-in looks it up anew at each of its attributes, and rows ask for many."""
    return connections[DEFAULT_DB_ALIAS]


def kept(shape: Hashable, make: Callable[[], Kept]) -> Kept:
    """What is made once for a shape and is the same for all threads; the first one's connection stays with it."""
    key = own_connection().vendor, shape
    if key not in _kept:
        _kept[key] = make()
    made: Kept = _kept[key]
    return made


def quick(convert: Callable[..., Any], own: BaseDatabaseWrapper) -> Callable[..., Any]:
    """The same converter, but for moments on SQLite: Django's own asks the settings for each of them."""
    return _aware if convert == getattr(own.ops, "convert_datetimefield_value", None) else convert


def _aware(value: datetime | str | None, column: Any, own: BaseDatabaseWrapper) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=own.timezone)
    ops: Any = own.ops  # what SQLite computed comes as text
    aware: datetime | None = ops.convert_datetimefield_value(value, column, own)
    return aware


def markers(values: Sequence[Marked]) -> list[Marked]:
    """Stand-ins by which the places of the values are found among the parameters of a statement."""
    return [cast("Marked", _marker(number, value)) for number, value in enumerate(values)]


class Places:
    """Where the values go among a statement's parameters."""

    def __init__(self, marked: Sequence[Value], parameters: Sequence[Any]) -> None:
        found = list(map(_adapted, marked))
        self.parameters = [
            (found.index(each), None) if each in found else (None, each) for each in parameters
        ]
        assert {place for place, _ in self.parameters} >= set(range(len(found))), parameters

    def bind(self, values: Sequence[Value]) -> tuple[Any, ...]:
        adapted = list(map(_adapted, values))
        return tuple(each if place is None else adapted[place] for place, each in self.parameters)


class RowsOf:
    """Makes the rows of a queryset out of what its statement, run without it, has fetched; for any thread."""

    def __init__(self, queryset: QuerySet[Any, Any], compiler: SQLCompiler) -> None:
        self.queryset = queryset
        columns = [column for column, *_ in (compiler.select or [])[: compiler.col_count]]
        converters = {
            place: ([quick(each, compiler.connection) for each in found], column)
            for place, (found, column) in compiler.get_converters(columns).items()
        }
        # What the iteration of a queryset asks for.
        vars(queryset.query)["get_compiler"] = lambda *_, **__: compiler
        vars(compiler)["get_converters"] = lambda _columns: converters
        vars(compiler)["execute_sql"] = lambda *_, **__: [_fetched.rows]

    def made(self, fetched: Sequence[Any]) -> list[Any]:
        _fetched.rows = fetched
        iterate: Any = self.queryset._iterable_class
        return list(iterate(self.queryset))


class _Prepared:
    def __init__(self, build: Callable[..., QuerySet[Any]], values: Sequence[Value]) -> None:
        marked = markers(values)
        queryset = build(*marked)
        compiler = queryset.query.get_compiler(connection=own_connection())
        self.sql, parameters = compiler.as_sql()
        self.rows_of = RowsOf(queryset, compiler)
        self.places = Places(marked, parameters)

    def read(self, values: Sequence[Value], cursor: Callable[[], Any] | None = None) -> list[Any]:
        own_cursor = cursor or connection.cursor  # of the thread that asks, not of the one that imported this
        with own_cursor() as own:
            own.execute(self.sql, self.places.bind(values))
            rows = own.fetchall()
        return self.rows_of.made(rows)


def _marker(number: int, value: Value) -> Value:
    if isinstance(value, datetime):
        return _FIRST_MOMENT + timedelta(days=number)
    marker = _FIRST_MARKER + number
    if isinstance(value, UUID):
        return UUID(int=marker)
    return marker if isinstance(value, int) else str(marker)


def _adapted(value: Value) -> Any:
    """As the database's driver takes it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value
