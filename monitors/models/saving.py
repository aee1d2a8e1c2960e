"""Rows written by statements that are put together once: `save` takes longer over its SQL than the database does.

On PostgreSQL many rows are one parameter, as JSON, so that their statement has the same text however many they are.
"""

import json
import sqlite3
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import CharField, Field, Model, TextField

from monitors.models import fixed, many, prepared

FEW = 4  # on SQLite, of which the text of a statement is kept
BATCH_ROWS = 1000  # of many in one statement
Fields = Sequence["Field[Any, Any]"]


@dataclass(frozen=True, slots=True)
class Write:
    """One statement of a fixed text."""

    sql: str
    values: Sequence[Any]


def insert_each(rows: Sequence[Model]) -> None:
    """As `bulk_create` of rows that have no row yet: a key that counts up is known afterwards; no signal is sent."""
    size = _batch_size(type(rows[0])) if rows else BATCH_ROWS
    for start in range(0, len(rows), size):
        _insert(rows[start : start + size])


def _batch_size(model: type[Model]) -> int:
    """As many as SQLite takes the parameters of: it writes its index of words out at the end of each statement."""
    if connection.vendor == "postgresql":
        return BATCH_ROWS
    own = prepared.own_connection()
    own.ensure_connection()
    most: int = own.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    return min(BATCH_ROWS, most // len(model._meta.concrete_fields))


def _insert(rows: Sequence[Model]) -> None:
    has_key = rows[0].pk is not None
    insert = _inserting(rows, has_key=has_key)
    with fixed.cursor() as cursor:
        cursor.execute(insert.sql, insert.values)
        keys = [row.pk for row in rows] if has_key else [key for (key,) in cursor.fetchall()]
    for row, key in zip(rows, keys, strict=True):
        row.pk, row._state.adding, row._state.db = key, False, connection.alias


def most_at_once() -> int:
    """How many rows `inserting` takes."""
    return BATCH_ROWS if connection.vendor == "postgresql" else FEW


def inserting(rows: Sequence[Model]) -> list[Write]:
    """What inserts rows that have their keys; none for none."""
    if not rows:
        return []
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return [_inserting(rows, has_key=True)]


def _inserting(rows: Sequence[Model], *, has_key: bool) -> Write:
    model = type(rows[0])
    fields = _fields_of(model, has_key=has_key)
    if len(rows) > 1 and connection.vendor == "postgresql":
        return Write(_kept(_insert_many, model, has_key), [_as_json(rows, fields)])
    values = [value for row in rows for value in _as_stored(row, fields)]
    if len(rows) > FEW:
        return Write(_insert_several(model, has_key, len(rows)), values)
    if len(rows) > 1:
        return Write(_kept(_insert_several, model, has_key, len(rows)), values)
    nulls = tuple(number for number, value in enumerate(values) if value is None)
    filled = [value for value in values if value is not None]
    return Write(_kept(_insert_one, model, has_key, nulls), filled)


def write(*writes: Write, then: Write | None = None) -> None:
    """Into tables of which none needs what another writes: PostgreSQL gets all of them as one statement.

    `then`: an UPDATE that is done after them, for a trigger that looks for their rows.
    """
    if connection.vendor == "postgresql" and len(writes) + bool(then) > 1:
        writes, then = (_at_once(writes, then),), None
    with fixed.cursor() as cursor:
        for each in (*writes, *filter(None, [then])):
            cursor.execute(each.sql, each.values)


def _at_once(writes: Sequence[Write], then: Write | None) -> Write:
    """A part of a statement is done before what reads what it returns."""
    parts, last = (writes, then.sql + _after(len(writes))) if then else (writes[:-1], writes[-1].sql)
    before = ", ".join(f"part_{number} AS ({each.sql} RETURNING 1)" for number, each in enumerate(parts))
    values = [value for each in (*writes, *filter(None, [then])) for value in each.values]
    return Write(f"WITH {before} {last}", values)


def _after(parts: int) -> str:
    """A condition that reads all that the parts return."""
    return "".join(f" AND (SELECT count(*) FROM part_{number}) > 0" for number in range(parts))  # noqa: S608 - numbers


def save_each(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """As `save(update_fields=columns)` of each; no signal is sent."""
    if not rows:
        return
    if len(rows) > 1 and connection.vendor == "postgresql":
        _update_many(rows, columns)
        return
    updates = [updating(row, columns) for row in rows]
    with fixed.cursor() as cursor:
        if len(updates) == 1:
            cursor.execute(updates[0].sql, updates[0].values)
        else:
            cursor.executemany(updates[0].sql, [each.values for each in updates])


def updating(row: Model, columns: Sequence[str]) -> Write:
    """What saves these columns of a row."""
    model = type(row)
    return Write(_kept(_update_one, model, tuple(columns)), _as_stored(row, _named(model, columns)))


def _update_many(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """By the keys too: PostgreSQL takes what it knows nothing of for a hundred rows, and may read the whole table."""
    model = type(rows[0])
    sql = _kept(_update_all, model, tuple(columns))
    with fixed.cursor() as cursor:
        cursor.execute(sql, [_as_json(rows, _named(model, columns)), many.adapted([row.pk for row in rows])])


def _kept(make: Any, model: type[Model], *given: Hashable) -> str:
    sql: str = prepared.kept((make, model, *given), lambda: make(model, *given))
    return sql


def _insert_one(model: type[Model], has_key: bool, nulls: Sequence[int]) -> str:
    """What is null stands in the text: a driver reads a statement of many parameters anew each time."""
    places = ["%s"] * len(_fields_of(model, has_key=has_key))
    for number in nulls:
        places[number] = "NULL"
    return _insert_into(model, has_key, f"VALUES ({', '.join(places)})")


def _insert_several(model: type[Model], has_key: bool, count: int) -> str:
    row = f"({', '.join(['%s'] * len(_fields_of(model, has_key=has_key)))})"
    return _insert_into(model, has_key, f"VALUES {', '.join([row] * count)}")


def _insert_many(model: type[Model], has_key: bool) -> str:
    given = _given(_fields_of(model, has_key=has_key))
    return _insert_into(model, has_key, f"SELECT * FROM {given}")  # noqa: S608 - names of the model's own


def _insert_into(model: type[Model], has_key: bool, rows: str) -> str:
    columns = ", ".join(map(_column, _fields_of(model, has_key=has_key)))
    sql = f"INSERT INTO {_table(model)} ({columns}) {rows}"
    return sql if has_key else f"{sql} RETURNING {_column(model._meta.pk)}"


def _update_one(model: type[Model], columns: Sequence[str]) -> str:
    *changed, key = map(_column, _named(model, columns))
    changes = ", ".join(f"{each} = %s" for each in changed)
    return f"UPDATE {_table(model)} SET {changes} WHERE {key} = %s"  # noqa: S608 - names of the model's own


def _update_all(model: type[Model], columns: Sequence[str]) -> str:
    fields = _named(model, columns)
    *changed, key = map(_column, fields)
    changes = ", ".join(f"{each} = given.{each}" for each in changed)
    own, keys = f"{_table(model)}.{key}", f"%s::{_type(fields[-1])}[]"
    condition = f"{own} = given.{key} AND {own} = ANY({keys})"
    return f"UPDATE {_table(model)} SET {changes} FROM {_given(fields)} WHERE {condition}"  # noqa: S608 - names of the model's own


def _given(fields: Fields) -> str:
    """The rows of one parameter, on PostgreSQL."""
    columns = ", ".join(f"{_column(each)} {_type(each)}" for each in fields)
    return f"json_to_recordset(%s::json) AS given ({columns})"


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(str(field.column))


def _type(field: "Field[Any, Any]") -> str:
    return str(field.cast_db_type(connection))


def _fields_of(model: type[Model], *, has_key: bool) -> Fields:
    meta = model._meta
    return meta.concrete_fields if has_key else [each for each in meta.concrete_fields if each is not meta.pk]


def _named(model: type[Model], columns: Sequence[str]) -> Fields:
    """With the key as the last."""
    meta = model._meta
    named: list[Field[Any, Any]] = [meta.get_field(column) for column in columns]  # type: ignore[misc]
    return [*named, meta.pk]


def _as_stored(row: Model, fields: Fields) -> list[Any]:
    own = prepared.own_connection()
    return [_stored(getattr(row, field.attname), field, own) for field in fields]


def _stored(value: Any, field: "Field[Any, Any]", own: Any) -> Any:
    """As the field says, which takes several calls to leave a text as it is."""
    if value is None:
        return None
    if isinstance(value, str) and isinstance(field, CharField | TextField):
        return str(value)
    return field.get_db_prep_save(value, own)


def _as_json(rows: Sequence[Model], fields: Fields) -> str:
    return _encode([{str(field.column): getattr(row, field.attname) for field in fields} for row in rows])


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(value)


_encode = json.JSONEncoder(separators=(",", ":"), default=_plain).encode
