"""A clock that is set back or forward: nothing waits for hours, and nothing old counts as new."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.gateway.errors import NotSent
from monitors.models import Attachment, Mirror, MonitorRecord, Operation, State, Throttle
from monitors.selectors import mirror as mirrors
from monitors.services import attachments, clock, worker
from monitors.services.lists import lease, refresh, schedule, settle
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


def append(manager, user="acme"):
    record = MonitorRecord.objects.named("one")
    return attachments.append(submission=Submission(actor=manager), record=record, user=user)


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
