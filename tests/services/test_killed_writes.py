"""A process killed at any step of a write leaves what the next process and a list make true."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction
from django.utils import timezone

from monitors.models import Mirror, MonitorRecord, Operation, State, Throttle
from monitors.services import attachments, clock, ends, queue
from monitors.services.lists import refresh
from monitors.services.senders import Dispatcher
from monitors.services.submission import Submission
from tests.machine import mirror_rows
from tests.machine.failing_database import failing_once_it_is_sent
from tests.machine.kill import Process, killed_after, killed_at_a_file
from tests.machine.upstream_history import facts_of

pytestmark = pytest.mark.django_db

KEPT_FILE_STEPS = 5


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


def state_now():
    return Operation.objects.values_list("state", flat=True).first()


def after_a_list(upstream):
    """The operation's state after a list that was asked for when its deadline had passed."""
    with clock.reading(lambda: timezone.now() + timedelta(minutes=2)):
        refresh.run(source="command")
    assert mirror_rows.read().facts() == facts_of(upstream.store.snapshot())
    return state_now()


@pytest.mark.slow
def test_a_write_killed_at_any_step_leaves_a_trace_from_before_its_call_on(desk, manager):
    left = set()
    for steps in count():
        left.add(left_by_a_kill_after(steps, desk, manager))
        if (True, State.ACCEPTED, State.CONFIRMED) in left:
            break

    assert left == {
        (False, None, None),
        (False, State.PENDING, State.NOT_APPLIED),
        (True, State.PENDING, State.CONFIRMED),
        (True, State.ACCEPTED, State.CONFIRMED),
    }


def left_by_a_kill_after(steps, upstream, manager):
    """Whether it has acted upstream, its state, and its state after a list; leaves everything as it was."""
    with transaction.atomic():
        with killed_after(steps):
            append(manager)
        has_acted, state = bool(upstream.store.snapshot()[0][3]), state_now()
        judged = after_a_list(upstream)
        transaction.set_rollback(True)
    upstream.store.detach(user="acme")
    return has_acted, state, judged


@pytest.mark.parametrize("steps", range(KEPT_FILE_STEPS + 1))
def test_an_end_is_in_its_file_from_the_rename_on_wherever_the_process_is_killed(desk, manager, steps):
    with failing_once_it_is_sent(), killed_at_a_file(Process(steps)):
        append(manager)

    is_renamed = (
        steps >= KEPT_FILE_STEPS - 1
    )  # what comes after it only makes it survive the machine's own death
    assert ends.record_kept() == int(is_renamed)
    assert state_now() == (State.ACCEPTED if is_renamed else State.PENDING)
    assert after_a_list(desk) == State.CONFIRMED


@pytest.mark.slow
def test_a_process_killed_while_it_records_a_kept_end_leaves_it_to_the_next_one(desk, manager, settings):
    with failing_once_it_is_sent():
        append(manager)
    (path,) = settings.SPOOL_DIR.glob("*")
    text = path.read_text()

    for steps in count():
        with transaction.atomic():
            path.write_text(text)
            with killed_after(steps):
                ends.record_kept()
            is_recorded = not path.exists()
            ends.record_kept()
            assert (state_now(), path.exists()) == (State.ACCEPTED, False)
            transaction.set_rollback(True)
        if is_recorded:
            break
    assert steps > KEPT_FILE_STEPS


@pytest.mark.slow
def test_a_worker_killed_at_any_step_leaves_the_write_in_the_queue_or_to_a_list(desk, manager):
    Mirror.objects.update(worker_seen_at=timezone.now())
    Throttle.objects.update(allowance=100, refilled_at=timezone.now())
    left = set()
    for steps in count():
        left.add(left_by_a_worker_killed_after(steps, desk, manager))
        if (True, State.ACCEPTED, State.CONFIRMED) in left:
            break

    assert left == {
        (False, State.QUEUED, State.NOT_SENT),
        (False, State.PENDING, State.NOT_APPLIED),
        (True, State.PENDING, State.CONFIRMED),
        (True, State.ACCEPTED, State.CONFIRMED),
    }


def left_by_a_worker_killed_after(steps, upstream, manager):
    """Whether it has acted upstream, its state, and its state once its time is over and a list has come."""
    with transaction.atomic():
        append(manager)
        with killed_after(steps):
            worker = Dispatcher(1)
            worker.turn()
            worker.send_one(worker.next_one())
            worker.turn()
        has_acted, state = bool(upstream.store.snapshot()[0][3]), state_now()
        with clock.reading(lambda: timezone.now() + timedelta(minutes=2)):
            queue.expire()
        judged = after_a_list(upstream)
        transaction.set_rollback(True)
    upstream.store.detach(user="acme")
    return has_acted, state, judged
