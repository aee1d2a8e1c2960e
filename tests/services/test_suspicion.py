"""A list is suspicious by what it changes in either direction, at once or within a day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import HeldChange, Mirror, MonitorRecord, RefreshOutcome, Role, Throttle
from monitors.services import clock, held_lists, records
from monitors.services.lists import refresh
from monitors.services.submission import Submission

pytestmark = pytest.mark.django_db
MAILBOX = "a@northmail.example"


def rows(count):
    """Records with one customer each."""
    return [(f"record {number}", MAILBOX, 5, [f"customer {number}"]) for number in range(count)]


@pytest.fixture
def desk(upstream, load):
    upstream.store.seed(records=rows(40))
    load()
    return upstream


def look():
    return refresh.run(source="command")


def add(desk, count, name="garbage"):
    for number in range(count):
        desk.store.create(name=f"{name} {number}", email=MAILBOX, frequency=1)


def remove(desk, names):
    for name, _, _, users in desk.store.snapshot():
        if name in names:
            for user in users:
                desk.store.detach(user=user)
            desk.store.delete(name=name)


def test_a_list_that_adds_too_much_is_held(desk):
    add(desk, 19)

    assert look().outcome == RefreshOutcome.HELD
    assert MonitorRecord.objects.living().count() == 40


def test_a_list_that_adds_a_few_is_not(desk):
    add(desk, 10)

    assert look().outcome == RefreshOutcome.APPLIED


def test_records_of_the_first_list_that_vanish_are_no_return(upstream, load):
    upstream.store.seed(records=[(name, email, frequency, []) for name, email, frequency, _ in rows(20)])
    load()
    upstream.fault("empty_list", task="list")

    assert look().outcome == RefreshOutcome.HELD
    assert MonitorRecord.objects.living().count() == 20


def test_records_of_ours_that_somebody_edited_and_that_vanish_are_no_return(upstream, load, manager):
    upstream.store.seed(records=[("first", MAILBOX, 5, [])])
    load()
    for number in range(12):
        records.create(submission=Submission(actor=manager), name=f"own {number}", email=MAILBOX, frequency=1)
    load()
    for number in range(12):
        upstream.store.edit(name=f"own {number}", new_frequency=2)
    load()
    upstream.fault("empty_list", task="list")

    assert look().outcome == RefreshOutcome.HELD


def test_what_was_lost_within_the_day_and_comes_back_with_another_change_is_not_suspicious(desk, person):
    lost = [row for row in desk.store.snapshot() if row[0] in {f"record {number}" for number in range(20)}]
    remove(desk, [name for name, *_ in lost])
    held_lists.accept(actor=person(Role.ADMINISTRATORS), refresh=look())
    assert look().outcome == RefreshOutcome.APPLIED
    for name, email, frequency, users in lost:
        desk.store.create(name=name, email=email, frequency=frequency)
        for user in users:
            desk.store.append(user=user, name=name)
    desk.store.edit(name="record 30", new_frequency=77)

    assert look().outcome == RefreshOutcome.APPLIED
    assert MonitorRecord.objects.living().count() == 40


def test_what_this_desk_created_is_not_held_against_the_list(desk, manager):
    submission = Submission(actor=manager)
    for number in range(12):
        desk.fault("close_before_answer", task="write", applied=True)
        records.create(submission=submission, name=f"own {number}", email=MAILBOX, frequency=1)
        Throttle.objects.update(failures=0, broken_until=None)

    with clock.reading(lambda: timezone.now() + timedelta(hours=1)):
        assert look().outcome == RefreshOutcome.APPLIED


def test_a_return_to_what_was_before_is_never_suspicious(desk, person):
    add(desk, 19)
    held = look()
    held_lists.accept(actor=person(Role.ADMINISTRATORS), refresh=held)
    assert look().outcome == RefreshOutcome.APPLIED
    remove(desk, [f"garbage {number}" for number in range(19)])

    assert look().outcome == RefreshOutcome.APPLIED
    assert MonitorRecord.objects.living().count() == 40


def test_a_return_with_another_change_is_not_suspicious_either(desk, person):
    add(desk, 19)
    held_lists.accept(actor=person(Role.ADMINISTRATORS), refresh=look())
    look()
    remove(desk, [f"garbage {number}" for number in range(19)])
    desk.store.edit(name="record 0", new_frequency=77)

    assert look().outcome == RefreshOutcome.APPLIED


def test_a_slow_drain_is_held_once_it_took_too_much_of_a_day(upstream, load):
    upstream.store.seed(records=rows(100))
    load()
    outcomes = []
    for turn in range(4):
        remove(upstream, [f"record {number}" for number in range(turn * 10, turn * 10 + 10)])
        outcomes.append(look().outcome)

    assert outcomes == [RefreshOutcome.APPLIED] * 2 + [RefreshOutcome.HELD] * 2
    assert MonitorRecord.objects.living().count() == 80


def test_a_loss_is_measured_against_what_grew_within_the_day_too(upstream, load, manager):
    upstream.store.seed(records=rows(1))
    load()
    for number in range(60):
        records.create(submission=Submission(actor=manager), name=f"own {number}", email=MAILBOX, frequency=1)
    load()
    remove(upstream, [f"own {number}" for number in range(11)])

    assert look().outcome == RefreshOutcome.APPLIED


def test_an_accepted_loss_is_not_held_against_the_lists_after_it(desk, person):
    remove(desk, [f"record {number}" for number in range(20)])
    held_lists.accept(actor=person(Role.ADMINISTRATORS), refresh=look())
    assert look().outcome == RefreshOutcome.APPLIED
    remove(desk, ["record 30"])

    assert look().outcome == RefreshOutcome.APPLIED


def test_what_was_lost_more_than_a_day_ago_is_forgotten(upstream, load):
    upstream.store.seed(records=rows(60))
    load()
    remove(upstream, [f"record {number}" for number in range(10)])
    assert look().outcome == RefreshOutcome.APPLIED
    remove(upstream, [f"record {number}" for number in range(10, 20)])

    with clock.reading(lambda: timezone.now() + timedelta(hours=25)):
        assert look().outcome == RefreshOutcome.APPLIED


def test_what_a_held_list_would_do_is_kept_row_by_row(desk):
    add(desk, 19)
    desk.store.edit(name="record 0", new_frequency=77)
    held = look()

    changes = HeldChange.objects.filter(refresh=held)
    assert changes.filter(what=HeldChange.What.RECORD_ADDED).count() == 19
    assert changes.get(what=HeldChange.What.RECORD_CHANGED).record == "record 0"


def test_the_same_changes_are_stored_once_and_only_while_they_are_held(desk):
    add(desk, 19)
    first = look()
    second = look()
    assert Mirror.objects.get().held == second
    assert (second.held_changes_of, second.held_changes.count()) == (first, 0)
    assert first.held_changes.count() == 19

    desk.store.create(name="garbage 19", email="a@northmail.example", frequency=1)
    third = look()
    assert (third.held_changes_of, third.held_changes.count()) == (None, 20)
    assert not first.held_changes.exists()
    remove(desk, [f"garbage {number}" for number in range(20)])
    look()

    assert not HeldChange.objects.exists()
