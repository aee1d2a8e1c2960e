"""Many rows by their keys as plain tuples: one parameter for all keys, so that the statement is put together once.

Values become Python's a column at a time, each only once: most columns of a file hold few different ones.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, QuerySet, Value

from monitors.models import many, prepared

Column = Sequence[Any]
_KEYS = object()  # stands where they go among the parameters


class Among(Func):
    """That a column is one of these numbers, however many."""

    output_field = BooleanField()

    def __init__(self, column: str, keys: Any) -> None:
        super().__init__(F(column), Value(keys if keys is _KEYS else many.adapted(keys)))

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        joiner = " IN (SELECT value FROM json_each("
        return self.as_sql(compiler, connection, template="%(expressions)s))", arg_joiner=joiner)

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        return self.as_sql(compiler, connection, template="%(expressions)s)", arg_joiner=" = ANY(")


@dataclass(frozen=True, slots=True)
class Rows:
    """These columns, of which the first is the key, of what `build` makes."""

    build: Callable[[], QuerySet[Any]]
    columns: Sequence[str]

    def read(self, keys: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        """Those of these keys, in their order."""
        return prepared.kept(self, lambda: _Statement(self.build(), self.columns)).read(keys)


class _Statement:
    def __init__(self, rows: QuerySet[Any], columns: Sequence[str]) -> None:
        chosen = rows.filter(Among("pk", _KEYS)).order_by().values_list(*columns)
        compiler = chosen.query.get_compiler(connection=prepared.own_connection())
        self.sql, self.parameters = compiler.as_sql()
        self.converters = compiler.get_converters([column for column, *_ in compiler.select or []])

    def read(self, keys: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        by_key = {row[0]: row for row in self._fetch(keys)}
        columns: list[Column] = list(zip(*(by_key[key] for key in keys), strict=True))
        for place, (converters, expression) in self.converters.items():
            columns[place] = _converted(columns[place], converters, expression)
        return zip(*columns, strict=True)

    def _fetch(self, keys: Sequence[int]) -> list[tuple[Any, ...]]:
        given = many.adapted(keys)
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [given if each is _KEYS else each for each in self.parameters])
            fetched: list[tuple[Any, ...]] = cursor.fetchall()
        return fetched


def _converted(column: Column, converters: Sequence[Callable[..., Any]], expression: Any) -> Column:
    known = {value: value for value in column}
    own = prepared.own_connection()
    for convert in converters:
        known = {value: convert(each, expression, own) for value, each in known.items()}
    return [known[value] for value in column]
