"""Several querysets by one statement: a page that shows a few rows of many kinds asks the database once."""

from collections.abc import Iterator, Mapping, Sequence
from sys import maxsize
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

Values = tuple[Any, ...]


def read(*querysets: "QuerySet[Any, Any]") -> list[list[Any]]:
    """The rows of each, in its order. What they prefetch is not read."""
    parts = [_Part(each) for each in querysets]
    asked = [part for part in parts if part.sql]
    for part, values in _rows(asked) if asked else ():
        part.values.append(values)
    return [part.rows() for part in parts]


def named(querysets: "Mapping[str, QuerySet[Any, Any] | None]") -> dict[str, list[Any]]:
    """The rows of each by its name; none where nothing is asked for."""
    asked = {name: each for name, each in querysets.items() if each is not None}
    found = zip(asked, read(*asked.values()), strict=True)
    return {**{name: [] for name in querysets}, **dict(found)}


def _rows(parts: Sequence["_Part"]) -> Iterator[tuple["_Part", Values]]:
    with connection.cursor() as cursor:
        cursor.execute(_union(parts), [each for part in parts for each in part.parameters])
        rows = cursor.fetchall()
    for number, *values in rows:
        part = parts[number]
        start = sum(len(before.columns) for before in parts[:number])
        yield part, tuple(values[start : start + len(part.columns)])


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
        self.queryset = queryset if queryset.query.is_sliced else queryset[:maxsize]
        self.compiler = self.queryset.query.get_compiler(connection=connection)
        self.sql, self.parameters = self._compiled()
        self.columns = self.compiler.select or []
        self.values: list[Values] = []

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

    def rows(self) -> list[Any]:
        if not self.sql:
            return []
        # What the iteration of a queryset asks for.
        vars(self.compiler)["execute_sql"] = lambda *_, **__: [self.values]
        vars(self.queryset.query)["get_compiler"] = lambda *_, **__: self.compiler
        iterate: Any = self.queryset._iterable_class
        return list(iterate(self.queryset))
