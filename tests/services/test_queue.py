"""The queue: what was asked for is a row, taken in turn, looked at again, and never sent when its time is over."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from monitors.models import (
    Attachment,
    AuditEvent,
    Mirror,
    MonitorRecord,
    Operation,
    Plan,
    State,
    Task,
    Throttle,
)
from monitors.services import attachments, clock, operations, queue, records, writers_lock
from monitors.services.errors import Invalid
from monitors.services.operations import Request
from monitors.services.submission import Submission
from tests.services.rows import a_record, an_attachment, an_operation, minute
from tests.tampering import lifted

pytestmark = pytest.mark.django_db


@pytest.fixture
def has_worker(settings):
    """A worker that is alive, and does nothing by itself."""
    settings.PACE = replace(settings.PACE, worker_silent_after=timedelta(days=365_000))
    Mirror.objects.update(worker_seen_at=timezone.now())
    Throttle.objects.update(allowance=100, refilled_at=minute(-1000))


@pytest.fixture
def record(has_worker):
    return a_record()


@pytest.fixture
def ask(manager):
    """Append somebody to a record at a minute: ask(record, "acme", at=1)."""

    def append(record, user, *, at=1, is_insisted=False):
        submission = Submission(actor=manager, is_insisted=is_insisted)
        with clock.reading(lambda: minute(at)):
            return attachments.append(submission=submission, record=record, user=user)

    return append


def claim(*, at=1, senders=9):
    with clock.reading(lambda: minute(at)), transaction.atomic():
        return [claimed.operation for claimed in queue.claim(writers_lock.take(), senders)]


def users(claimed):
    return [operation.username for operation in claimed]


def now(operation):
    operation.refresh_from_db()
    return operation


# Asked for


def test_with_a_worker_a_write_is_committed_and_nothing_is_sent(upstream, record, ask, settings):
    settings.SEND_WITHIN, settings.SENDGRID_DEADLINE = 60, 30

    operation = ask(record, "acme")

    assert (operation.state, operation.claimed_at, operation.ended_at) == (State.QUEUED, None, None)
    assert operation.send_by == minute(2)
    assert operation.deadline_at == minute(2.5) + settings.PACE.call_margin
    assert AuditEvent.objects.latest("number").outcome == State.QUEUED
    assert upstream.calls == []


def test_the_same_form_twice_is_queued_once(record, manager):
    submission = Submission(actor=manager, token=uuid4())

    first = attachments.append(submission=submission, record=record, user="acme")

    assert attachments.append(submission=submission, record=record, user="acme") == first
    assert Operation.objects.count() == 1


def test_a_second_action_on_the_same_target_is_queued_behind_the_first(record, ask, manager):
    ask(record, "acme")

    second = records.edit(submission=Submission(actor=manager), record=record, new_frequency=9)

    assert second.state == State.QUEUED


def test_what_the_mirror_contradicts_is_refused_while_nothing_is_in_the_way(record, ask):
    an_attachment(record, "acme")

    with pytest.raises(Invalid, match="already on one"):
        ask(record, "acme")


def test_what_only_an_earlier_one_will_make_possible_is_not_refused(record, ask, manager):
    ask(record, "acme")

    with clock.reading(lambda: minute(1.1)):
        detach = attachments.detach(submission=Submission(actor=manager), record=record, user="acme")

    assert detach.state == State.QUEUED


# Taken


def test_who_is_claimed_is_pending_from_that_moment_with_a_deadline_of_its_own(record, ask, settings):
    asked = ask(record, "acme", at=1)

    (claimed,) = claim(at=1.5)

    assert claimed == asked
    assert (now(asked).state, asked.claimed_at, asked.started_at) == (State.PENDING, minute(1.5), minute(1))
    call = timedelta(seconds=settings.SENDGRID_DEADLINE) + settings.PACE.call_margin
    assert asked.deadline_at == minute(1.5) + call


def test_who_is_claimed_once_is_not_claimed_again(record, ask):
    ask(record, "acme")
    claim()

    assert claim() == []


def test_the_oldest_goes_first_and_no_more_than_there_are_senders(record, ask):
    for number in range(3):
        ask(record, f"customer {number}", at=1 + number / 100)

    assert users(claim(at=1.5, senders=2)) == ["customer 0", "customer 1"]
    assert users(claim(at=1.5, senders=2)) == ["customer 2"]


def test_the_second_on_the_same_customer_waits_until_the_first_is_through(record, ask):
    first = ask(record, "acme", at=1)
    ask(a_record("two"), "acme", at=1.1)
    ask(record, "globex", at=1.2)

    assert users(claim(at=1.3)) == ["acme", "globex"]
    assert claim(at=1.3) == []
    Operation.objects.filter(pk=first.pk).update(state=State.ACCEPTED, ended_at=minute(1.4))
    assert [row.record_name for row in claim(at=1.5)] == ["two"]


@pytest.mark.parametrize("state", [State.PENDING, State.UNKNOWN])
def test_it_waits_behind_one_whose_outcome_is_open(record, ask, state):
    an_operation(Task.APPEND, record=record, username="acme", state=state, started=0, ended=None)
    ask(a_record("two"), "acme")

    assert claim() == []


def test_a_later_one_is_not_held_up_by_one_that_waits_for_another_target(record, ask):
    an_operation(Task.APPEND, username="acme", record_name="x", state=State.UNKNOWN, started=0)
    ask(record, "acme", at=1)

    assert users(claim(at=1.2)) == []
    ask(record, "globex", at=1.3)
    assert users(claim(at=1.4)) == ["globex"]


def test_single_clicks_go_before_the_changes_of_a_plan(record, ask, manager):
    plan = a_plan(manager)
    change = plan.changes.create(number=1, kind="append", effect="applies")
    ask(record, "of the plan", at=1)
    with lifted():
        Operation.objects.update(change=change)
    ask(record, "of a click", at=1.1)

    assert users(claim(at=1.2, senders=1)) == ["of a click"]


@pytest.mark.parametrize(
    ("one", "other"), list(product([*Task, "detach_all", "other name", "other record"], repeat=2))
)
def test_the_queue_and_the_statement_have_one_rule_for_who_waits_for_whom(has_worker, one, other):
    record, another = a_record(), a_record("two")
    shapes = {
        Task.CREATE: (Task.CREATE, {"record_name": "uno"}),
        Task.EDIT: (Task.EDIT, {"record": record, "new_record_name": "uno"}),
        Task.DELETE: (Task.DELETE, {"record": record}),
        Task.APPEND: (Task.APPEND, {"record": record, "username": "acme"}),
        Task.DETACH: (Task.DETACH, {"record": another, "username": "acme"}),
        "detach_all": (Task.DETACH, {"username": "globex"}),
        "other name": (Task.APPEND, {"record": record, "record_name": "before", "username": "globex"}),
        "other record": (Task.DELETE, {"record": another}),
    }
    queued = {"state": State.QUEUED, "ended": None, "send_by": minute(3)}
    (first_task, first), (task, second) = shapes[one], shapes[other]
    earlier = an_operation(first_task, started=1, **queued, **first)
    later = an_operation(task, started=2, **queued, **second)

    by_statement = Operation.objects.exclude(pk=later.pk).in_the_way(later)
    with clock.reading(lambda: minute(2.5)):
        ready = {queue._uuid(row.pk) for row in queue._read().ready}

    assert (later.pk not in ready) is by_statement.exists()
    assert earlier.pk in ready


# Looked at again


def test_what_no_longer_holds_when_its_turn_has_come_is_not_sent(record, ask):
    asked = ask(record, "acme")
    an_attachment(record, "acme", at=0)

    assert claim() == []
    assert now(asked).state == State.NOT_SENT
    assert asked.outcome_note == "acme is already on one."
    assert asked.settled_at == asked.ended_at
    assert AuditEvent.objects.latest("number").outcome == State.NOT_SENT


@pytest.mark.parametrize(
    ("columns", "note"),
    [
        ({"name": "uno"}, "one is now called uno. Check it again before you change it."),
        ({"gone_at": minute(0)}, "one is no longer in SendGrid's list."),
    ],
)
def test_a_record_that_was_renamed_or_has_gone_is_left_alone(record, ask, columns, note):
    asked = ask(record, "acme")
    MonitorRecord.objects.update(**columns)

    assert claim() == []
    assert now(asked).outcome_note == note


def test_what_was_before_is_what_the_mirror_shows_when_it_leaves(record, manager):
    with clock.reading(lambda: minute(1)):
        asked = records.edit(submission=Submission(actor=manager), record=record, new_frequency=9)
    MonitorRecord.objects.update(frequency=7)

    claim()

    assert now(asked).before["frequency"] == 7


def test_a_customer_that_has_become_known_belongs_to_the_operation(record, ask):
    asked = ask(record, "acme")
    attachment = an_attachment(a_record("two"), "acme")

    claim()

    assert now(asked).customer == attachment.customer


# Too late


def test_one_that_nobody_sent_in_time_is_not_sent_and_says_so(record, ask, upstream):
    asked = ask(record, "acme", at=1)

    assert claim(at=2.01) == []
    assert (now(asked).state, asked.claimed_at) == (State.NOT_SENT, None)
    assert asked.outcome_note == "Nobody could send it within 60 s: no sender was free for it."
    assert upstream.calls == []


def test_one_is_sent_until_its_last_moment(record, ask):
    ask(record, "acme", at=1)

    assert len(claim(at=2)) == 1


def test_one_that_waited_behind_another_says_for_which(record, ask):
    an_operation(Task.APPEND, record=record, username="acme", state=State.UNKNOWN, started=0)
    asked = ask(a_record("two"), "acme", at=1)

    claim(at=2.01)

    assert now(asked).outcome_note == (
        "Nobody could send it within 60 s: it waited for an earlier one that is not settled, "
        "Append acme to one."
    )


def test_one_that_waited_for_sendgrid_says_why(record, ask):
    Throttle.objects.update(failures=7, broken_until=minute(3))
    asked = ask(record, "acme", at=1)

    claim(at=2.01)

    assert now(asked).outcome_note == (
        "Nobody could send it within 60 s: SendGrid did not answer 7 times in a row."
    )


def test_a_moment_from_before_a_clock_was_set_back_has_passed(record, ask):
    asked = ask(record, "acme", at=60)

    assert claim(at=1) == []
    assert now(asked).state == State.NOT_SENT


def test_an_overdue_one_is_in_nobodys_way(record, ask):
    ask(record, "acme", at=1)

    ask(a_record("two"), "acme", at=3)

    assert [row.record_name for row in claim(at=3)] == ["two"]


def test_without_senders_what_is_overdue_is_still_said_to_be(record, ask, settings):
    settings.PACE = replace(settings.PACE, transaction_operations=1)
    asked = ask(record, "acme", at=1)
    ask(record, "globex", at=1)

    with clock.reading(lambda: minute(1.5)):
        assert queue.expire() == 0
    with clock.reading(lambda: minute(3)):
        assert queue.expire() == 2

    assert now(asked).state == State.NOT_SENT


# The throttle


def test_no_more_are_claimed_than_the_rate_allows(record, ask):
    Throttle.objects.update(allowance=2.5, refilled_at=minute(1.1))
    for number in range(4):
        ask(record, f"customer {number}", at=1 + number / 100)

    assert len(claim(at=1.1)) == 2
    assert claim(at=1.1) == []


def test_during_a_pause_they_wait(record, ask):
    Throttle.objects.update(paused_until=minute(1.5))
    asked = ask(record, "acme", at=1)

    assert claim(at=1.2) == []
    assert claim(at=1.6) == [asked]


def test_while_the_circuit_is_broken_they_wait_and_then_one_goes_as_a_trial(record, ask):
    Throttle.objects.update(failures=5, broken_until=minute(1.5))
    ask(record, "acme", at=1)
    ask(record, "globex", at=1.1)

    assert claim(at=1.4) == []
    assert users(claim(at=1.6)) == ["acme"]
    assert claim(at=1.6) == []


def test_one_that_somebody_insists_on_is_tried_though_the_circuit_is_broken(record, ask):
    Throttle.objects.update(failures=5, broken_until=minute(1.5))
    ask(record, "acme", at=1)
    ask(record, "globex", at=1.1, is_insisted=True)
    ask(record, "initech", at=1.2, is_insisted=True)

    assert users(claim(at=1.4)) == ["globex"]


# Looked for without the lock


def test_nobody_takes_the_lock_for_what_only_waits(record, ask):
    with clock.reading(lambda: minute(1)):
        assert not queue.is_ready(4)
    ask(record, "acme", at=1)
    with clock.reading(lambda: minute(1)):
        assert queue.is_ready(4)
        assert not queue.is_ready(0)
        Throttle.objects.update(paused_until=minute(2))
        assert not queue.is_ready(4)


def test_what_was_claimed_and_has_not_left_waits_for_its_turn_again(record, ask):
    asked = ask(record, "acme")
    claimed = claim()

    queue.give_back(claimed)

    assert (now(asked).state, asked.claimed_at) == (State.QUEUED, None)
    assert claim(at=1.1) == [asked]


# Plans


def a_plan(manager):
    return Plan.objects.create(
        source="names", author=manager, author_name="Ana", drawn_at=minute(0), created_at=minute(0)
    )


def test_the_changes_of_a_plan_are_queued_at_once_whether_or_not_a_worker_is_there(manager, db):
    record, plan = a_record(), a_plan(manager)
    changes = [plan.changes.create(number=n, kind="append", effect="applies") for n in (1, 2)]

    rows = operations.enqueue(
        [
            Request(
                submission=Submission(actor=manager, source="plan", change=change),
                task=Task.APPEND,
                parameters={"name": "one", "user": f"customer {change.number}"},
                record=record,
            )
            for change in changes
        ]
    )

    assert {row.state for row in Operation.objects.all()} == {State.QUEUED}
    events = AuditEvent.objects.filter(kind="operation.started").order_by("number")
    assert [event.operation_id for event in events] == [row.pk for row in rows]
    assert Operation.objects.filter(settled_at=None, state=State.QUEUED, change__plan=plan).count() == 2
    assert not Attachment.objects.exists()
