"""What the worker verifies each night, what it says of it, and what the page of the log shows."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from monitors import tasks
from monitors.models import AuditEvent, Kind, Proof, ProofCheck, Role, guards
from monitors.services import clock
from monitors.services.log import history, proof
from tests.services.rows import a_record, an_attachment, minute
from tests.views.pages import text

pytestmark = pytest.mark.django_db


def found(kind):
    return ProofCheck.objects.get(pk=kind).problem


def digests():
    return AuditEvent.objects.filter(kind=Kind.DIGEST).count()


def unguard():
    guards.remove(connection, "attachment_kept")


def test_missing_triggers_are_an_error_at_the_start_and_kept(caplog):
    unguard()

    proof.note_start()

    assert "the history is not guarded: the trigger attachment_kept" in caplog.text
    assert found(Proof.GUARDS) == "the trigger attachment_kept on monitors_attachment is missing"


def test_a_database_that_is_not_there_yet_does_not_stop_a_start(caplog):
    def refuse(*_):
        raise OperationalError("it restarts")

    with connection.execute_wrapper(refuse):
        proof.note_start()

    assert "the triggers could not be looked at" in caplog.text


def test_each_night_the_log_and_the_triggers_are_verified():
    unguard()

    tasks.print_anchor_each_night.call_local()

    assert (found(Proof.LOG), found(Proof.GUARDS)[:11]) == ("", "the trigger")


def test_each_night_a_digest_goes_into_the_chain():
    tasks.prove_history_each_night.call_local()
    tasks.prove_history_each_night.call_local()

    assert digests() == 2


def test_the_history_is_verified_each_week_and_while_it_does_not_hold(caplog):
    def night(number):
        with clock.reading(lambda: minute(0) + timedelta(days=number)):
            proof.prove_history()
        return found(Proof.HISTORY)

    assert night(0) == ""
    row = an_attachment(a_record(), "acme")
    who = f"customer {row.customer_id} on record {row.record_id} since 2026-03-03 11:30:00.000000"

    assert night(6) == ""
    assert {night(7), night(8)} == {f"{who}: the row is there, and no event says so"}
    assert caplog.text.count("the history does not hold") == 2


def test_the_first_digest_comes_soon_after_the_first_list(upstream, load):
    proof.begin_digests()
    assert digests() == 0

    upstream.store.seed(records=[("one", "a@northmail.example", 5, ["acme"])])
    load()
    proof.begin_digests()
    proof.begin_digests()

    assert digests() == 1
    assert history.verify().digests == (AuditEvent.objects.get(kind=Kind.DIGEST).number,)


def test_the_page_of_the_log_says_when_each_was_verified_and_what_was_found(client, person):
    client.force_login(person(Role.AUDITORS))
    assert "verified" not in text(client.get("/audit/"))
    proof.verify_log()
    unguard()
    proof.look_at_guards()

    page = text(client.get("/audit/"))

    assert "Audit log verified" in page
    assert "Triggers, found wrong" in page
    assert "the trigger attachment_kept on monitors_attachment is missing." in page
