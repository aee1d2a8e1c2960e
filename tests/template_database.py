"""One migrated database for a whole run: whoever needs one first makes it, all processes of the run copy it."""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
_FOLDER = "MONITOR_DESK_TEST_RUN"  # in the environment, which the run's other processes inherit
_MAKE_PEOPLE = "from monitors.demo.people import make_people; make_people()"


def begin_run() -> Path | None:
    """The folder that this process has to remove at its end; None where another process has begun the run."""
    if _FOLDER in os.environ:
        return None
    folder = Path(tempfile.mkdtemp(prefix="monitor-desk-run-"))
    os.environ[_FOLDER] = str(folder)
    return folder


def end_run(folder: Path | None) -> None:
    if folder is not None:
        del os.environ[_FOLDER]
        shutil.rmtree(folder, ignore_errors=True)


def sqlite_template(*, with_people: bool = False) -> Path:
    """A file that only waits to be copied, with the demo's people in it if wanted."""
    if not with_people:
        return Path(_once("migrated", lambda: _make_sqlite(_migrate)))
    migrated = sqlite_template()
    return Path(_once("peopled", lambda: _make_sqlite(_add_people, migrated)))


def postgres_template(cluster: str, *, with_people: bool = False) -> str:
    """The name of a database to be given as TEMPLATE."""
    if not with_people:
        return _once(f"migrated on {urlsplit(cluster).port}", lambda: _make_postgres(cluster, _migrate))
    migrated = postgres_template(cluster)
    return _once(
        f"peopled on {urlsplit(cluster).port}", lambda: _make_postgres(cluster, _add_people, migrated)
    )


def environment(database_url: str) -> dict[str, str]:
    """What every process of the product gets, and nothing of this process's settings."""
    machine = {
        name: value for name, value in os.environ.items() if not name.startswith(("SENDGRID_", "DJANGO_"))
    }
    return machine | {
        "DJANGO_SETTINGS_MODULE": "tests.product_settings",
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-only-for-tests",
        "DEBUG": "false",
        "HTTPS_ONLY": "false",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DATABASE_URL": database_url,
        "SENDGRID_API_USER": "demo",
        "SENDGRID_API_KEY": "demo-key",
        "SENDGRID_RATE_PER_MINUTE": "100000",
        "REQUESTS_PER_MINUTE": "1000000",
        "LOG_FORMAT": "console",  # for whoever reads a failure, and for tests/soak/log.py
        "REQUIRE_MFA": "",
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


def _migrate(url: str) -> None:
    manage(environment(url), "migrate", "--verbosity", "0")


def _add_people(url: str) -> None:
    manage(environment(url), "shell", "--verbosity", "0", "--command", _MAKE_PEOPLE)


def _once(name: str, make: Callable[[], str]) -> str:
    """What `make` returned in the first process of the run that asked."""
    path = Path(os.environ[_FOLDER]) / name
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            path.write_text(make())
        return path.read_text()


def _make_sqlite(fill: Callable[[str], None], copied_from: Path | None = None) -> str:
    path = Path(os.environ[_FOLDER]) / f"{uuid4().hex}.sqlite3"
    if copied_from:
        shutil.copyfile(copied_from, path)
    fill(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return str(path)


def _make_postgres(cluster: str, fill: Callable[[str], None], copied_from: str = "template1") -> str:
    name = f"desk_{uuid4().hex[:12]}"
    execute(cluster, f"CREATE DATABASE {name} TEMPLATE {copied_from}")
    fill(url_of(cluster, name))
    return name


def url_of(cluster: str, name: str) -> str:
    return f"{cluster.rpartition('/')[0]}/{name}"


def execute(url: str, sql: str) -> None:
    with connected(url) as connection:
        connection.execute(sql)


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """To PostgreSQL."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
