"""Several querysets by one statement: a page that shows a few rows of many kinds asks the database once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from sys import maxsize
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from monitors.models import fixed, prepared

Values = tuple[Any, ...]


def named(querysets: "Mapping[str, QuerySet[Any, Any] | None]") -> dict[str, list[Any]]:
    """The rows of each by its name, in its order, without what it prefetches; none where nothing is asked for."""
    asked = {name: each for name, each in querysets.items() if each is not None}
    return {**{name: [] for name in querysets}, **_Together(asked).read(())}


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of rows, of `build(*values)`."""

    name: str
    build: "Callable[..., QuerySet[Any, Any]]"
    values: Sequence[prepared.Value] = ()


def prepared_named(asked: Sequence[Asked], *, by_key: bool = False) -> dict[str, list[Any]]:
    """The rows of each by its name. The SQL is put together once for as many values of the same functions.

    `by_key`: all are found by keys, as prepared.by_key says.
    """
    values = [value for each in asked for value in each.values]

    def make() -> _Together:
        marked = prepared.markers(values)
        places = iter(marked)
        return _Together({each.name: each.build(*islice(places, len(each.values))) for each in asked}, marked)

    shape = tuple((each.name, each.build, len(each.values)) for each in asked)
    return prepared.kept(("together", shape), make).read(values, by_key=by_key)


class _Together:
    def __init__(
        self, querysets: "Mapping[str, QuerySet[Any, Any]]", marked: Sequence[prepared.Value] = ()
    ) -> None:
        self.parts = {name: _Part(each) for name, each in querysets.items()}
        self.asked = [part for part in self.parts.values() if part.sql]
        self.sql = _union(self.asked)
        self.places = prepared.Places(marked, [each for part in self.asked for each in part.parameters])

    def read(self, values: Sequence[prepared.Value], *, by_key: bool = False) -> dict[str, list[Any]]:
        found = self._rows_of_each(self._fetch(values, by_key=by_key) if self.asked else [])
        return {name: part.rows(next(found)) if part.sql else [] for name, part in self.parts.items()}

    def _fetch(self, values: Sequence[prepared.Value], *, by_key: bool) -> list[Values]:
        with fixed.cursor() if by_key else connection.cursor() as cursor:
            cursor.execute(self.sql, self.places.bind(values))
            rows: list[Values] = cursor.fetchall()
        return rows

    def _rows_of_each(self, rows: Sequence[Values]) -> Iterator[list[Values]]:
        """Of each part that is asked, in their order."""
        begin = 1  # behind the part's number
        for number, part in enumerate(self.asked):
            end = begin + len(part.columns)
            yield [row[begin:end] for row in rows if row[0] == number]
            begin = end


def _union(parts: Sequence["_Part"]) -> str:
    # The first says of what type the columns of the others are.
    return " UNION ALL ".join(
        f"SELECT {number}, "  # noqa: S608 - the SQL of querysets, whose values are parameters
        + ", ".join("part.*" if each is part else each.nothing(is_typed=not number) for each in parts)
        + f" FROM ({part.sql}) AS part"
        for number, part in enumerate(parts)
    )


class _Part:
    """One queryset with its SQL, empty where it can find nothing."""

    def __init__(self, queryset: "QuerySet[Any, Any]") -> None:
        # Without a limit a database may forget the order of a part.
        bounded = queryset if queryset.query.is_sliced else queryset[:maxsize]
        self.compiler = bounded.query.get_compiler(connection=prepared.own_connection())
        self.sql, self.parameters = self._compiled()
        self.columns = self.compiler.select or []
        self.rows_of = prepared.RowsOf(bounded, self.compiler)

    def _compiled(self) -> tuple[str, Values]:
        try:
            sql, parameters = self.compiler.as_sql(with_col_aliases=True)
        except EmptyResultSet:
            return "", ()
        return sql, tuple(parameters)

    def nothing(self, *, is_typed: bool) -> str:
        if not is_typed or connection.vendor == "sqlite":
            return ", ".join(["NULL"] * len(self.columns))
        types = (column.output_field.db_type(connection) for column, _sql, _alias in self.columns)
        return ", ".join(f"NULL::{each}" for each in types)

    def rows(self, values: list[Values]) -> list[Any]:
        return self.rows_of.made(values)
