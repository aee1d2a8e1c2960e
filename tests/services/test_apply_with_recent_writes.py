"""What changed between comparing and writing, or by writes of ours, is left alone part by part."""

import pytest

from monitors.models import Attachment, AuditEvent, MonitorRecord, State, Task
from monitors.services import clock
from monitors.services.lists import difference, lease
from monitors.services.lists.apply import MirrorWriter
from monitors.services.lists.attribution import Attribution
from monitors.services.lists.evidence import Listed
from monitors.services.lists.transactions import Transactions
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

ASKED, NOW = 10, 12  # minutes


@pytest.fixture
def writer():
    """Of a list asked for at ASKED, which knows the operations so far."""
    with clock.reading(lambda: minute(NOW)):
        yield lambda *records: MirrorWriter(
            a_refresh(asked=ASKED),
            attribution(*records),
            Transactions(minute(ASKED), lease.take(), frozenset()),
        )


def attribution(*records):
    return Attribution(after=minute(0), at=minute(11), listed=Listed(records), provisional=())


def a_recent(task, **columns):
    """An operation that ended after the list was asked for."""
    return an_operation(task, started=9, ended=11, **columns)


def fields():
    return set(MonitorRecord.objects.living().values_list("name", "email", "frequency"))


def names():
    return {name for name, *_ in fields()}


def placements():
    return set(Attachment.objects.lasting().values_list("record__name", "customer__username"))


def test_a_record_that_went_or_changed_meanwhile_does_not_stop_the_others(writer):
    went, changed, other = a_record("went"), a_record("changed"), a_record("other")
    changes = difference.between(
        a_listing(*(listed(row.name, frequency=7) for row in (went, changed, other)))
    )
    MonitorRecord.objects.filter(pk=went.pk).update(gone_at=minute(11))
    MonitorRecord.objects.filter(pk=changed.pk).update(frequency=7)

    done = writer()
    done.write(changes)

    assert fields() == {("changed", "a@northmail.example", 7), ("other", "a@northmail.example", 7)}
    assert done.event_count == 1


def test_an_attachment_that_began_or_ended_meanwhile_is_not_written_twice(writer):
    row = a_record("one")
    for user in ("acme", "globex"):
        an_attachment(row, user)
    changes = difference.between(a_listing(listed("one", "initech", "umbrella")))
    Attachment.objects.filter(customer__username="acme").update(detached_at=minute(11))
    an_attachment(row, "initech", at=11)

    done = writer()
    done.write(changes)

    assert placements() == {("one", "initech"), ("one", "umbrella")}
    assert done.event_count == 2


def test_customers_of_a_record_that_went_meanwhile_are_not_attached(writer):
    row = a_record("one")
    changes = difference.between(a_listing(listed("one", "acme")))
    MonitorRecord.objects.filter(pk=row.pk).update(gone_at=minute(11))

    writer().write(changes)

    assert placements() == set()


def test_nothing_left_out_is_whole(writer):
    a_record("one")
    done = writer()

    done.write(difference.between(a_listing(listed("one", "acme", frequency=7), listed("two"))))

    assert not done.is_partial
    assert done.event_count == 3


@pytest.mark.parametrize(
    "records",
    [
        [listed("one"), listed("recent")],
        [listed("one"), listed("old", frequency=7)],
        [listed("one")],
        [listed("one"), listed("old", "acme")],
    ],
    ids=["new", "changed", "missing", "attached"],
)
def test_a_record_that_we_touched_recently_is_left_alone_and_the_others_are_not(writer, records):
    a_record("one", frequency=1)
    old = a_record("old")
    a_recent(Task.EDIT, record=old, record_name="before", new_record_name="recent")

    done = writer()
    done.write(difference.between(a_listing(*records)))

    assert done.is_partial
    assert fields() == {("one", "a@northmail.example", 5), ("old", "a@northmail.example", 5)}
    assert placements() == set()
    assert MonitorRecord.objects.get(name="one").content_hash
    assert not MonitorRecord.objects.get(name="old").content_hash


@pytest.mark.parametrize("is_on", [False, True])
def test_a_customer_that_we_touched_recently_is_left_alone_and_the_others_are_not(writer, is_on):
    row = a_record("one")
    an_attachment(row, "globex")
    if is_on:
        an_attachment(row, "acme")
    a_recent(Task.DETACH, record_name="two", username="acme")

    done = writer()
    done.write(difference.between(a_listing(listed("one", "initech", *([] if is_on else ["acme"])))))

    assert placements() == {("one", "initech")} | ({("one", "acme")} if is_on else set())
    assert done.is_partial
    assert not MonitorRecord.objects.get().content_hash


def test_what_was_left_out_earlier_in_the_list_stays_left_out(writer):
    a_record("one")
    a_record("two")
    a_recent(Task.EDIT, record_name="one")
    done = writer()

    done.write(difference.between(a_listing(listed("one", frequency=7), listed("three"))))

    assert done.unfinished == {"one"}
    assert names() == {"one", "three"}


def test_a_record_stays_while_a_customer_on_it_must_be_left_alone(writer):
    row = a_record("one")
    an_attachment(row, "acme")
    a_recent(Task.APPEND, record_name="two", username="acme")

    done = writer()
    done.write(difference.between(a_listing()))

    assert names() == {"one"}
    assert done.unfinished == {"one"}


# Renames


def a_rename(record, **columns):
    values = {"state": State.UNKNOWN, "ended": 2, "deadline": 5} | columns
    return an_operation(Task.EDIT, record=record, record_name="before", new_record_name="after", **values)


def followed(writer, *listed_names):
    return writer(*map(listed, listed_names)).follow_renames()


def test_a_rename_that_the_list_shows_is_dated_between_its_start_and_the_list(writer):
    row = a_record("before")
    rename = a_rename(row)

    assert followed(writer, "after") is True

    row.refresh_from_db()
    assert row.name == "after"
    last = row.revisions.latest("pk")
    assert (last.since, last.since_after, last.began_by) == (minute(11), rename.started_at, rename)
    event = AuditEvent.objects.get(kind="list.difference")
    assert event.details["change"] == "edited"
    assert (event.record_id, event.record_name, event.operation_id) == (row.pk, "after", rename.pk)


def test_a_rename_that_the_list_does_not_show_is_undone_from_its_end(writer):
    row = a_record("after")
    a_rename(row, state=State.ACCEPTED)

    assert followed(writer, "before") is True

    row.refresh_from_db()
    assert row.name == "before"
    assert row.revisions.latest("pk").since == minute(2)


@pytest.mark.parametrize(
    "listed_names", [(), ("before",), ("before", "after")], ids=["neither", "as it is", "both"]
)
def test_a_rename_is_followed_only_where_the_list_shows_the_other_name_alone(writer, listed_names):
    row = a_record("before")
    a_rename(row)

    assert followed(writer, *listed_names) is False

    row.refresh_from_db()
    assert row.name == "before"


def test_a_rename_to_a_name_that_another_record_has_here_is_not_followed(writer):
    row = a_record("before")
    a_record("after")
    a_rename(row)

    assert followed(writer, "after") is False


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_record_that_has_a_third_name_or_is_gone_is_not_renamed(writer, is_gone):
    row = a_record("before" if is_gone else "third")
    a_rename(row)
    if is_gone:
        MonitorRecord.objects.update(gone_at=minute(4))

    assert followed(writer, "after") is False


@pytest.mark.parametrize("name", ["before", "after"])
def test_a_rename_of_a_name_that_we_touched_recently_waits_for_the_next_list(writer, name):
    row = a_record("before")
    a_rename(row)
    a_recent(Task.CREATE, record_name=name)

    assert followed(writer, "after") is False

    row.refresh_from_db()
    assert row.name == "before"


def test_a_rename_that_follows_another_one_is_followed_too(writer):
    row = a_record("one")
    an_operation(Task.EDIT, record=row, new_record_name="two", state=State.UNKNOWN, started=1, deadline=3)
    an_operation(
        Task.EDIT,
        record=row,
        record_name="two",
        new_record_name="three",
        state=State.UNKNOWN,
        started=4,
        deadline=6,
    )

    followed(writer, "two")

    row.refresh_from_db()
    assert row.name == "two"
