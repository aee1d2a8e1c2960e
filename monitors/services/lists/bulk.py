"""Rows written and found in one statement, without a model's object and a parameter for each.

All that is put into the SQL itself are the names of the models' tables and columns.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from monitors.models import fixed, many

Row = tuple[Any, ...]


def insert(
    model: type[Model], columns: tuple[str, ...], rows: Sequence[Row], *, alike: dict[str, Any]
) -> None:
    """`alike` holds what is the same in every row; a column that is in neither becomes NULL."""
    if not rows:
        return
    into = f"INSERT INTO {model._meta.db_table} ({', '.join((*columns, *alike))})"
    constants = _adapted(model, alike)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            casts = ", ".join(f"%s::{_type(model, column)}" for column in alike)
            sql = f"{into} SELECT given.*, {casts} FROM {_unnested(model, columns)} AS given"  # noqa: S608
            cursor.execute(sql, [*constants, *_by_column(rows)])
        else:
            # One statement for all: SQLite writes its index of names out at the end of each.
            given = [f"json_extract(value, '$[{number}]')" for number in range(len(columns))]
            sql = f"{into} SELECT {', '.join([*given, *['%s'] * len(alike)])} FROM json_each(%s)"  # noqa: S608
            cursor.execute(sql, [*constants, json.dumps(rows, ensure_ascii=False)])


def update(model: type[Model], column: str, values: Sequence[tuple[int, Any]]) -> None:
    """Give each row, named by its key, a value of its own."""
    if not values:
        return
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            given = f"{_unnested(model, ('id', column))} AS given (id, value)"
            sql = f"UPDATE {table} SET {column} = given.value FROM {given} WHERE {table}.id = given.id"  # noqa: S608
            cursor.execute(sql, _by_column(values))
        else:
            sql = f"UPDATE {table} SET {column} = %s WHERE id = %s"  # noqa: S608
            cursor.executemany(sql, [(value, key) for key, value in values])


def add(
    model: type[Model], column: str, number: int, keys: Sequence[int], *, alike: dict[str, Any] | None = None
) -> None:
    """Add a number to a column of these rows; `alike` are columns of which all get the same value."""
    changed = "".join(f", {name} = %s" for name in alike or ())
    sql = f"UPDATE {model._meta.db_table} SET {column} = {column} + %s{changed} WHERE id {_among('bigint')}"  # noqa: S608
    with fixed.cursor() as cursor:
        cursor.execute(sql, [number, *_adapted(model, alike or {}), many.adapted(keys)])


def change(model: type[Model], values: dict[str, Any], keys: Sequence[Any]) -> None:
    """Give these rows the same values."""
    own, quoted = model._meta.pk, connection.ops.quote_name
    key = str(own.column)
    changes = ", ".join(f"{quoted(name)} = %s" for name in values)
    sql = f"UPDATE {quoted(model._meta.db_table)} SET {changes} WHERE {key} {_among(_type(model, key))}"  # noqa: S608
    found = many.adapted([own.get_db_prep_value(each, connection) for each in keys])
    with fixed.cursor() as cursor:
        cursor.execute(sql, [*_adapted(model, values), found])


def keys(model: type[Model], column: str, values: Collection[str], *, where: str = "") -> dict[str, int]:
    """The keys of the rows with these values; `where` is a condition more, in SQL."""
    if not values:
        return {}
    condition = f"{column} {_among('text')}" + (f" AND {where}" if where else "")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column}, id FROM {model._meta.db_table} WHERE {condition}",  # noqa: S608
            [many.adapted(values)],
        )
        return dict(cursor.fetchall())


def _among(kind: str) -> str:
    """One of the values of one parameter, as many.adapted makes it."""
    return (
        f"= ANY(%s::{kind}[])"
        if connection.vendor == "postgresql"
        else "IN (SELECT value FROM json_each(%s))"
    )


def _adapted(model: type[Model], values: dict[str, Any]) -> list[Any]:
    fields = {field.column: field for field in model._meta.concrete_fields}
    return [fields[column].get_db_prep_value(value, connection) for column, value in values.items()]


def _type(model: type[Model], column: str) -> str:
    fields = {field.column: field for field in model._meta.concrete_fields}
    return str(fields[column].cast_db_type(connection))


def _unnested(model: type[Model], columns: tuple[str, ...]) -> str:
    """An array for each column: executemany would send a message for each row."""
    return f"unnest({', '.join(f'%s::{_type(model, column)}[]' for column in columns)})"


def _by_column(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(values) for values in zip(*rows, strict=True)]
