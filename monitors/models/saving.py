"""Rows written by statements that are put together once: `save` takes longer over its SQL than the database does."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from monitors.models import fixed, prepared

FEW = 4  # beyond them one statement for all is quicker, though it is put together anew
BATCH_ROWS = 1000  # of many in one statement


def insert_each(rows: Sequence[Model]) -> None:
    """As `bulk_create` of rows that have no row yet: a key that counts up is known afterwards; no signal is sent."""
    if not rows:
        return
    if len(rows) > FEW:
        type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH_ROWS)
        return
    insert = _kept(_Insert, type(rows[0]), len(rows), rows[0].pk is not None)
    with fixed.cursor() as cursor:
        cursor.execute(insert.sql, [value for row in rows for value in _as_stored(row, insert.fields)])
        keys = [key for (key,) in cursor.fetchall()] if insert.key else [row.pk for row in rows]
    for row, key in zip(rows, keys, strict=True):
        row.pk, row._state.adding, row._state.db = key, False, connection.alias


@dataclass(frozen=True, slots=True)
class Write:
    """One statement of a fixed text."""

    sql: str
    values: list[Any]


def inserting(rows: Sequence[Model]) -> list[Write]:
    """What inserts a few rows that have their keys; none for none."""
    if not rows:
        return []
    insert = _kept(_Insert, type(rows[0]), len(rows), True)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return [Write(insert.sql, [value for row in rows for value in _as_stored(row, insert.fields)])]


def write(*writes: Write) -> None:
    """Into tables of which none needs what another writes: PostgreSQL gets all of them as one statement."""
    if connection.vendor == "postgresql" and len(writes) > 1:
        *parts, last = writes
        before = ", ".join(f"part_{number} AS ({each.sql})" for number, each in enumerate(parts))
        writes = (Write(f"WITH {before} {last.sql}", [value for each in writes for value in each.values]),)
    with fixed.cursor() as cursor:
        for each in writes:
            cursor.execute(each.sql, each.values)


def save_each(rows: Sequence[Model], columns: Sequence[str]) -> None:
    """As `save(update_fields=columns)` of each; no signal is sent."""
    if not rows:
        return
    update = _kept(_Update, type(rows[0]), tuple(columns))
    values = [_as_stored(row, update.fields) for row in rows]
    with fixed.cursor() as cursor:
        if len(values) == 1:  # for many, PostgreSQL's driver begins a pipeline
            cursor.execute(update.sql, values[0])
        else:
            cursor.executemany(update.sql, values)


def _kept(kind: Any, *given: Hashable) -> Any:
    return prepared.kept((kind, *given), lambda: kind(*given))


class _Insert:
    def __init__(self, model: type[Model], count: int, has_key: bool) -> None:
        meta, quote = model._meta, connection.ops.quote_name
        self.key = None if has_key else meta.pk
        self.fields = [each for each in meta.concrete_fields if each is not self.key]
        columns = ", ".join(quote(str(each.column)) for each in self.fields)
        row = f"({', '.join(['%s'] * len(self.fields))})"
        self.sql = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES {', '.join([row] * count)}"  # noqa: S608 - names of the model's own
        if self.key is not None:
            self.sql += f" RETURNING {quote(str(self.key.column))}"


class _Update:
    def __init__(self, model: type[Model], columns: Sequence[str]) -> None:
        meta, key = model._meta, model._meta.pk
        changed: list[Field[Any, Any]] = [meta.get_field(column) for column in columns]  # type: ignore[misc]
        self.fields = [*changed, key]
        given = ", ".join(f"{each.column} = %s" for each in changed)
        self.sql = f"UPDATE {meta.db_table} SET {given} WHERE {key.column} = %s"  # noqa: S608 - names of the model's own


def _as_stored(row: Model, fields: "Sequence[Field[Any, Any]]") -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
