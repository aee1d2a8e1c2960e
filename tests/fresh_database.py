"""Fresh databases for the product: migrated once in this process, then copied."""

import atexit
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
_MAKE_PEOPLE = "from monitors.demo.people import make_people; make_people()"


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


def environment(database_url: str) -> dict[str, str]:
    """What every process of the product gets, and nothing of this process's settings."""
    machine = {
        name: value for name, value in os.environ.items() if not name.startswith(("SENDGRID_", "DJANGO_"))
    }
    return machine | {
        "DJANGO_SETTINGS_MODULE": "tests.product_settings",
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": "only-for-tests",
        "DEBUG": "false",
        "HTTPS_ONLY": "false",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DATABASE_URL": database_url,
        "SENDGRID_API_USER": "demo",
        "SENDGRID_API_KEY": "demo-key",
        "SENDGRID_RATE_PER_MINUTE": "100000",
    }


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run manage.py to its end; its output. AssertionError with the output when it fails."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    output = done.stdout.decode(errors="replace")
    assert done.returncode == 0, output
    return output


def _fill(url: str) -> None:
    manage(environment(url), "migrate", "--verbosity", "0")
    manage(environment(url), "shell", "--verbosity", "0", "--command", _MAKE_PEOPLE)


class SQLite:
    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def create(self) -> None:
        shutil.copyfile(_sqlite_template(), self.path)

    def drop(self) -> None:
        """Its folder goes with the product."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path, timeout=10)) as connection:
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
            connection.execute(sql)


@cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="monitor-desk-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "desk.sqlite3"
    _fill(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


class Postgres:
    def __init__(self, cluster: str) -> None:
        self.cluster = cluster
        self.name = f"desk_{uuid4().hex[:12]}"

    @property
    def url(self) -> str:
        return f"{self.cluster.rpartition('/')[0]}/{self.name}"

    def create(self) -> None:
        _execute(self.cluster, f"CREATE DATABASE {self.name} TEMPLATE {_postgres_template(self.cluster)}")

    def drop(self) -> None:
        _execute(self.cluster, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with _connected(self.url) as connection:
            return list(connection.execute(sql).fetchall())

    def execute(self, sql: str) -> None:
        _execute(self.url, sql)


@cache
def _postgres_template(cluster: str) -> str:
    made = Postgres(cluster)
    _execute(cluster, f"CREATE DATABASE {made.name}")
    _fill(made.url)
    return made.name


def _execute(url: str, sql: str) -> None:
    with _connected(url) as connection:
        connection.execute(sql)


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
