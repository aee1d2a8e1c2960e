"""A list that would remove too much is held; what we removed ourselves does not count."""

from datetime import timedelta

import pytest

from monitors.models import AuditEvent, Mirror, MonitorRecord, Refresh, RefreshOutcome, Role, State, Task
from monitors.services import held_lists
from monitors.services.lists import refresh, suspicious_lists
from monitors.services.lists.attribution import Attribution
from monitors.services.lists.difference import Difference, Placement
from tests.services.rows import (
    a_listing,
    a_record,
    a_refresh,
    an_attachment,
    an_operation,
    listed,
    minute,
)

pytestmark = pytest.mark.django_db


def measured(changes, *records):
    done = a_refresh()
    attribution = Attribution(after=minute(0), at=minute(11))
    suspicious_lists.measure(done, changes, attribution, a_listing(*records))
    done.refresh_from_db()
    return done.removed_records, done.removed_attachments


def test_removals_that_nothing_of_ours_explains_are_counted():
    changes = Difference(
        missing_names=["one", "two"],
        ended_placements=[Placement("one", "acme"), Placement("three", "globex")],
    )

    assert measured(changes, listed("three")) == (2, 2)


def test_what_we_deleted_detached_or_moved_is_not_counted():
    an_operation(Task.DELETE, record_name="one", state=State.UNKNOWN)
    an_operation(Task.DETACH, username="acme", state=State.UNKNOWN)
    an_operation(Task.APPEND, record_name="three", username="globex")
    changes = Difference(
        missing_names=["one"], ended_placements=[Placement("two", "acme"), Placement("two", "globex")]
    )

    assert measured(changes, listed("two"), listed("three")) == (0, 0)


@pytest.mark.parametrize(
    ("gone", "listed_name", "removed"),
    [
        ("before", "after", (0, 0)),
        ("after", "before", (0, 0)),
        ("before", "another", (1, 1)),
        ("another", "after", (1, 1)),
    ],
    ids=["carried out", "not carried out", "new name not listed", "another record"],
)
def test_a_record_that_we_renamed_is_not_gone(gone, listed_name, removed):
    an_operation(Task.EDIT, record_name="before", new_record_name="after", state=State.UNKNOWN)
    changes = Difference(missing_names=[gone], ended_placements=[Placement(gone, "acme")])

    assert measured(changes, listed(listed_name)) == removed


def is_suspicious(*, removed_records=0, removed_attachments=0, accepted=None):
    done = Refresh(removed_records=removed_records, removed_attachments=removed_attachments)
    return suspicious_lists.is_suspicious(done, Mirror(accepted=accepted))


def records(count):
    return [a_record(f"record {n}") for n in range(count)]


@pytest.mark.parametrize(
    ("living", "removed", "expected"), [(20, 10, False), (20, 11, True), (55, 11, False), (54, 11, True)]
)
def test_more_than_ten_and_more_than_a_fifth_of_the_records_are_too_many(living, removed, expected):
    records(living)

    assert is_suspicious(removed_records=removed) is expected


@pytest.mark.parametrize(("lasting", "expected"), [(54, True), (55, False)])
def test_more_than_ten_and_more_than_a_fifth_of_the_attachments_are_too_many(lasting, expected):
    row = a_record()
    for n in range(lasting):
        an_attachment(row, f"customer {n}")

    assert is_suspicious(removed_attachments=11) is expected


@pytest.mark.parametrize(
    ("removed", "expected"),
    [
        ({"removed_records": 30, "removed_attachments": 25}, False),
        ({"removed_records": 31, "removed_attachments": 25}, True),
        ({"removed_records": 30, "removed_attachments": 26}, True),
        ({"removed_records": 0, "removed_attachments": 0}, False),
    ],
)
def test_an_accepted_list_lets_the_next_one_remove_ten_more_and_no_eleventh(removed, expected):
    for row in records(40):
        an_attachment(row, f"customer of {row.name}")
    accepted = Refresh(removed_records=20, removed_attachments=15)

    assert is_suspicious(**removed, accepted=accepted) is expected


# From the list to the decision


@pytest.fixture
def boss(person):
    return person(Role.ADMINISTRATORS)


@pytest.fixture
def forty(upstream, load):
    rows = [(f"record {n}", "a@northmail.example", 5, [f"customer {n}"]) for n in range(40)]
    upstream.store.seed(records=rows)
    load()
    return upstream


def lose(upstream, count):
    for name, _, _, users in upstream.store.snapshot()[:count]:
        upstream.store.detach(user=users[0])
        upstream.store.delete(name=name)


def look():
    return refresh.run(source="command")


def test_a_held_list_says_what_it_would_remove_and_is_one_event(forty):
    lose(forty, 12)

    held = look()
    again = look()

    assert (held.outcome, again.outcome) == (RefreshOutcome.HELD, RefreshOutcome.HELD)
    assert held.note == "It would remove 12 records and 12 attachments."
    assert held.finished_at is not None
    assert Mirror.objects.get().held == again
    event = AuditEvent.objects.get(kind="list.held")
    assert (event.actor_name, event.source, event.refresh_id) == ("Monitor Desk", "refresh", held.pk)
    assert event.details == {"records": 12, "attachments": 12}
    assert MonitorRecord.objects.living().count() == 40


def test_another_list_that_is_held_is_another_event(forty):
    lose(forty, 12)
    look()
    lose(forty, 1)
    look()

    assert AuditEvent.objects.filter(kind="list.held").count() == 2


def test_a_held_list_ends_a_failure(forty):
    forty.fault("html_200", task="list")
    look()
    lose(forty, 12)

    look()

    mirror = Mirror.objects.get()
    assert (mirror.failing_since, mirror.failures, mirror.failure, mirror.failure_kind) == (None, 0, "", "")


def test_an_accepted_list_may_remove_ten_more_when_it_comes(forty, boss):
    lose(forty, 12)
    held_lists.accept(actor=boss, refresh=look())
    lose(forty, 10)

    assert look().outcome == RefreshOutcome.APPLIED
    assert MonitorRecord.objects.living().count() == 18
    assert Mirror.objects.get().accepted is None


def test_an_accepted_list_that_grew_by_eleven_is_held_again(forty, boss):
    lose(forty, 12)
    held_lists.accept(actor=boss, refresh=look())
    lose(forty, 11)

    assert look().outcome == RefreshOutcome.HELD
    assert MonitorRecord.objects.living().count() == 40


def test_a_rejected_list_that_comes_again_is_rejected_by_the_same_person(forty, boss):
    lose(forty, 12)
    first = look()
    held_lists.reject(actor=boss, refresh=first)

    again = look()

    first.refresh_from_db()
    assert again.outcome == RefreshOutcome.REJECTED
    assert (again.decided_by, again.decided_at) == (boss, first.decided_at)
    assert AuditEvent.objects.filter(kind="list.held").count() == 1


def test_another_list_after_a_rejected_one_is_a_new_question(forty, boss):
    lose(forty, 12)
    held_lists.reject(actor=boss, refresh=look())
    lose(forty, 1)

    assert look().outcome == RefreshOutcome.HELD


def test_no_operation_hurries_the_list_after_a_held_one_which_could_not_judge_it_either(forty, settings):
    settings.REFRESH_SECONDS = 300
    an_operation(Task.APPEND, record_name="record 39", username="acme", state=State.UNKNOWN)
    lose(forty, 12)

    held = look()

    assert held.outcome == RefreshOutcome.HELD
    assert Mirror.objects.get().due_at == held.asked_at + timedelta(seconds=300)
