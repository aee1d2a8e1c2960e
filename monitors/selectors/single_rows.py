"""The row 1 of a table, with rows of others beside it, by one plain query: what every page reads.

The ORM has no join without a relation, and writing eight subqueries takes it longer than all else in the frame.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from monitors.models import fixed, prepared

M = TypeVar("M", bound=Model)
MAX_KEY = 2**63 - 1  # of any row; neither database takes a larger one as a parameter


@dataclass(frozen=True, slots=True)
class Beside:
    """A row of `model` for which the SQL `on` holds; rows are called by their keys in the mapping."""

    model: type[Model]
    on: str


@dataclass(frozen=True, slots=True)
class Question:
    """More rows, SQL that is true or false or text, the parameters of the rows in their order, and those of the SQL
    that is `selected`."""

    rows: Mapping[str, Beside] = field(default_factory=dict)
    truths: Mapping[str, str] = field(default_factory=dict)
    parameters: Sequence[Any] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    selected: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """SQL of rows that are counted, and all parameters in its order."""

    rows: Mapping[str, str] = field(default_factory=dict)
    parameters: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """None: no such row."""

    rows: dict[str, Model | None]
    truths: dict[str, bool]
    counts: dict[str, int]
    texts: dict[str, str]


NOTHING_COUNTED = Counts()


def read(
    first: type[Model],
    joined: Mapping[str, Beside],
    question: Question,
    counts: Counts = NOTHING_COUNTED,
) -> Answer:
    """The row with the key 1 of `first` as "first", with those beside it."""
    rows = {"first": Beside(first, ""), **joined, **question.rows}
    with fixed.cursor() as cursor:
        # What is selected stands before what is joined.
        parameters = [*question.selected, *counts.parameters, *question.parameters]
        cursor.execute(_kept(rows, {**question.truths, **question.texts}, counts.rows), parameters)
        values = cursor.fetchone()
    if values is None:
        return _nothing(rows, question, counts)
    answer = Answer({}, {}, {}, {})
    for name, beside in rows.items():
        length = len(beside.model._meta.concrete_fields)
        answer.rows[name] = _row(beside.model, values[:length])
        values = values[length:]
    answer.truths.update(zip(question.truths, map(bool, values), strict=False))
    values = values[len(question.truths) :]
    answer.texts.update(zip(question.texts, (value or "" for value in values), strict=False))
    answer.counts.update(zip(counts.rows, values[len(question.texts) :], strict=True))
    return answer


def _nothing(rows: Mapping[str, Beside], question: Question, counts: Counts) -> Answer:
    return Answer(
        dict.fromkeys(rows),
        dict.fromkeys(question.truths, False),
        dict.fromkeys(counts.rows, 0),
        dict.fromkeys(question.texts, ""),
    )


def _kept(rows: Mapping[str, Beside], values: Mapping[str, str], counted: Mapping[str, str]) -> str:
    shape = tuple(rows.items()), tuple(values.items()), tuple(counted.items())
    sql: str = prepared.kept(("single rows", shape), lambda: _select(rows, values, counted))
    return sql


def _select(rows: Mapping[str, Beside], values: Mapping[str, str], counted: Mapping[str, str]) -> str:
    quote = connection.ops.quote_name
    columns = [
        f"{name}.{quote(str(column.column))}"
        for name, beside in rows.items()
        for column in beside.model._meta.concrete_fields
    ]
    tables = [f"{quote(beside.model._meta.db_table)} AS {name}" for name, beside in rows.items()]
    joins = [f"LEFT JOIN {table} ON {beside.on}" for table, beside in zip(tables, rows.values(), strict=True)]
    counts = [f"(SELECT COUNT(*) FROM ({sql}) AS {name})" for name, sql in counted.items()]  # noqa: S608 - our own
    selected = ", ".join((*columns, *values.values(), *counts))
    return f"SELECT {selected} FROM {tables[0]} {' '.join(joins[1:])} WHERE first.id = 1"  # noqa: S608 - our own names


def _row(model: type[M], values: tuple[Any, ...]) -> M | None:
    if values[0] is None:
        return None
    columns, converted = prepared.kept(("columns", model), lambda: _columns_of(model)), list(values)
    for number, column, convert in columns.conversions:
        converted[number] = convert(converted[number], column, columns.connection)
    return model.from_db(connection.alias, columns.names, converted)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Of a model: their names, and what makes values of some of them, each by its number."""

    connection: BaseDatabaseWrapper
    names: list[str]
    conversions: list[tuple[int, Any, Callable[..., Any]]]


def _columns_of(model: type[Model]) -> _Columns:
    own, fields = prepared.own_connection(), model._meta.concrete_fields
    conversions = [
        (number, each.cached_col, prepared.quick(convert, own))
        for number, each in enumerate(fields)
        for convert in (*own.ops.get_db_converters(each.cached_col), *each.get_db_converters(own))
    ]
    return _Columns(own, [each.attname for each in fields], conversions)
