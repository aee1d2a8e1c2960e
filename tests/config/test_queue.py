"""QUEUE_URL chooses the engine; each one takes a task and gives it back."""

import os
from pathlib import Path

import pytest
from huey.utils import load_class
from psycopg import OperationalError

from config import queue


def started(url: str):
    setting = queue.engine(url)
    return load_class(setting["huey_class"])(setting["name"], results=False, **setting["connection"])


@pytest.mark.parametrize(
    ("url", "huey_class", "connection"),
    [
        (
            "sqlite:////var/lib/desk/queue.sqlite3",
            "huey.SqliteHuey",
            {"filename": "/var/lib/desk/queue.sqlite3"},
        ),
        (
            "postgres://desk@db/desk",
            "huey.PostgresHuey",
            {"dsn": "postgres://desk@db/desk", "storage_class": queue.PatientPostgresStorage},
        ),
        ("rediss://cache:6380/1", "huey.RedisHuey", {"url": "rediss://cache:6380/1"}),
    ],
)
def test_each_scheme_has_its_engine(url, huey_class, connection):
    setting = queue.engine(url)

    assert (setting["huey_class"], setting["connection"]) == (huey_class, connection)


def test_a_task_comes_back_from_the_engine_of_this_run(tmp_path: Path):
    """SQLite embedded; PostgreSQL where the run's database is one."""
    url = os.environ["DATABASE_URL"]
    engine = started(url if url.startswith("postgres") else f"sqlite:///{tmp_path / 'queue.sqlite3'}")
    task = engine.task()(lambda: None)

    task()

    assert engine.pending_count() == 1
    assert engine.dequeue() is not None
    engine.storage.close()


def test_a_queue_whose_database_is_down_does_not_stop_the_start():
    engine = started("postgres://desk@127.0.0.1:9/desk")
    task = engine.task()(lambda: None)

    with pytest.raises(OperationalError):
        task()
