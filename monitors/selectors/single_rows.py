"""The row 1 of a table, with rows of others beside it, by one plain query: the frame of every page reads them.

The ORM has no join without a relation, and writing eight subqueries takes it longer than all else in the frame.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model

M = TypeVar("M", bound=Model)


def read(first: type[Model], joined: Mapping[type[Model], str]) -> dict[type[Model], Model | None]:
    """The row with the key 1 of `first`, and of each of `joined` the row for which its SQL holds; None: no such row."""
    models = (first, *joined)
    with connection.cursor() as cursor:
        cursor.execute(_select(first, joined))
        values = cursor.fetchone() or ()
    rows: dict[type[Model], Model | None] = {}
    for model in models:
        length = len(model._meta.concrete_fields)
        rows[model] = _row(model, values[:length]) if values else None
        values = values[length:]
    return rows


def _select(first: type[Model], joined: Mapping[type[Model], str]) -> str:
    quote = connection.ops.quote_name
    columns = [
        f"{quote(model._meta.db_table)}.{quote(str(column.column))}"
        for model in (first, *joined)
        for column in model._meta.concrete_fields
    ]
    joins = " ".join(f"LEFT JOIN {quote(model._meta.db_table)} ON {on}" for model, on in joined.items())
    table = quote(first._meta.db_table)
    return f"SELECT {', '.join(columns)} FROM {table} {joins} WHERE {table}.id = 1"  # noqa: S608 - our own names


def _row(model: type[M], values: tuple[Any, ...]) -> M | None:
    fields = model._meta.concrete_fields
    converted = [_convert(field, value) for field, value in zip(fields, values, strict=True)]
    names = [field.attname for field in fields]
    return model.from_db(connection.alias, names, converted) if converted[0] is not None else None


def _convert(field: "Field[Any, Any]", value: Any) -> Any:
    column = field.cached_col
    for convert in (*connection.ops.get_db_converters(column), *field.get_db_converters(connection)):
        value = convert(value, column, connection)
    return value
