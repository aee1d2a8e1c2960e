"""A whole database as one file, of one moment, while people work: SQLite's online backup, and pg_dump.

The programs get the password by their environment, never as an argument that others could see.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

DEBIAN = Path("/usr/lib/postgresql")
PAGES = 1000  # that are copied at once; writers come in between
_HEAD = "SELECT length, head FROM monitors_auditchain"
_OPTIONS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
Anchor = tuple[int, str]


class Failed(Exception):
    """In a sentence for whoever runs the command."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of database is dumped into a file, and loaded from it into an empty one."""

    dump: Callable[[Path], Anchor]
    load: Callable[[Path], None]


def of_this_database() -> Kind:
    return KINDS[connection.vendor]


def tables() -> list[str]:
    """What stands in the database already."""
    return connection.introspection.table_names()


def _dump_sqlite(target: Path) -> Anchor:
    with (
        closing(_opened(Path(connection.settings_dict["NAME"]))) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy, pages=PAGES)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log of writes beside it
        _demand_whole(copy)
        length, head = copy.execute(_HEAD).fetchone()
    return length, head


def _load_sqlite(source: Path) -> None:
    target = Path(connection.settings_dict["NAME"])
    with closing(_opened(source)) as database:
        _demand_whole(database)
    connection.close()
    for beside in ("-wal", "-shm"):
        target.with_name(target.name + beside).unlink(missing_ok=True)
    draft = target.with_name(target.name + ".restored")
    shutil.copyfile(source, draft)
    draft.chmod(0o600)
    draft.replace(target)


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)


def _demand_whole(database: sqlite3.Connection) -> None:
    (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise Failed(f"the database file is damaged: {found}")


def _dump_postgresql(target: Path) -> Anchor:
    """The length of the log is read in the very snapshot that is dumped."""
    with _snapshot() as name, connection.cursor() as cursor:
        cursor.execute(_HEAD)
        length, head = cursor.fetchone()
        plain = ("--no-owner", "--no-privileges", "--format=custom", f"--snapshot={name}", f"--file={target}")
        _run("pg_dump", plain)
    return length, head


@contextmanager
def _snapshot() -> Iterator[str]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _load_postgresql(source: Path) -> None:
    name = str(connection.settings_dict["NAME"])
    plain = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--dbname={name}")
    _run("pg_restore", (*plain, str(source)))


def _run(program: str, arguments: Sequence[str]) -> None:
    command = [_found(program), *arguments]
    done = subprocess.run(command, env=_environment(), capture_output=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise Failed(f"{program} failed: {done.stderr.decode(errors='replace').strip()}")


def _found(program: str) -> str:
    """The newest that is installed: one that is older than the server refuses to work."""
    installed = sorted(DEBIAN.glob(f"*/bin/{program}"), key=lambda path: float(path.parts[-3]))
    found = str(installed[-1]) if installed else shutil.which(program)
    if found is None:
        raise Failed(f"{program} is not there: install PostgreSQL's client programs")
    return found


def _environment() -> dict[str, str]:
    settings = connection.settings_dict
    values = {
        "PGHOST": settings["HOST"],
        "PGPORT": settings["PORT"],
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGDATABASE": settings["NAME"],
    } | {name: settings["OPTIONS"].get(option) for option, name in _OPTIONS.items()}
    return os.environ | {name: str(value) for name, value in values.items() if value}


KINDS = {
    "sqlite": Kind(_dump_sqlite, _load_sqlite),
    "postgresql": Kind(_dump_postgresql, _load_postgresql),
}
