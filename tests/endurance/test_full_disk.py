"""A full disk: pages still answer, nothing is said that is not so, and everything goes on once there is room again."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from monitors.demo.people import PASSWORD
from monitors.sandbox.server import SandboxServer
from tests.endurance.ledger import false_words, let_settle
from tests.endurance.visitor import Visitor
from tests.fresh_database import SQLite
from tests.product import Product, wait_until
from tests.views.pages import text

pytestmark = [pytest.mark.slow, pytest.mark.any_database]  # SQLite's file stands on a small disk of its own
PAGES = ("/", "/customers/", "/records/1/", "/upstream/", "/search/?q=a")
MEGABYTES = 16


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [
        shutil.which("mount") or "false",
        "-t",
        "tmpfs",
        "-o",
        f"size={MEGABYTES}m",
        "tmpfs",
        str(disk),
    ]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def desk(small_disk: Path, tmp_path: Path) -> Iterator[Product]:
    sandbox = SandboxServer(control_port=None)
    sandbox.store.seed(
        records=[("one", "a@northmail.example", 5, ("acme",))], customers=["globex", "initech"]
    )
    overrides = {"SPOOL_DIR": str(tmp_path / "spool"), "SENDGRID_DEADLINE": "4", "REFRESH_SECONDS": "1000"}
    product = Product(sandbox=sandbox, overrides=overrides)
    product.database = SQLite(small_disk / "desk.sqlite3")
    with product:
        yield product


@pytest.fixture
def ana(desk: Product) -> Iterator[Visitor]:
    with Visitor(desk.url, "ana") as visitor:
        visitor.refresh()
        yield visitor


def empty_log(disk: Path) -> bool:
    """Of SQLite, all of it in its file: else a few more writes find room in what the log has taken already."""
    with closing(sqlite3.connect(disk / "desk.sqlite3", timeout=10)) as database:
        is_busy, *_ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """No byte is left on it within the block."""
    wait_until(lambda: empty_log(disk))
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 12))
    try:
        yield
    finally:
        filler.unlink()


def append(visitor: Visitor, user: str):
    return visitor.act("/records/1/append/", user=user)


def test_pages_answer_and_writes_say_that_nothing_was_sent(desk, ana, small_disk):
    with full(small_disk):
        pages = {page: ana.get(page).status_code for page in PAGES}
        write, ready = append(ana, "globex"), ana.get("/readyz")

    assert pages == dict.fromkeys(PAGES, 200)
    assert write.status_code == 503
    assert "The desk's disk is full" in text(write)
    assert "Nothing was sent and nothing was changed." in text(write)
    assert not [call for call in desk.sandbox.calls if call.task == "append"]
    assert (ready.status_code, ready.text) == (503, "the disk of the database is full\n")
    assert ana.get("/readyz").status_code == 200
    assert append(ana, "globex").status_code == 302


def test_signing_in_says_plainly_why_it_fails(desk, ana, small_disk):
    ben = Visitor(desk.url, "ben")
    with full(small_disk):
        page = ben.get("/accounts/login/")
        answer = ben.post("/accounts/login/", username="ben", password=PASSWORD)

    assert (page.status_code, answer.status_code) == (200, 503)
    assert "The desk's disk is full" in text(answer)
    with Visitor(desk.url, "ben") as ben:
        assert ben.get("/").status_code == 200


def test_what_sendgrid_said_is_kept_and_recorded_when_there_is_room(desk, ana, small_disk):
    desk.sandbox.fault("delay", task="append", applied=True, seconds=2)
    calls = len(desk.sandbox.calls)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(append, ana, "globex")
        wait_until(lambda: desk.rows("SELECT 1 FROM monitors_operation"))
        wait_until(lambda: len(desk.sandbox.calls) > calls)
        with full(small_disk):
            write = answer.result()

    assert write.status_code == 503
    assert "SendGrid said “success”" in text(write)
    assert len(os.listdir(desk.environment["SPOOL_DIR"])) == 1
    let_settle(desk, ana)
    assert desk.rows("SELECT state FROM monitors_operation") == [("confirmed",)]
    assert false_words(desk) == []
