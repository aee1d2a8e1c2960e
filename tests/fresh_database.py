"""Fresh databases for the product, with the demo's people: copies of the run's template."""

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from tests.template_database import connected, execute, postgres_template, sqlite_template, url_of


class Database(Protocol):
    @property
    def url(self) -> str: ...

    def create(self) -> None:
        """Migrated, with the demo's people in it."""

    def drop(self) -> None: ...

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...

    def execute(self, sql: str) -> None: ...


def database_in(folder: Path) -> Database:
    """Of the kind that DATABASE_URL says; on SQLite a file of that folder."""
    cluster = os.environ.get("DATABASE_URL", "")
    return Postgres(cluster) if cluster.startswith("postgres") else SQLite(folder / "desk.sqlite3")


class SQLite:
    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def create(self) -> None:
        shutil.copyfile(sqlite_template(with_people=True), self.path)

    def drop(self) -> None:
        """Its folder goes with the product."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path, timeout=10)) as connection:
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
            connection.execute(sql)


class Postgres:
    """`patience`: so many seconds `rows` waits for a cluster that is down."""

    def __init__(self, cluster: str, *, patience: float = 0) -> None:
        self.cluster, self.patience = cluster, patience
        self.name = f"desk_{uuid4().hex[:12]}"

    @property
    def url(self) -> str:
        return url_of(self.cluster, self.name)

    def create(self) -> None:
        template = postgres_template(self.cluster, with_people=True)
        execute(self.cluster, f"CREATE DATABASE {self.name} TEMPLATE {template}")

    def drop(self) -> None:
        execute(self.cluster, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        from psycopg import OperationalError

        gives_up_at = time.monotonic() + self.patience
        while True:
            try:
                return self._rows(sql)
            except OperationalError:
                if time.monotonic() > gives_up_at:
                    raise
                time.sleep(0.1)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        with connected(self.url) as connection:
            return list(connection.execute(sql).fetchall())

    def execute(self, sql: str) -> None:
        execute(self.url, sql)
