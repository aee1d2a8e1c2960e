"""What somebody does who owns the database: takes the triggers away, changes what he likes, and puts them back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection

from monitors.models import guards

NEXT_KEY = "(SELECT max(id) + 1 FROM {table})"


def copy_of(table: str, where: str, but: dict[str, str], *, replacing: bool = False) -> str:
    """SQL that copies the first row of a condition, but for these columns."""
    models = apps.get_app_config("monitors").get_models()
    model = next(each for each in models if each._meta.db_table == table)
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.generated]
    values = [but.get(column, column).format(table=table) for column in columns]
    insert = "INSERT OR REPLACE" if replacing else "INSERT"
    selected = f"SELECT {', '.join(values)} FROM {table} WHERE {where} LIMIT 1"
    return f"{insert} INTO {table} ({', '.join(columns)}) {selected}"


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@contextmanager
def lifted() -> Iterator[None]:
    """Without the triggers; afterwards nothing shows that they were away."""
    if connection.vendor == "postgresql":  # drops none of a table whose keys are still to be checked
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        execute("SET CONSTRAINTS ALL DEFERRED")
    guards.remove(connection, *(trigger.name for trigger in guards.TRIGGERS))
    yield
    guards.install(connection)
