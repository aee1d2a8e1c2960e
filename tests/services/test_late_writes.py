"""A write that SendGrid carries out after its answer was given up: what the operation says, and the mirror."""

from datetime import timedelta

import pytest

from monitors.models import Attachment, MonitorRecord, State
from monitors.services import attachments, clock, records
from monitors.services.lists import refresh
from monitors.services.submission import Submission
from tests.machine import mirror_rows
from tests.machine.clock import SteppedClock
from tests.machine.upstream_history import facts_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def stepped_clock():
    stepped = SteppedClock()
    with clock.reading(stepped, stopwatch=stepped.stopwatch):
        yield stepped


@pytest.fixture
def late_append(upstream, manager, stepped_clock):
    """An append without an answer, which the upstream has not carried out yet."""
    upstream.store.seed(records=[("one", "a@northmail.example", 5, [])], customers=["acme"])
    refresh.run(source="command")
    upstream.fault("late", task="append")
    record = MonitorRecord.objects.get(name="one")
    operation = attachments.append(submission=Submission(actor=manager), record=record, user="acme")
    assert operation.state == State.UNKNOWN
    return operation


def pass_the_deadline(stepped_clock, operation):
    stepped_clock.sleep((operation.deadline_at - stepped_clock.moment + timedelta(seconds=1)).total_seconds())


def test_a_write_carried_out_before_its_deadline_is_confirmed(upstream, stepped_clock, late_append):
    upstream.carry_out_late_writes()
    refresh.run(source="command")
    late_append.refresh_from_db()
    assert late_append.state == State.UNKNOWN

    pass_the_deadline(stepped_clock, late_append)
    refresh.run(source="command")

    late_append.refresh_from_db()
    assert late_append.state == State.CONFIRMED
    assert Attachment.objects.get().began_by == late_append


def test_a_write_carried_out_after_its_deadline_and_before_the_list_is_confirmed(
    upstream, stepped_clock, late_append
):
    pass_the_deadline(stepped_clock, late_append)
    upstream.carry_out_late_writes()

    refresh.run(source="command")

    late_append.refresh_from_db()
    assert late_append.state == State.CONFIRMED


def test_a_write_carried_out_after_it_was_judged_is_confirmed_by_the_next_list(
    upstream, stepped_clock, late_append
):
    """SendGrid breaks its promise."""
    pass_the_deadline(stepped_clock, late_append)
    refresh.run(source="command")
    late_append.refresh_from_db()
    assert late_append.state == State.NOT_APPLIED

    upstream.carry_out_late_writes()
    refresh.run(source="command")

    assert mirror_rows.read().facts() == facts_of(upstream.store.snapshot())
    assert Attachment.objects.get().began_by == late_append
    late_append.refresh_from_db()
    assert late_append.state == State.CONFIRMED


def test_a_late_rename_whose_old_name_was_taken_again_leaves_the_mirror_as_the_list(
    upstream, manager, stepped_clock
):
    """The record cannot be followed: who carried its customers over stays "outside" (docs/testing.md)."""
    upstream.store.seed(records=[("one", "a@northmail.example", 5, ["acme"])])
    refresh.run(source="command")
    upstream.fault("late", task="edit")
    record = MonitorRecord.objects.get(name="one")
    renamed = records.edit(submission=Submission(actor=manager), record=record, new_name="two")
    upstream.carry_out_late_writes()
    upstream.store.create(name="one", email="b@northmail.example", frequency=7)

    pass_the_deadline(stepped_clock, renamed)
    refresh.run(source="command")

    renamed.refresh_from_db()
    assert renamed.state == State.CONFIRMED
    assert mirror_rows.read().facts() == facts_of(upstream.store.snapshot())


def test_a_deletion_without_an_answer_is_confirmed_though_somebody_else_had_deleted_before(
    upstream, manager, stepped_clock
):
    """No list can tell the two apart."""
    upstream.store.seed(records=[("one", "a@northmail.example", 5, [])])
    refresh.run(source="command")
    upstream.store.delete(name="one")
    upstream.fault("garbage", task="delete")
    record = MonitorRecord.objects.get(name="one")
    deleted = records.delete(submission=Submission(actor=manager), record=record)

    pass_the_deadline(stepped_clock, deleted)
    refresh.run(source="command")

    deleted.refresh_from_db()
    assert deleted.state == State.CONFIRMED
    assert not MonitorRecord.objects.living().exists()
