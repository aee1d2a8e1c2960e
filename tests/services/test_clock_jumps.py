"""A clock that is set back or forward: nothing waits for hours, and nothing old counts as new."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from monitors.gateway.errors import NotSent
from monitors.models import Attachment, Mirror, MonitorRecord, Operation, RecordRevision, State, Throttle
from monitors.selectors import mirror as mirrors
from monitors.services import attachments, clock, records, worker
from monitors.services.lists import lease, refresh, schedule, settle
from monitors.services.log import history
from monitors.services.outbound.throttle import SharedThrottle
from monitors.services.submission import Submission
from tests.tampering import lifted

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(upstream, load):
    upstream.store.seed(records=[("one", "a@northmail.example", 5, [])], customers=["acme", "globex"])
    load()
    return upstream


def set_by(jump):
    return clock.reading(lambda: timezone.now() + jump)


def append(manager, user="acme", until=""):
    record = MonitorRecord.objects.named("one")
    return attachments.append(submission=Submission(actor=manager), record=record, user=user, until=until)


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_a_list_is_due_after_a_jump(desk, load, jump):
    assert not schedule.is_due(Mirror.objects.get())

    with set_by(jump):
        assert schedule.is_due(Mirror.objects.get())


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_a_lease_from_before_a_jump_is_free(desk, jump):
    assert lease.take() is not None

    with set_by(jump):
        assert lease.take() is not None


@pytest.mark.parametrize("state", [State.PENDING, State.UNKNOWN])
def test_a_deadline_from_before_the_clock_was_set_back_is_brought_near(desk, manager, state, settings):
    operation = append(manager)
    with lifted():
        Operation.objects.update(state=state, settled_at=None)
    with set_by(-HOUR):
        settle.mark_abandoned()
        operation.refresh_from_db()
        latest = timedelta(seconds=settings.SENDGRID_DEADLINE) + settings.PACE.call_margin

        assert clock.now() < operation.deadline_at <= clock.now() + latest


def test_a_write_from_before_the_clock_was_set_back_is_confirmed_by_the_next_list(desk, manager, load):
    operation = append(manager)
    with set_by(-HOUR):
        load()

    operation.refresh_from_db()
    assert operation.state == State.CONFIRMED


def test_a_list_after_a_jump_back_is_applied_whole(desk, manager, load):
    append(manager)
    desk.store.append(user="globex", name="one")
    with set_by(-HOUR):
        load()

    assert Attachment.objects.lasting().count() == 2
    outside = Attachment.objects.get(customer__username="globex")
    assert outside.attached_after <= outside.attached_at


@pytest.mark.parametrize("column", ["paused_until", "broken_until"])
def test_calls_are_not_held_back_for_hours_after_a_jump_back(desk, column):
    Throttle.objects.update(failures=5, **{column: timezone.now() + timedelta(seconds=30)})
    with pytest.raises(NotSent):
        SharedThrottle().admit()

    with set_by(-2 * HOUR):
        SharedThrottle().admit()


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_a_sign_of_life_from_another_time_is_none(desk, jump):
    Mirror.objects.update(worker_seen_at=timezone.now() + jump)

    assert not worker.is_alive(Mirror.objects.get(), timezone.now())
    assert mirrors.is_worker_silent(Mirror.objects.get())


def test_an_unknown_operation_is_not_judged_before_its_deadline_after_a_jump_back(desk, manager, load):
    desk.fault("late", task="write")
    operation = append(manager)
    with set_by(-HOUR):
        load()

    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN


def test_an_unknown_operation_is_settled_within_its_deadline_after_a_jump_back(desk, manager, settings):
    desk.fault("close_before_answer", task="write", applied=True)
    operation = append(manager)
    with set_by(-HOUR):
        settle.mark_abandoned()
    soon = timedelta(seconds=settings.SENDGRID_DEADLINE) + 2 * settings.PACE.call_margin
    with set_by(-HOUR + soon):
        assert refresh.run_if_due(source="worker") is not None

    operation.refresh_from_db()
    assert operation.state == State.CONFIRMED


# Which of two left later


def detach(manager, record=None):
    return attachments.detach(submission=Submission(actor=manager), record=record, user="acme")


def test_a_detach_is_superseded_by_an_append_after_a_jump_back(desk, manager, load):
    append(manager)
    taken_off = detach(manager, MonitorRecord.objects.get())
    with set_by(-HOUR):
        back = append(manager)
        load()

    taken_off.refresh_from_db()
    back.refresh_from_db()
    assert (taken_off.state, taken_off.outcome_note) == (State.ACCEPTED, settle.SUPERSEDED)
    assert back.state == State.CONFIRMED


def test_an_append_that_was_confirmed_long_before_a_jump_back_supersedes_no_detach(desk, manager, load):
    with set_by(-2 * HOUR):
        append(manager)
        desk.fault("lie", task="write")
        append(manager, "globex")  # judged again together with what is done now
        load()
    desk.fault("lie", task="write")
    false = detach(manager, MonitorRecord.objects.get())
    assert Operation.objects.filter(state=State.CONTRADICTED).exists()
    with set_by(-HOUR):
        load()

    false.refresh_from_db()
    assert false.state == State.CONTRADICTED


def test_two_false_edits_around_a_jump_back_are_both_taken_back(desk, manager, load):
    desk.fault("lie", task="write", times=2)
    edit(manager, new_frequency=6)
    with set_by(-HOUR):
        later = edit(manager, new_frequency=7)
        load()

    assert [row.frequency for row in RecordRevision.objects.order_by("pk")] == [5, 6, 7, 5]
    assert RecordRevision.objects.get(until=None).began_by == later
    demand_one_after_the_other()


# Whose beginning it is, where the record was first seen at an hour that is still to come


def test_an_append_without_an_answer_began_what_a_list_shows_after_a_jump_back(desk, manager, settings):
    desk.fault("close_before_answer", task="write", applied=True)
    operation = append(manager)
    soon = timedelta(seconds=settings.SENDGRID_DEADLINE) + 2 * settings.PACE.call_margin
    with set_by(-HOUR):
        settle.mark_abandoned()
    with set_by(-HOUR + soon):
        refresh.run(source="command")

    assert Attachment.objects.get().began_by == operation


@pytest.mark.parametrize("is_from_all", [False, True])
def test_a_false_detach_after_a_jump_back_lets_the_attachment_go_on(desk, manager, load, is_from_all):
    began = append(manager)
    load()
    desk.fault("lie", task="write")
    with set_by(-HOUR):
        detach(manager, None if is_from_all else MonitorRecord.objects.get())
        load()

    ended, lasting = Attachment.objects.order_by("pk")
    assert (lasting.began_by, lasting.since, lasting.detached_at) == (began, ended.since, None)


# How long a customer was on a record, one after the other


@pytest.fixture
def left(desk, manager, load):
    """Appended and detached before the clock is set back; that attachment."""
    append(manager)
    load()
    detach(manager, MonitorRecord.objects.get())
    return Attachment.objects.get()


def demand_attachments_one_after_the_other():
    """None begins before the one before it ended, and the log says the same."""
    for former, row in pairwise(Attachment.objects.order_by("pk")):
        assert row.since == row.attached_at >= former.detached_at
    assert history.verify().problem == ""


def test_an_append_after_a_jump_back_counts_from_the_end_before_it(left, manager):
    with set_by(-HOUR):
        operation = append(manager)

    again = Attachment.objects.latest("pk")
    assert (again.began_by, again.attached_at) == (operation, left.detached_at)
    assert operation.ended_at < left.detached_at  # what the clock told then
    demand_attachments_one_after_the_other()


def test_an_end_of_an_append_after_a_jump_back_counts_from_the_list(left, manager, load):
    with set_by(-HOUR):
        operation = append(manager, until="1h")
    with set_by(-HOUR / 2):
        load()

    again = Attachment.objects.latest("pk")
    assert operation.ended_at + 1.5 * HOUR < again.expires_at < left.detached_at + HOUR


def test_what_a_list_shows_after_a_jump_back_counts_from_the_end_before_it(left, desk, load):
    load()
    desk.store.append(user="acme", name="one")
    with set_by(-HOUR):
        load()

    again = Attachment.objects.latest("pk")
    assert (again.began_by, again.attached_at) == (None, left.detached_at)
    demand_attachments_one_after_the_other()


def test_a_detach_after_a_jump_back_ended_what_began_after_it(left, desk, manager, load, settings):
    """By the clock the attachment has not begun yet when a list denies the detach, which is carried out late."""
    soon = timedelta(seconds=settings.SENDGRID_DEADLINE) + 2 * settings.PACE.call_margin
    with set_by(-HOUR):
        append(manager)
        load()
        desk.fault("close_before_answer", task="write", applied=False)
        operation = detach(manager, MonitorRecord.objects.get())
    with set_by(-HOUR + soon):
        load()
        desk.store.detach(user="acme", name="one")
    with set_by(-HOUR + 2 * soon):
        load()

    again = Attachment.objects.latest("pk")
    assert (again.ended_by, again.detached_at) == (operation, left.detached_at)
    demand_attachments_one_after_the_other()


def test_several_that_lasted_no_time_after_a_jump_back_agree_with_the_log(left, manager):
    with set_by(-HOUR):
        for _ in range(3):
            append(manager)
            detach(manager, MonitorRecord.objects.get())

    assert {row.detached_at for row in Attachment.objects.all()} == {left.detached_at}
    demand_attachments_one_after_the_other()


# What a record was, one after the other


@pytest.fixture
def edited(desk, manager):
    """Told by the clock before it is set back; the record."""
    edit(manager, new_frequency=6)
    return MonitorRecord.objects.get()


def edit(manager, **wanted):
    record = MonitorRecord.objects.named("one")
    return records.edit(submission=Submission(actor=manager), record=record, **wanted)


def demand_one_after_the_other():
    """No revision ends before it began, none begins before the one before it ended, and the log says the same."""
    *former, last = RecordRevision.objects.order_by("pk")
    for row, following in zip(former, [*former[1:], last], strict=True):
        assert row.since <= row.until <= following.since
    assert last.until is None or last.until >= last.since
    assert history.verify().problem == ""


def test_an_edit_after_a_jump_back_counts_from_the_change_before_it(edited, manager):
    with set_by(-HOUR):
        operation = edit(manager, new_frequency=7)

    first, second, third = RecordRevision.objects.order_by("pk")
    assert (second.until, third.since, third.frequency) == (second.since, second.since, 7)
    assert first.until == second.since
    assert operation.ended_at < second.since  # what the clock told then
    edited.refresh_from_db()
    assert edited.changed_at == third.since
    demand_one_after_the_other()


def test_a_deletion_after_a_jump_back_counts_from_the_change_before_it(edited, manager):
    with set_by(-HOUR):
        records.delete(submission=Submission(actor=manager), record=edited)

    last = RecordRevision.objects.latest("pk")
    edited.refresh_from_db()
    assert (last.until, edited.gone_at) == (last.since, last.since)
    demand_one_after_the_other()


@pytest.mark.parametrize("is_gone", [False, True], ids=["changed", "gone"])
def test_what_a_list_shows_after_a_jump_back_counts_from_the_change_before_it(edited, desk, load, is_gone):
    load()
    if is_gone:
        desk.store.delete(name="one")
    else:
        desk.store.edit(name="one", new_frequency=9)
    with set_by(-HOUR):
        load()

    second = RecordRevision.objects.order_by("pk")[1]
    assert second.until == second.since
    edited.refresh_from_db()
    assert edited.gone_at == (second.since if is_gone else None)
    demand_one_after_the_other()


def test_a_deletion_after_a_jump_back_that_was_none_counts_from_the_change_before_it(
    edited, desk, manager, load
):
    desk.fault("lie", task="write")
    with set_by(-HOUR):
        records.delete(submission=Submission(actor=manager), record=edited)
        load()

    edited.refresh_from_db()
    second, third = RecordRevision.objects.order_by("pk")[1:]
    assert (edited.gone_at, second.until, third.since) == (None, second.since, second.since)
    demand_one_after_the_other()
