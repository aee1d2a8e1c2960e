"""QUEUE_URL chooses the engine; each one takes a task and gives it back."""

import json
import os
import pickle
from datetime import datetime
from pathlib import Path

import pytest
from huey.utils import load_class
from psycopg import OperationalError

from config import queue


def started(url: str):
    setting = queue.engine(url)
    return load_class(setting["huey_class"])(
        setting["name"], results=False, serializer=setting["serializer"], **setting["connection"]
    )


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


class Trap:
    """What runs when somebody unpickles it."""

    def __reduce__(self):
        return os.mkdir, (os.environ["TRAP"],)


def test_a_row_of_the_queue_is_json_and_runs_no_code(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAP", str(tmp_path / "sprung"))
    engine = started(f"sqlite:///{tmp_path / 'queue.sqlite3'}")
    done = []
    task = engine.task()(lambda: done.append(1))
    for row in (pickle.dumps(Trap()), b"[]", b'{"id": "1", "name": "os.system", "eta": null}'):
        engine.storage.enqueue(row)
        engine.storage.add_to_schedule(row, datetime(2020, 1, 1))
    task()
    row = engine.storage.enqueued_items()[-1]
    worker = engine.create_consumer(workers=1)._create_worker()
    worker.sleep = lambda: None

    for _ in range(4):
        worker.loop()
    assert engine.read_schedule(datetime(2030, 1, 1)) == []

    assert json.loads(row).keys() == {"id", "name", "eta"}
    assert done == [1]
    assert not (tmp_path / "sprung").exists()
    assert (engine.pending_count(), engine.scheduled_count()) == (0, 0)
    engine.storage.close()


def test_a_wake_up_for_later_keeps_its_moment(tmp_path):
    engine = started(f"sqlite:///{tmp_path / 'queue.sqlite3'}")
    task = engine.task()(lambda: None)

    engine.add_schedule(task.s(eta=datetime(2026, 3, 3, 14, 0, 5)))

    assert [message.eta for message in engine.scheduled()] == [datetime(2026, 3, 3, 14, 0, 5)]
    engine.storage.close()


def test_a_task_with_arguments_is_not_taken(tmp_path):
    engine = started(f"sqlite:///{tmp_path / 'queue.sqlite3'}")
    task = engine.task()(print)

    with pytest.raises(ValueError, match="no arguments"):
        task("x")
    engine.storage.close()


def test_a_queue_whose_database_is_down_does_not_stop_the_start():
    engine = started("postgres://desk@127.0.0.1:9/desk")
    task = engine.task()(lambda: None)

    with pytest.raises(OperationalError):
        task()
