"""A full disk as each database's driver tells it: pages answer, writes say what is so, and all goes on afterwards.

tests/endurance/test_full_disk.py fills a real one under SQLite.
"""

import sqlite3
from contextlib import contextmanager

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client

from monitors.models import Operation, State
from monitors.services import ends
from monitors.services.outbound import spool
from tests.views.pages import text

pytestmark = pytest.mark.django_db
PAGES = ("/", "/customers/", "/upstream/", "/search/?q=a")
PASSWORD = "a long password of nobody"


def sqlite_error() -> Exception:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


def postgresql_error() -> Exception:
    return psycopg.errors.DiskFull("could not extend file: No space left on device")


@pytest.fixture(params=[sqlite_error, postgresql_error])
def full(request):
    """Within the block no write is taken, or none that holds all of these words."""

    @contextmanager
    def block(*words):
        def execute(run, sql, *rest):
            is_write = sql.startswith(("INSERT", "UPDATE", "DELETE")) or "INSERT INTO" in sql
            if is_write and all(word in sql for word in words):
                raise OperationalError("full") from request.param()
            return run(sql, *rest)

        with connection.execute_wrapper(execute):
            yield

    return block


def append(client, record):
    return client.post(f"/records/{record.pk}/append/", {"user": "initech"})


def test_pages_answer(desk, patient, full, record_named):
    pages = (*PAGES, f"/records/{record_named('billing-watch').pk}/")
    with full():
        statuses = {page: patient.get(page).status_code for page in pages}

    assert statuses == dict.fromkeys(pages, 200)


def test_a_write_says_that_nothing_was_sent_and_can_be_done_afterwards(desk, patient, full, record_named):
    record = record_named("billing-watch")
    with full():
        response = append(patient, record)

    assert response.status_code == 503
    assert (
        "The desk's disk is full Nothing was sent and nothing was changed. Pages can still be read."
        in text(response)
    )
    assert not [call for call in desk.calls if call.task == "append"]
    assert not Operation.objects.exists()

    assert append(patient, record).status_code == 302
    assert Operation.objects.get().state == State.ACCEPTED


def test_what_sendgrid_said_is_told_and_recorded_afterwards(desk, patient, full, record_named):
    with full('UPDATE "monitors_operation"'):
        response = append(patient, record_named("billing-watch"))

    assert response.status_code == 503
    assert "The desk's disk is full" in text(response)
    assert "SendGrid said “success”. The desk keeps this and records it" in text(response)
    assert len(list(spool.kept_ends())) == 1

    assert ends.record_kept() == 1
    assert Operation.objects.get().state == State.ACCEPTED


def test_the_desk_is_not_ready_and_says_why(client, db, full):
    with full():
        response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"the disk of the database is full\n")
    assert client.get("/readyz").status_code == 200


def test_signing_in_says_plainly_why_it_fails(db, full):
    User.objects.create_user("ben", password=PASSWORD)
    ben = Client(raise_request_exception=False)
    form = {"username": "ben", "password": PASSWORD}
    with full():
        page, answer = ben.get("/accounts/login/"), ben.post("/accounts/login/", form)

    assert (page.status_code, answer.status_code) == (200, 503)
    assert "The desk's disk is full" in text(answer)
    assert ben.post("/accounts/login/", form).status_code == 302


def test_a_database_that_does_not_answer_is_not_called_full(desk, patient):
    def execute(_run, _sql, *_rest):
        raise OperationalError("gone") from psycopg.errors.AdminShutdown("terminating connection")

    with connection.execute_wrapper(execute):
        response = patient.get("/")

    assert response.status_code == 503
    assert "The desk's database does not answer" in text(response)
