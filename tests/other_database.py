"""Another database than the test's own, in this process: whoever asks for the default one gets it within the block."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.fresh_database import Database, Postgres, SQLite, database_in


@contextmanager
def in_use(name: str) -> Iterator[BaseDatabaseWrapper]:
    """By the file's path, or by its name in PostgreSQL's cluster."""
    own = connections["default"]
    other = type(own)(own.settings_dict | {"NAME": name}, "default")
    connections["default"] = other
    try:
        yield other
    finally:
        other.close()
        connections["default"] = own


@contextmanager
def migrated(folder: Path) -> Iterator[str]:
    """With the demo's people in it; its name."""
    database = database_in(folder)
    database.create()
    try:
        yield _name(database)
    finally:
        database.drop()


@contextmanager
def empty(folder: Path) -> Iterator[str]:
    """Without a table; its name."""
    database = database_in(folder / uuid4().hex)
    if isinstance(database, Postgres):
        _create_empty(database)
    elif isinstance(database, SQLite):
        database.path.parent.mkdir()
    try:
        yield _name(database)
    finally:
        database.drop()


def _create_empty(database: Postgres) -> None:
    from tests.template_database import execute

    execute(database.cluster, f"CREATE DATABASE {database.name} TEMPLATE template1")


def _name(database: Database) -> str:
    return str(database.path) if isinstance(database, SQLite) else database.url.rpartition("/")[2]
