"""Files are asked for by a form of the desk's own, and a person gets one at a time."""

from datetime import timedelta

import pytest
from django.core.signals import request_finished
from django.db import DatabaseError, close_old_connections
from django.test import Client
from django.utils import timezone

from monitors.models import AuditEvent, ExportTurn, Kind, Role
from monitors.services import exports
from monitors.services.errors import TooMany
from monitors.views import sheets
from tests.views.pages import text
from tests.views.test_access import paths

__all__ = ["paths"]  # a fixture

pytestmark = pytest.mark.django_db
FILES = ("monitored_csv", "monitored_xlsx", "audit_csv", "plan_results")


@pytest.fixture
def ida(as_role):
    return as_role(Role.AUDITORS)


def taken():
    return AuditEvent.objects.filter(kind=Kind.EXPORT).count()


@pytest.mark.parametrize("name", FILES)
def test_a_link_or_a_form_on_another_site_gets_no_file(paths, person, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person(Role.ADMINISTRATORS))

    assert client.get(paths[name]).status_code == 405
    assert client.post(paths[name]).status_code == 403
    assert taken() == 0


@pytest.mark.parametrize("name", FILES)
def test_the_form_on_the_page_gets_it_and_it_is_an_event(paths, person, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person(Role.ADMINISTRATORS))
    page = paths["plan"] if name == "plan_results" else paths[name].rpartition("/")[0] + "/"
    source = client.get(page).content.decode()
    action = source.partition(f'action="{paths[name]}')[2]
    token = action.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]

    answer = client.post(paths[name] + action.partition('"')[0], {"csrfmiddlewaretoken": token})

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content)
    assert taken() == 1


def test_the_results_of_a_plan_are_an_event_that_names_the_plan(paths, ana):
    list(ana.post(paths["plan_results"]).streaming_content)

    event = AuditEvent.objects.get(kind=Kind.EXPORT)
    uuid = paths["plan_results"].split("/")[2]
    assert event.details == {"table": "plan", "format": "csv", "filters": {"plan": uuid}, "rows": 1}
    assert event.actor_roles == "Account managers"


@pytest.mark.parametrize("name", ["monitored_csv", "monitored_xlsx", "audit_csv"])
def test_a_second_file_waits_until_the_first_has_gone_out(paths, ida, as_role, name):
    first = ida.post(paths[name])
    second = ida.post(paths["audit_csv"])
    of_another = as_role(Role.ADMINISTRATORS).post(paths["audit_csv"])
    list(first.streaming_content)
    third = ida.post(paths["audit_csv"])

    assert (second.status_code, second.headers["Retry-After"]) == (429, "10")
    assert "Your last file is not finished yet. People get one file at a time" in text(second)
    assert (of_another.status_code, third.status_code) == (200, 200)
    assert taken() == 3


def test_whoever_goes_away_before_the_first_row_holds_up_nobody(paths, ida):
    answer = ida.post(paths["audit_csv"])

    request_finished.disconnect(close_old_connections)  # the test's own
    answer.close()
    request_finished.connect(close_old_connections)

    assert not ExportTurn.objects.exists()


@pytest.mark.parametrize("query", [{"since": "soon"}, {"days": "many"}])
def test_wrong_filters_end_the_turn(paths, ida, query):
    assert ida.post(paths["audit_csv"], query_params=query).status_code == 400

    assert not ExportTurn.objects.exists()


def test_a_file_that_breaks_ends_the_turn(paths, ida, monkeypatch):
    def broken(*_, **__):
        raise OSError("the disk is full")

    monkeypatch.setattr(sheets, "xlsx_response", broken)
    ida.raise_request_exception = False

    assert ida.post(paths["monitored_xlsx"]).status_code == 500
    assert not ExportTurn.objects.exists()


def test_a_turn_whose_process_was_killed_is_over_after_two_minutes(person):
    ida = person(Role.AUDITORS)
    exports.Turn(ida)
    with pytest.raises(TooMany):
        exports.Turn(ida)

    ExportTurn.objects.update(until=timezone.now() - timedelta(seconds=1))

    exports.Turn(ida)


def test_a_turn_lasts_as_long_as_its_rows_are_taken(person, monkeypatch):
    monkeypatch.setattr(exports, "RENEWAL_SECONDS", -1)
    turn = exports.Turn(person(Role.AUDITORS))
    ExportTurn.objects.update(until=timezone.now())

    next(turn.keep(iter("ab")))

    assert ExportTurn.objects.get().until > timezone.now() + timedelta(seconds=90)


def test_the_end_of_an_old_turn_leaves_a_later_one(person):
    ida = person(Role.AUDITORS)
    old = exports.Turn(ida)
    ExportTurn.objects.update(until=timezone.now() - timedelta(seconds=1))
    exports.Turn(ida)

    old.end()

    assert ExportTurn.objects.count() == 1


def test_four_people_at_once_leave_threads_for_the_others(person):
    for number in range(4):
        exports.Turn(person(Role.AUDITORS, f"auditor {number}"))

    with pytest.raises(TooMany, match="Too many files are being written for others"):
        exports.Turn(person(Role.AUDITORS, "one more"))


def test_a_database_that_fails_at_the_end_does_not_break_the_file(person, monkeypatch, caplog):
    turn = exports.Turn(person(Role.AUDITORS))

    def failing():
        raise DatabaseError("gone")

    monkeypatch.setattr(turn, "_own", failing)
    turn.end()

    assert "the turn of a file was not ended" in caplog.text
