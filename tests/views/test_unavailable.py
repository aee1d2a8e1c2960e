"""A dead database is a 503 that names the operation and says whether anything left; never a 500."""

from functools import partial

import pytest
from django.db import connection

from monitors.models import Operation, State
from tests import failing_statements
from tests.views.pages import text

pytestmark = pytest.mark.django_db
failing = partial(failing_statements.failing, message="the database system is shutting down")


def append(client, record):
    return client.post(f"/records/{record.pk}/append/", {"user": "initech"})


def test_a_page_says_that_the_database_does_not_answer(desk, patient):
    with failing("monitors_monitorrecord"):
        response = patient.get("/")

    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "The desk's database does not answer" in text(response)


def test_a_write_that_never_left_says_so(desk, patient, record_named):
    record = record_named("billing-watch")
    with failing("INSERT", "monitors_operation"):
        response = append(patient, record)

    assert response.status_code == 503
    assert "Nothing was sent and nothing was changed." in text(response)
    assert not [call for call in desk.calls if call.task == "append"]


def test_a_write_whose_end_is_not_recorded_names_the_operation_and_what_sendgrid_said(
    desk, patient, record_named
):
    record = record_named("billing-watch")
    with failing('UPDATE "monitors_operation"'):
        response = append(patient, record)

    operation = Operation.objects.get()
    assert response.status_code == 503
    assert f"The call of operation {operation.pk} is over: SendGrid said “success”." in text(response)
    assert "records it as soon as the database is back" in text(response)


def test_a_database_that_dies_after_the_write_names_the_operation(desk, patient, record_named):
    record = record_named("billing-watch")
    desk.fault("e1", task="write")
    with failing('FROM "monitors_attachment" INNER JOIN'):  # who is on it, for the form that comes back
        response = patient.post(f"/records/{record.pk}/delete/", {"name": record.name})

    operation = Operation.objects.get()
    assert operation.state == State.REFUSED
    assert response.status_code == 503
    assert f"Operation {operation.pk} is recorded." in text(response)


def test_ready_means_that_the_database_takes_a_write(client, db):
    assert client.get("/readyz").status_code == 200

    with failing("UPDATE"):
        assert client.get("/readyz").status_code == 503


def test_a_form_that_is_too_large_is_told_in_words(patient, record_named, desk, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    record = record_named("billing-watch")

    response = patient.post(f"/records/{record.pk}/append/", {"user": "x" * 5000})

    assert response.status_code == 413
    assert "This form is too large" in text(response)


@pytest.mark.parametrize("page", ["/", "/customers/", "/upstream/", "/search/?q=a"])
def test_a_page_writes_nothing_and_wakes_nobody(desk, ana, page):
    from django.test.utils import CaptureQueriesContext
    from huey.contrib.djhuey import HUEY

    waiting = HUEY.pending_count() + HUEY.scheduled_count()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ana.get(page)

    assert not [query for query in queries if not query["sql"].lstrip().startswith(("SELECT", "WITH"))]
    assert HUEY.pending_count() + HUEY.scheduled_count() == waiting


def test_a_refused_right_is_one_line_in_the_log(desk, ana, caplog):
    from config.logs import WithoutTracebackOfDenial

    ana.get("/audit/")

    (record,) = [record for record in caplog.records if record.name == "django.request"]
    WithoutTracebackOfDenial().filter(record)
    assert record.exc_info is None
