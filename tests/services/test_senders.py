"""The senders of a worker: ends and claims in one transaction, nothing lost, nothing held that others could send."""

import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import (
    Attachment,
    AuditEvent,
    Customer,
    Mirror,
    MonitorRecord,
    Operation,
    State,
    Throttle,
)
from monitors.models.attachment import LASTING
from monitors.services import attachments, clock, ends, records
from monitors.services.lists import accepted
from monitors.services.outbound import spool
from monitors.services.senders import Dispatcher
from monitors.services.submission import Submission
from tests.failing_statements import failing
from tests.services.rows import minute

pytestmark = pytest.mark.django_db
CUSTOMERS = [f"customer {number}" for number in range(12)]


@pytest.fixture
def desk(upstream, load, settings, tmp_path):
    upstream.store.seed(records=[("one", "a@northmail.example", 5, [])], customers=CUSTOMERS)
    load()
    settings.SPOOL_DIR = tmp_path / "spool"
    Mirror.objects.update(worker_seen_at=timezone.now())
    Throttle.objects.update(allowance=100, refilled_at=timezone.now())
    return upstream


@pytest.fixture
def ask(desk, manager):
    record = MonitorRecord.objects.get()

    def append(*usernames):
        submission = Submission(actor=manager, reason="T-1")
        return [attachments.append(submission=submission, record=record, user=name) for name in usernames]

    return append


def send_one(dispatcher):
    claimed = dispatcher.next_one()
    assert claimed is not None
    dispatcher.send_one(claimed)


def send_all(dispatcher):
    """As its threads do, until nothing is left."""
    dispatcher.turn()
    while not dispatcher.is_idle:
        while (claimed := dispatcher.next_one()) is not None:
            dispatcher.send_one(claimed)
        dispatcher.turn()


def users(operations):
    return [operation.username for operation in operations]


def states(*operations):
    return [Operation.objects.get(pk=operation.pk).state for operation in operations]


def test_what_is_queued_is_sent_and_the_mirror_shows_it(ask, desk):
    (operation,) = ask("customer 1")

    send_all(Dispatcher(4))

    operation.refresh_from_db()
    assert (operation.state, operation.words) == (State.ACCEPTED, ["success"])
    assert operation.started_at <= operation.claimed_at <= operation.ended_at <= operation.deadline_at
    assert Attachment.objects.get().reason == "T-1"
    assert desk.store.snapshot()[0][3] == ("customer 1",)
    kinds = AuditEvent.objects.filter(operation_id=operation.pk).values_list("kind", "actor_roles")
    assert sorted(kinds) == [
        ("operation.ended", "Account managers"),
        ("operation.started", "Account managers"),
    ]


def test_every_task_is_sent_from_its_row_alone(desk, manager):
    submission = Submission(actor=manager)
    dispatcher = Dispatcher(4)
    steps = (
        lambda: records.create(submission=submission, name="two", email="b@northmail.example", frequency=9),
        lambda: records.edit(
            submission=submission, record=named("two"), new_name="due", new_email="c@northmail.example"
        ),
        lambda: attachments.append(submission=submission, record=named("due"), user="customer 1"),
        lambda: attachments.append(submission=submission, record=named("one"), user="customer 2"),
        lambda: attachments.detach(submission=submission, record=named("one"), user="customer 2"),
        lambda: records.edit(submission=submission, record=named("due"), new_frequency=3),
        lambda: records.delete(submission=submission, record=named("one")),
        lambda: attachments.detach(submission=submission, record=None, user="customer 1"),
    )

    for step in steps:
        operation = step()
        send_all(dispatcher)
        assert states(operation) == [State.ACCEPTED]

    assert desk.store.snapshot() == [("due", "c@northmail.example", 3, ())]


def named(name):
    return MonitorRecord.objects.named(name)


def test_it_is_pending_on_the_disk_before_its_call_leaves(ask, desk):
    (operation,) = ask("customer 1")
    dispatcher = Dispatcher(4)

    dispatcher.turn()

    assert states(operation) == [State.PENDING]
    assert [call.task for call in desk.calls] == ["list"]


def test_the_ends_that_came_back_and_the_next_claims_are_one_transaction(ask):
    operations = ask(*CUSTOMERS[:4])
    dispatcher = Dispatcher(1)
    dispatcher.turn()
    send_one(dispatcher)
    send_one(dispatcher)

    with CaptureQueriesContext(connection) as queries:
        dispatcher.turn()

    assert len([query for query in queries if query["sql"].startswith("SAVEPOINT")]) == 1
    assert states(*operations) == [State.ACCEPTED, State.ACCEPTED, State.PENDING, State.PENDING]


def statements_of_a_turn(dispatcher):
    with CaptureQueriesContext(connection) as queries:
        dispatcher.turn()
    return len(queries)


def test_many_claims_take_as_many_statements_as_one(ask):
    dispatcher = Dispatcher(4)
    ask(*CUSTOMERS[:1])
    one = statements_of_a_turn(dispatcher)
    ask(*CUSTOMERS[1:4])

    assert statements_of_a_turn(dispatcher) == one
    assert all(dispatcher.next_one() for _ in range(4))


def test_many_ends_take_as_many_statements_as_one(ask):
    dispatcher = Dispatcher(4)
    taken = []
    for usernames in (CUSTOMERS[:1], CUSTOMERS[1:4]):
        ask(*usernames)
        dispatcher.turn()
        for _ in usernames:
            send_one(dispatcher)
        taken.append(statements_of_a_turn(dispatcher))

    assert taken[1] <= taken[0], taken


def test_each_of_many_claims_is_looked_at_by_itself(ask, desk):
    """One of them is there by now; the record of the others is called as before."""
    operations = ask(*CUSTOMERS[:3])
    Attachment.objects.create(**on_the_record(CUSTOMERS[1]))

    Dispatcher(4).turn()

    assert states(*operations) == [State.PENDING, State.NOT_SENT, State.PENDING]
    operations[1].refresh_from_db()
    assert operations[1].outcome_note == f"{CUSTOMERS[1]} is already on one."


def on_the_record(username):
    customer = Customer.objects.create(username=username, sort_name=username, first_seen=minute(0))
    since = {"attached_at": minute(0), "since": minute(0), "span": LASTING}
    return {"record": MonitorRecord.objects.get(), "customer": customer, "sort_name": username, **since}


def test_one_for_each_sender_waits_already_while_calls_are_quick(ask):
    operations = ask(*CUSTOMERS[:6])

    Dispatcher(2).turn()

    assert states(*operations).count(State.PENDING) == 4


@pytest.mark.parametrize(("seconds", "pending"), [(0.01, 4), (0.05, 4), (0.09, 3), (0.15, 2), (0.3, 1)])
def test_so_many_wait_for_a_sender_as_leave_soon_going_by_the_last_call(ask, seconds, pending):
    operations = ask(*CUSTOMERS[:6])
    dispatcher = Dispatcher(1)
    dispatcher._last_calls.append(seconds)

    dispatcher.turn()

    assert states(*operations).count(State.PENDING) == pending


def test_a_call_counts_as_long_as_it_took_however_late_its_end_is_looked_at(ask):
    (operation,) = ask(CUSTOMERS[0])
    dispatcher = Dispatcher(1)
    dispatcher.turn()
    send_one(dispatcher)
    took = dispatcher._under_way[operation.pk].seconds

    dispatcher.turn()

    assert list(dispatcher._last_calls) == [took]


def test_nothing_waits_for_a_sender_whose_call_takes_long(ask, settings):
    settings.PACE = replace(settings.PACE, slow_call=timedelta(0))
    operations = ask(*CUSTOMERS[:3])
    dispatcher = Dispatcher(1)
    dispatcher.turn()
    assert states(*operations).count(State.PENDING) == 2
    with a_call_that_hangs(dispatcher):
        time.sleep(0.001)
        dispatcher.turn()
        assert states(*operations) == [State.PENDING, State.QUEUED, State.QUEUED]


@contextmanager
def a_call_that_hangs(dispatcher):
    """The first that waits is begun and has no end yet."""
    claimed = dispatcher.next_one()
    dispatcher._under_way[claimed.operation.pk].begun_at = time.monotonic()
    yield


def test_a_process_that_is_to_end_claims_nothing_and_gives_back_what_it_has_not_begun(ask):
    operations = ask(*CUSTOMERS[:2])
    dispatcher = Dispatcher(1)
    dispatcher.turn()
    send_one(dispatcher)

    dispatcher.is_stopping = True
    dispatcher.turn()

    assert states(*operations) == [State.ACCEPTED, State.QUEUED]
    assert dispatcher.is_idle


def test_an_idle_queue_takes_no_lock(desk):
    with CaptureQueriesContext(connection) as queries:
        Dispatcher(4).turn()

    sql = [query["sql"] for query in queries if query["sql"] != "SELECT clock_timestamp()"]
    assert len(sql) == 1


# What cannot be recorded


END = ('UPDATE "monitors_operation"', "ended_at")


def test_ends_that_the_database_does_not_take_are_recorded_once_it_does(ask):
    operations = ask(*CUSTOMERS[:3])
    dispatcher = Dispatcher(2)
    dispatcher.turn()
    send_one(dispatcher)
    send_one(dispatcher)
    with failing(*END):
        with pytest.raises(OperationalError):
            dispatcher.turn()
        dispatcher.turn()
    assert states(*operations) == [State.PENDING] * 3

    send_all(dispatcher)

    assert states(*operations) == [State.ACCEPTED] * 3


def test_ends_that_no_database_takes_for_long_are_kept_in_files(ask, settings):
    settings.PACE = replace(settings.PACE, recording_patience=timedelta(0))
    (operation,) = ask("customer 1")
    dispatcher = Dispatcher(2)
    dispatcher.turn()
    send_one(dispatcher)
    with failing(*END):
        with pytest.raises(OperationalError):
            dispatcher.turn()
        dispatcher.turn()

    assert len(list(spool.kept_ends())) == 1
    assert dispatcher.is_idle
    assert ends.record_kept() == 1
    assert states(operation) == [State.ACCEPTED]


def test_one_end_that_cannot_be_recorded_is_in_nobodys_way(ask, monkeypatch):
    operations = ask(*CUSTOMERS[:3])
    apply = accepted.apply

    def broken_for_one(*operations):
        if "customer 1" in users(operations):
            raise ValueError("broken")
        return apply(*operations)

    monkeypatch.setattr(accepted, "apply", broken_for_one)
    dispatcher = Dispatcher(4)
    dispatcher.turn()
    for _ in operations:
        send_one(dispatcher)
    with pytest.raises(ValueError, match="broken"):
        dispatcher.turn()

    send_all(dispatcher)

    assert states(*operations) == [State.ACCEPTED, State.PENDING, State.ACCEPTED]


def test_a_claim_that_was_not_committed_sends_nothing(ask, desk):
    operations = ask("customer 1")
    dispatcher = Dispatcher(4)
    with failing("UPDATE", "claimed_at"), pytest.raises(OperationalError):
        dispatcher.turn()

    assert states(*operations) == [State.QUEUED]
    assert dispatcher.next_one() is None

    send_all(dispatcher)
    assert states(*operations) == [State.ACCEPTED]


def test_a_call_that_breaks_the_desk_itself_is_unknown(ask, monkeypatch):
    (operation,) = ask("customer 1")
    monkeypatch.setattr("monitors.services.senders.outbound_call.make", lambda *_, **__: 1 / 0)

    send_all(Dispatcher(1))

    operation.refresh_from_db()
    assert (operation.state, operation.outcome_note) == (
        State.UNKNOWN,
        "The desk failed during the call.",
    )


def test_a_call_that_sendgrid_does_not_answer_is_unknown_and_the_next_on_its_target_waits(ask, desk):
    desk.fault("close_before_answer", task="append")
    (first,) = ask("customer 1")
    dispatcher = Dispatcher(1)
    send_all(dispatcher)
    (second,) = ask("customer 1")

    dispatcher.turn()

    assert states(first, second) == [State.UNKNOWN, State.QUEUED]


def test_a_claimed_one_waits_for_no_turn_at_the_throttle_again(ask, settings):
    settings.SENDGRID_RATE_PER_MINUTE = 1
    Throttle.objects.update(allowance=1, refilled_at=clock.now())
    one, other = ask("customer 1", "customer 2")

    send_all(Dispatcher(4))

    assert states(one, other) == [State.ACCEPTED, State.QUEUED]
