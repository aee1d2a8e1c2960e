"""Files of the desk are readable by its own user alone, whatever the process's umask says."""

import os
import sqlite3
from contextlib import closing

import pytest

from config import files


@pytest.fixture(autouse=True)
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path):
    return path.stat().st_mode & 0o777


def test_a_new_database_its_log_and_its_folder_are_private(tmp_path):
    path = tmp_path / "var" / "desk.sqlite3"

    files.keep_private(str(path), own_folder=tmp_path / "elsewhere")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (x)")

        assert {mode(file) for file in path.parent.iterdir()} == {0o600}
        assert len(list(path.parent.iterdir())) == 3
    assert mode(path.parent) == 0o700


def test_what_an_older_version_left_open_is_closed(tmp_path):
    folder = tmp_path / "var"
    folder.mkdir(mode=0o755)
    for name in ("queue.sqlite3", "queue.sqlite3-wal", "queue.sqlite3-shm"):
        (folder / name).touch(0o644)

    files.keep_private(str(folder / "queue.sqlite3"), own_folder=folder)

    assert {mode(file) for file in folder.iterdir()} == {0o600}
    assert mode(folder) == 0o700


def test_a_folder_that_others_use_stays_as_it_is(tmp_path):
    tmp_path.chmod(0o755)

    files.keep_private(str(tmp_path / "desk.sqlite3"), own_folder=tmp_path / "var")

    assert mode(tmp_path) == 0o755
    assert mode(tmp_path / "desk.sqlite3") == 0o600


def test_what_the_system_refuses_stops_nothing(tmp_path):
    (tmp_path / "file").touch()

    files.keep_private(str(tmp_path / "file" / "desk.sqlite3"), own_folder=tmp_path)
    files.keep_private(":memory:", own_folder=tmp_path)
