"""The end of a call is never thrown away: tried again, kept in a file, recorded by the next process."""

import importlib
import os
import sys
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from monitors.models import Attachment, AuditEvent, Kind, MonitorRecord, Operation, State, Throttle
from monitors.services import attachments, clock, ends, refreshes
from monitors.services.errors import NotRecorded
from monitors.services.lists import refresh, settle
from monitors.services.outbound import gateway as outbound_gateway
from monitors.services.outbound import spool
from monitors.services.submission import Submission
from tests.failing_statements import failing

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(upstream, load, settings, tmp_path):
    upstream.store.seed(records=[("one", "a@northmail.example", 5, [])], customers=["acme"])
    settings.PACE = replace(settings.PACE, recording_patience=timedelta(0))
    settings.SPOOL_DIR = tmp_path / "spool"
    load()
    return upstream


def append(manager):
    record = MonitorRecord.objects.named("one")
    return attachments.append(submission=Submission(actor=manager), record=record, user="acme")


END = ('UPDATE "monitors_operation"',)


def test_an_end_that_the_database_does_not_take_is_kept_and_recorded_later(desk, manager):
    with failing(*END), pytest.raises(NotRecorded) as caught:
        append(manager)

    assert (caught.value.state, caught.value.is_kept) == (State.ACCEPTED, True)
    operation = Operation.objects.get()
    assert operation.state == State.PENDING

    assert ends.record_kept() == 1

    operation.refresh_from_db()
    assert (operation.state, operation.words) == (State.ACCEPTED, ["success"])
    assert operation.started_at <= operation.ended_at <= operation.deadline_at
    assert Attachment.objects.lasting().get().began_by == operation
    assert list(spool.kept_ends()) == []


@pytest.mark.any_database  # the entry point closes its connection, which only SQLite's memory survives
def test_the_web_records_kept_ends_when_it_starts(desk, manager, monkeypatch):
    with failing(*END), pytest.raises(NotRecorded):
        append(manager)
    monkeypatch.delitem(sys.modules, "config.wsgi", raising=False)

    importlib.import_module("config.wsgi")

    assert Operation.objects.get().state == State.ACCEPTED


@pytest.mark.parametrize(
    "fetch",
    [lambda: refreshes.request_list(actor=None), lambda: call_command("refresh")],
    ids=["web", "command"],
)
def test_without_a_worker_a_kept_end_is_recorded_before_the_list_that_somebody_wants(desk, manager, fetch):
    with failing(*END), pytest.raises(NotRecorded):
        append(manager)

    fetch()

    assert Operation.objects.get().state == State.CONFIRMED


# An end that is recorded after lists have come


def kept_append(manager):
    with failing(*END), pytest.raises(NotRecorded):
        append(manager)
    return Operation.objects.get()


def look(*, minutes):
    """A list, so many minutes later."""
    with clock.reading(lambda: timezone.now() + timedelta(minutes=minutes)):
        refresh.run(source="command")


def record_later(operation, *, minutes):
    with clock.reading(lambda: timezone.now() + timedelta(minutes=minutes)):
        ends.record_kept()
    operation.refresh_from_db()


def test_a_success_recorded_after_a_list_has_shown_it_confirms_and_begins_nothing_anew(desk, manager):
    operation = kept_append(manager)
    look(minutes=2)
    desk.store.detach(user="acme")
    look(minutes=3)

    record_later(operation, minutes=4)

    assert (operation.state, operation.words) == (State.CONFIRMED, ["success"])
    assert Attachment.objects.get().detached_at is not None


def test_a_success_recorded_after_a_list_without_it_changes_no_history_before_that_list(desk, manager):
    operation = kept_append(manager)
    desk.store.detach(user="acme")
    look(minutes=2)

    record_later(operation, minutes=3)

    assert (operation.state, operation.settled_at) == (State.ACCEPTED, None)
    assert not Attachment.objects.exists()


def test_a_success_recorded_late_that_only_a_later_list_shows_took_effect_after_the_list_without_it(
    desk, manager
):
    operation = kept_append(manager)
    desk.store.detach(user="acme")
    look(minutes=2)
    record_later(operation, minutes=3)
    desk.store.append(user="acme", name="one")

    look(minutes=4)

    attachment = Attachment.objects.get()
    assert attachment.attached_after >= operation.deadline_at
    assert attachment.attached_at > attachment.attached_after


def test_a_refusal_recorded_before_any_list_has_judged_the_operation_is_believed(desk, manager):
    desk.store.delete(name="one")
    operation = kept_append(manager)
    with clock.reading(lambda: timezone.now() + timedelta(minutes=2)):
        settle.mark_abandoned()

    record_later(operation, minutes=3)

    assert operation.state == State.REFUSED
    assert operation.settled_at == operation.ended_at


def test_a_kept_end_is_recorded_once(desk, manager):
    with failing(*END), pytest.raises(NotRecorded):
        append(manager)
    path = next(spool.kept_ends())[2]
    text = path.read_text()
    ends.record_kept()
    path.write_text(text)

    assert ends.record_kept() == 0
    assert list(spool.kept_ends()) == []


def test_an_end_whose_commit_was_not_answered_is_recorded_once(desk, manager):
    operation = append(manager)

    again = ends.finish(operation, spool.CallEnd(state=State.ACCEPTED, words=("success",)))

    assert again.ended_at == operation.ended_at
    assert AuditEvent.objects.filter(operation_id=operation.pk, kind=Kind.ENDED).count() == 1
    assert Attachment.objects.count() == 1


def test_an_end_that_two_workers_record_at_once_is_in_the_log_once(desk, manager):
    with failing(*END), pytest.raises(NotRecorded):
        append(manager)
    operation, (_, end, _) = Operation.objects.get(), next(spool.kept_ends())

    ends.finish(operation, end)
    ends.finish(operation, end)

    kinds = AuditEvent.objects.filter(operation_id=operation.pk).values_list("kind", flat=True)
    assert sorted(kinds) == [Kind.ENDED, Kind.STARTED]
    assert Attachment.objects.count() == 1


def test_a_file_that_another_process_has_recorded_is_no_error(desk, manager, caplog):
    with failing(*END), pytest.raises(NotRecorded):
        append(manager)
    ends = spool.kept_ends()
    next(ends)[2].with_name("gone.json").symlink_to("nowhere")

    assert len(list(spool.kept_ends())) == 1
    assert "cannot be read" not in caplog.text


def test_a_kept_file_holds_neither_key_nor_request(desk, manager, settings):
    with failing(*END), pytest.raises(NotRecorded):
        append(manager)

    text = next(spool.kept_ends())[2].read_text()
    assert settings.SENDGRID_API_KEY not in text
    assert "acme" not in text


def test_a_file_that_cannot_be_read_is_left_and_the_others_are_recorded(desk, manager, settings):
    with failing(*END), pytest.raises(NotRecorded):
        append(manager)
    broken = settings.SPOOL_DIR / "broken.json"
    broken.write_text("{")

    assert ends.record_kept() == 1
    assert broken.exists()


@pytest.mark.parametrize(("age", "stays"), [(59, True), (61, False)])
def test_what_a_killed_process_had_only_begun_to_write_is_removed_after_an_hour(
    settings, tmp_path, age, stays
):
    settings.SPOOL_DIR = tmp_path
    draft = settings.SPOOL_DIR / "0.1.draft"
    draft.write_text("{")
    os.utime(draft, times=(time.time() - age * 60,) * 2)

    ends.record_kept()

    assert draft.exists() is stays


def test_a_disk_that_takes_nothing_either_is_told(desk, manager, settings, tmp_path):
    settings.SPOOL_DIR = tmp_path / "file"
    settings.SPOOL_DIR.write_text("no folder")

    with failing(*END), pytest.raises(NotRecorded) as caught:
        append(manager)

    assert not caught.value.is_kept


def test_an_end_is_tried_again_while_the_database_is_locked(desk, manager, settings):
    settings.PACE = replace(
        settings.PACE, recording_patience=timedelta(seconds=5), recording_pause=timedelta(0)
    )
    failures = iter(range(3))

    def execute(run, sql, *rest):
        if all(word in sql for word in END) and next(failures, None) is not None:
            raise OperationalError("database is locked")
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        operation = append(manager)

    assert operation.state == State.ACCEPTED
    assert next(failures, None) is None


def test_a_throttle_that_cannot_be_asked_lets_nothing_leave(desk, manager):
    calls = len(desk.calls)
    with failing("UPDATE", Throttle._meta.db_table):
        operation = append(manager)

    assert operation.state == State.NOT_SENT
    assert len(desk.calls) == calls


def test_a_call_does_not_end_before_it_was_sent_where_the_database_was_slow(desk, manager, monkeypatch):
    connect, sent_at = outbound_gateway.connect, []
    monkeypatch.setattr(
        outbound_gateway, "connect", lambda **how: sent_at.append(timezone.now()) or connect(**how)
    )

    def execute(run, sql, *rest):
        if "INSERT" in sql and "monitors_auditevent" in sql and not sent_at:
            time.sleep(0.3)
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        operation = append(manager)

    assert operation.ended_at >= sent_at[0]


def test_an_end_from_before_the_clock_was_set_back_is_confirmed_by_the_next_list(desk, manager, load):
    with failing(*END), pytest.raises(NotRecorded) as caught:
        append(manager)
    with clock.reading(lambda: timezone.now() - timedelta(hours=1)):
        settle.mark_abandoned()  # brings its deadline near
        ends.record_kept()
        load()

    operation = caught.value.operation
    operation.refresh_from_db()
    assert operation.state == State.CONFIRMED
    assert operation.deadline_at >= operation.ended_at
