"""Many processes write at once, and the chain is still one."""

import subprocess
import sys

import pytest

from tests.fresh_database import database_in
from tests.template_database import ROOT, environment, manage

WRITERS, EVENTS = 4, 30
WRITE = f"""
import django
django.setup()
from monitors.services.log import audit
for number in range({EVENTS}):
    audit.write(*[audit.Event(kind="sign_in", reason=f"{{number}}")] * (number % 3 + 1))
"""


@pytest.fixture
def database(tmp_path):
    made = database_in(tmp_path)
    made.create()
    yield made
    made.drop()


@pytest.mark.slow
def test_processes_that_write_at_once_do_not_fork_the_chain(database):
    before = len(database.rows("SELECT 1 FROM monitors_auditevent"))
    command, settings = [sys.executable, "-c", WRITE], environment(database.url)
    writers = [subprocess.Popen(command, env=settings, cwd=ROOT) for _ in range(WRITERS)]

    ended = [writer.wait(timeout=120) for writer in writers]

    assert ended == [0] * WRITERS
    rows = database.rows("SELECT number, hash, previous_hash FROM monitors_auditevent ORDER BY number")
    assert len(rows) == before + WRITERS * EVENTS * 2
    assert [number for number, _, _ in rows] == list(range(1, len(rows) + 1))
    assert [previous for _, _, previous in rows[1:]] == [own for _, own, _ in rows[:-1]]
    assert f"{len(rows)} events hold." in manage(settings, "verify_audit")
