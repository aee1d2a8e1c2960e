"""A list that would change too much is held; what we changed ourselves does not count."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import AuditEvent, Mirror, MonitorRecord, Refresh, RefreshOutcome, Role, State, Task
from monitors.services import clock, held_lists
from monitors.services.lists import refresh, suspicious_lists
from monitors.services.lists.attribution import Attribution
from monitors.services.lists.difference import Difference, Placement
from monitors.services.lists.evidence import Listed
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
    shown = Listed(records)
    attribution = Attribution(after=minute(0), at=minute(11), listed=shown, provisional=())
    suspicious_lists.measure(done, changes, attribution, a_listing(*records))
    done.refresh_from_db()
    return done


def removed(changes, *records):
    done = measured(changes, *records)
    assert (done.added_records, done.added_attachments) == (0, 0)
    return done.removed_records, done.removed_attachments


def added(changes, *records):
    done = measured(changes, *records)
    assert (done.removed_records, done.removed_attachments) == (0, 0)
    return done.added_records, done.added_attachments


def test_removals_that_nothing_of_ours_explains_are_counted():
    changes = Difference(
        missing_names=["one", "two"],
        ended_placements=[Placement("one", "acme"), Placement("three", "globex")],
    )

    assert removed(changes, listed("three")) == (2, 2)


def test_what_we_deleted_detached_or_moved_is_not_counted():
    an_operation(Task.DELETE, record_name="one", state=State.UNKNOWN)
    an_operation(Task.DETACH, username="acme", state=State.UNKNOWN)
    an_operation(Task.APPEND, record_name="three", username="globex")
    changes = Difference(
        missing_names=["one"], ended_placements=[Placement("two", "acme"), Placement("two", "globex")]
    )

    assert removed(changes, listed("two"), listed("three")) == (0, 0)


@pytest.mark.parametrize(
    ("gone", "listed_name", "expected"),
    [
        ("before", "after", (0, 0)),
        ("after", "before", (0, 0)),
        ("before", "another", (1, 1)),
        ("another", "after", (1, 1)),
    ],
    ids=["carried out", "not carried out", "new name not listed", "another record"],
)
def test_a_record_that_we_renamed_is_not_gone(gone, listed_name, expected):
    an_operation(Task.EDIT, record_name="before", new_record_name="after", state=State.UNKNOWN)
    changes = Difference(missing_names=[gone], ended_placements=[Placement(gone, "acme")])

    assert removed(changes, listed(listed_name)) == expected


def test_additions_that_nothing_of_ours_explains_are_counted():
    changes = Difference(
        new_records=[listed("one"), listed("two")],
        new_placements=[Placement("one", "acme"), Placement("three", "globex")],
    )

    assert added(changes, listed("one"), listed("two"), listed("three")) == (2, 2)


def test_what_we_created_renamed_appended_or_did_not_detach_is_not_counted():
    an_operation(Task.CREATE, record_name="one", state=State.UNKNOWN)
    an_operation(Task.EDIT, record_name="before", new_record_name="after", state=State.UNKNOWN)
    an_operation(Task.DELETE, record_name="kept")
    an_operation(Task.APPEND, record_name="one", username="acme", state=State.UNKNOWN)
    an_operation(Task.DETACH, record_name="two", username="globex")
    changes = Difference(
        new_records=[listed("one"), listed("after"), listed("kept")],
        missing_names=["before"],
        new_placements=[Placement("one", "acme"), Placement("two", "globex"), Placement("after", "initech")],
    )

    shown = [listed(name) for name in ("one", "two", "after", "kept")]
    assert added(changes, *shown) == (0, 0)


def test_customers_of_a_record_that_only_looks_renamed_are_counted():
    an_operation(Task.EDIT, record_name="before", new_record_name="after", state=State.UNKNOWN)
    changes = Difference(
        new_records=[listed("after")],
        new_placements=[Placement("after", "acme"), Placement("other", "globex")],
    )

    assert added(changes, listed("before"), listed("after"), listed("other")) == (0, 2)


def test_records_whose_fields_alone_changed_count_in_neither_direction():
    assert removed(Difference(changed_records=[listed("one", frequency=7)]), listed("one")) == (0, 0)


SOMETHING = Difference(changed_records=[listed("record 0", frequency=7)])


def is_suspicious(*, accepted=None, changes=SOMETHING, is_first=False, **counts):
    done = Refresh.objects.create(asked_at=minute(10), digest="f" * 64, **counts)
    mirror = Mirror(accepted=accepted, asked_at=None if is_first else minute(0))
    return suspicious_lists.is_suspicious(done, mirror, changes)


def test_the_very_first_list_is_believed():
    assert not is_suspicious(added_records=1000, is_first=True)


def test_a_list_that_changes_nothing_is_not_suspicious():
    assert not is_suspicious(removed_records=1000, changes=Difference())


def records(count):
    return [a_record(f"record {n}") for n in range(count)]


@pytest.mark.parametrize(
    ("living", "changed", "expected"), [(20, 10, False), (20, 11, True), (55, 11, False), (54, 11, True)]
)
@pytest.mark.parametrize("direction", ["removed", "added"])
def test_more_than_ten_and_more_than_a_fifth_of_the_records_are_too_many(
    living, changed, expected, direction
):
    records(living)

    assert is_suspicious(**{f"{direction}_records": changed}) is expected


@pytest.mark.parametrize(("lasting", "expected"), [(54, True), (55, False)])
@pytest.mark.parametrize("direction", ["removed", "added"])
def test_more_than_ten_and_more_than_a_fifth_of_the_attachments_are_too_many(lasting, expected, direction):
    row = a_record()
    for n in range(lasting):
        an_attachment(row, f"customer {n}")

    assert is_suspicious(**{f"{direction}_attachments": 11}) is expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"removed_records": 30, "removed_attachments": 25}, False),
        ({"removed_records": 31, "removed_attachments": 25}, True),
        ({"removed_records": 30, "removed_attachments": 26}, True),
        ({"added_records": 22, "added_attachments": 23}, False),
        ({"added_records": 23, "added_attachments": 23}, True),
        ({"added_records": 22, "added_attachments": 24}, True),
        ({"removed_records": 0, "removed_attachments": 0}, False),
    ],
)
def test_an_accepted_list_lets_the_next_one_change_ten_more_and_no_eleventh(counts, expected):
    for row in records(40):
        an_attachment(row, f"customer of {row.name}")
    accepted = Refresh(removed_records=20, removed_attachments=15, added_records=12, added_attachments=13)

    assert is_suspicious(**counts, accepted=accepted) is expected


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
    assert event.details == {
        "records": 12,
        "attachments": 12,
        "added_records": 0,
        "added_attachments": 0,
    }
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


def test_an_acceptance_ends_when_a_bigger_list_is_rejected(forty, boss):
    lost = forty.store.snapshot()[:12]
    lose(forty, 12)
    held_lists.accept(actor=boss, refresh=look())
    lose(forty, 11)
    held_lists.reject(actor=boss, refresh=look())
    for name, email, frequency, users in lost[:8]:
        forty.store.create(name=name, email=email, frequency=frequency)
        forty.store.append(user=users[0], name=name)

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


def test_a_list_that_was_rejected_and_then_accepted_is_a_new_question_when_it_comes_again(forty, boss):
    fewer = forty.store.snapshot()[12:]
    lose(forty, 12)
    held_lists.reject(actor=boss, refresh=look())
    held_lists.accept(actor=boss, refresh=look())
    assert look().outcome == RefreshOutcome.APPLIED
    for number in range(12):
        forty.store.create(name=f"new {number}", email="a@northmail.example", frequency=5)
    held_lists.accept(actor=boss, refresh=look())
    assert look().outcome == RefreshOutcome.APPLIED

    for number in range(12):
        forty.store.delete(name=f"new {number}")
    assert forty.store.snapshot() == fewer

    with clock.reading(lambda: timezone.now() + timedelta(days=2)):
        assert look().outcome == RefreshOutcome.HELD


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
