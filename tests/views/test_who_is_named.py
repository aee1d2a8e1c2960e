"""Nobody is named as the doer of what only a list shows: somebody here requested it, and who did it is unknown."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import AuditEvent, Customer, MonitorRecord, Operation, Refresh, Role, State
from monitors.services import clock
from tests.views.pages import text

pytestmark = pytest.mark.django_db
BY_A_LIST = "requested by Account_Managers, shown by a list"
NO_ANSWER, REFUSAL = "close_before_answer", "e1"


@pytest.fixture
def ida(as_role):
    return as_role(Role.AUDITORS)


@pytest.fixture
def played(ana, desk, load, monkeypatch):
    """One write that met a fault and was carried out, and the list that shows it."""

    def play(task, fault, path, **form):
        desk.fault(fault, task=task, applied=True)
        ana.post(path, form)
        after_deadline = timezone.now() + timedelta(minutes=10)
        monkeypatch.setattr(timezone, "now", lambda: after_deadline)
        with clock.reading(lambda: after_deadline):
            load()
        return Operation.objects.get()

    return play


@pytest.fixture
def append(played, record_named):
    path = f"/records/{record_named('billing-watch').pk}/append/"
    return lambda fault: played("append", fault, path, user="initech", reason="ESC-7")


@pytest.fixture
def detach(played, record_named):
    path = f"/records/{record_named('abuse-desk').pk}/detach/"
    return lambda fault: played("detach", fault, path, user="acme")


def pages_about(operation):
    record = f"/records/{operation.record_id}/"
    customer = f"/customers/{Customer.objects.get(username=operation.username).pk}/"
    about = [record, f"{record}history/", customer, f"{customer}history/", f"/operations/{operation.pk}/"]
    return [
        *about,
        "/monitored/",
        "/monitored/print/",
        f"/upstream/lists/{Refresh.objects.latest('pk').pk}/",
    ]


def namings(reader, path):
    """The two words before each place where the page names the person."""
    return re.findall(r"(\S+ \S+) Account_Managers", text(reader.get(path)))


@pytest.mark.parametrize("fault", [NO_ANSWER, REFUSAL])
def test_no_page_says_that_somebody_appended_what_only_a_list_shows(ida, append, fault):
    operation = append(fault)

    named = {path: namings(ida, path) for path in pages_about(operation)}

    assert [
        (path, words) for path in named for words in named[path] if not words.lower().endswith("requested by")
    ] == []
    # Where SendGrid refused it, no list settles it.
    assert len([path for path in named if named[path]]) == (8 if fault == NO_ANSWER else 7)


@pytest.mark.parametrize("fault", [NO_ANSWER, REFUSAL])
def test_monitored_and_its_file_tell_who_requested_it_and_that_a_list_shows_it(ida, append, fault):
    append(fault)

    content = b"".join(ida.post("/monitored/export.csv")).decode()
    row = next(row for row in csv.DictReader(io.StringIO(content)) if row["Customer"] == "initech")

    assert BY_A_LIST in text(ida.get("/monitored/"))
    assert (row["Origin"], row["By"]) == ("shown by a list", BY_A_LIST)


def test_an_end_that_only_a_list_shows_is_nobodys(ida, detach):
    operation = detach(NO_ANSWER)

    assert Operation.objects.get().state == State.CONFIRMED
    assert f"just now · {BY_A_LIST}" in text(ida.get(f"/customers/{operation.customer_id}/"))


def test_a_deletion_that_only_a_list_shows_is_nobodys(ida, played, record_named):
    record = record_named("billing-watch")
    operation = played("delete", NO_ANSWER, f"/records/{record.pk}/delete/", name="billing-watch")

    page = text(ida.get(f"/records/{operation.record_id}/"))

    assert f"Disappeared from SendGrid's list just now; deletion {BY_A_LIST} (operation)." in page
    assert "Deleted" not in page


def test_the_audit_log_names_nobody_beside_the_difference(ida, append):
    append(NO_ANSWER)

    page = text(ida.get("/audit/", {"kind": "list.difference"}))

    assert "shown by a list initech appeared on billing-watch" in page


@pytest.mark.parametrize("fault", [NO_ANSWER, REFUSAL])
def test_no_event_of_a_list_names_somebody(append, fault):
    operation = append(fault)

    events = AuditEvent.objects.filter(operation_id=operation.pk).exclude(refresh_id=None)

    assert events.count() == 2
    assert set(events.values_list("actor_id", flat=True)) == {None}


@pytest.mark.parametrize("fault", [NO_ANSWER, REFUSAL])
def test_the_last_change_of_a_record_names_nobody_for_what_only_a_list_shows(append, ida, fault):
    record = append(fault).record

    page = text(ida.get("/"))

    assert MonitorRecord.objects.get(pk=record.pk).changed_by is None
    assert re.search(r"billing-watch .{0,80}?before \d\d:\d\d UTC · shown by a list", page)


def test_what_sendgrid_said_was_done_names_who_did_it(ida, ana, desk, load, record_named):
    record = record_named("billing-watch")
    ana.post(f"/records/{record.pk}/append/", {"user": "initech"})
    load()

    assert "just now · Account_Managers" in text(ida.get(f"/records/{record.pk}/"))
    assert "shown by a list" not in text(ida.get("/monitored/"))
    assert MonitorRecord.objects.get(pk=record.pk).changed_by is not None
