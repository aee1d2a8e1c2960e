"""A list asked for before a write ended never undoes it, and is not the last word on what it touched."""

from itertools import pairwise

import pytest

from monitors.models import Attachment, MonitorRecord, Operation, RecordRevision, Refresh, State
from monitors.services import attachments, records
from monitors.services.lists import refresh
from monitors.services.log import history
from monitors.services.log.lines import REVISIONS
from monitors.services.submission import Submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_records(upstream, load):
    upstream.store.seed(
        records=[("one", "a@northmail.example", 5, ["acme"]), ("two", "a@northmail.example", 5, [])],
        customers=["acme", "globex"],
    )
    load()


def living() -> set[tuple[str, str]]:
    attachments = Attachment.objects.filter(detached_at=None)
    return set(attachments.values_list("record__name", "customer__username"))


def record(name):
    return MonitorRecord.objects.get(name=name, gone_at=None)


def refresh_while(do, *, shows_it: bool):
    """A list asked for before `do`; it shows what `do` did or not."""

    def fetch(gateway):
        if shows_it:
            do()
        listing = gateway.list_records()
        if not shows_it:
            do()
        return listing

    return refresh.run(source="command", fetch=fetch)


def test_a_list_older_than_an_append_does_not_undo_it(manager, two_records):
    refresh_while(
        lambda: attachments.append(
            submission=Submission(actor=manager), record=record("two"), user="globex", elsewhere="too"
        ),
        shows_it=False,
    )

    assert ("two", "globex") in living()


def test_the_place_a_customer_was_moved_from_is_found_by_the_next_list(manager, two_records, load):
    """The first list shows the move already, and may not write it: it was asked for before the append ended."""
    refresh_while(
        lambda: attachments.append(
            submission=Submission(actor=manager), record=record("two"), user="acme", elsewhere="too"
        ),
        shows_it=True,
    )

    load()

    assert living() == {("two", "acme")}


def test_a_detach_is_confirmed_although_its_record_was_deleted_at_once(manager, two_records, load):
    detached = attachments.detach(submission=Submission(actor=manager), record=record("one"), user="acme")
    records.delete(submission=Submission(actor=manager), record=record("one"))

    load()

    detached.refresh_from_db()
    assert detached.state == State.CONFIRMED


def test_an_append_is_judged_only_once_its_records_rename_is_in_a_list(manager, two_records, load):
    appended = attachments.append(
        submission=Submission(actor=manager), record=record("two"), user="globex", elsewhere="too"
    )

    refresh_while(
        lambda: records.edit(submission=Submission(actor=manager), record=record("two"), new_name="three"),
        shows_it=False,
    )
    appended.refresh_from_db()
    assert appended.state == State.ACCEPTED

    load()
    appended.refresh_from_db()
    assert appended.state == State.CONFIRMED


def test_a_detach_that_was_none_leaves_the_stays_true_beginning(manager, upstream, two_records, load):
    attachments.append(
        submission=Submission(actor=manager, reason="T-1"), record=record("two"), user="globex"
    )
    load()
    began = Attachment.objects.get(customer__username="globex").attached_at
    upstream.fault("lie", task="detach")

    detached = attachments.detach(submission=Submission(actor=manager), record=record("two"), user="globex")
    load()

    detached.refresh_from_db()
    attachment = Attachment.objects.get(customer__username="globex", detached_at=None)
    assert detached.state == State.CONTRADICTED
    assert (attachment.since, attachment.reason, attachment.began_by.task) == (began, "T-1", "append")
    assert attachment.attached_at == detached.ended_at


def test_a_detach_from_every_record_is_judged_only_by_a_list_that_may_be_written_there(
    manager, upstream, two_records, load
):
    """Judged by a list whose record is left alone, it would no longer explain that the customer is on it still."""
    began = Attachment.objects.get(customer__username="acme").since
    upstream.fault("lie", task="detach")
    detached = attachments.detach(submission=Submission(actor=manager), record=None, user="acme")

    refresh_while(
        lambda: records.edit(submission=Submission(actor=manager), record=record("one"), new_frequency=9),
        shows_it=False,
    )
    detached.refresh_from_db()
    assert detached.state == State.ACCEPTED

    load()
    detached.refresh_from_db()
    attachment = Attachment.objects.get(customer__username="acme", detached_at=None)
    assert detached.state == State.CONTRADICTED
    assert (attachment.since, attachment.attached_at) == (began, detached.ended_at)


@pytest.fixture
def something_else_under_way(manager, upstream, two_records):
    """An operation on another record that no list can judge yet: no list is written whole meanwhile."""
    upstream.fault("close_before_answer", task="edit")
    records.edit(submission=Submission(actor=manager), record=record("two"), new_frequency=9)


def test_a_detach_does_not_explain_the_end_of_an_attachment_that_began_after_it(
    manager, upstream, something_else_under_way, load
):
    attachments.detach(submission=Submission(actor=manager), record=record("one"), user="acme")
    attachments.append(
        submission=Submission(actor=manager), record=record("one"), user="acme", elsewhere="too"
    )
    load()
    upstream.store.detach(user="acme")

    load()

    attachment = Attachment.objects.order_by("attached_at").last()
    assert attachment.ended_by is None
    assert attachment.detached_at > attachment.attached_at


def test_an_append_does_not_explain_a_beginning_after_the_customer_was_detached_again(
    manager, upstream, something_else_under_way, load
):
    attachments.append(
        submission=Submission(actor=manager), record=record("one"), user="globex", elsewhere="too"
    )
    attachments.detach(submission=Submission(actor=manager), record=record("one"), user="globex")
    load()
    upstream.store.append(user="globex", name="one")

    load()

    attachment = Attachment.objects.get(customer__username="globex", detached_at=None)
    assert attachment.began_by is None


def test_a_rename_that_was_none_makes_no_second_record_while_a_write_on_it_is_unknown(
    manager, upstream, two_records, load
):
    """The list shows the old name: the record cannot be given it back yet, and is not a new one either."""
    one = record("one")
    upstream.fault("lie", task="edit")
    records.edit(submission=Submission(actor=manager), record=one, new_name="three")
    upstream.fault("late", task="edit")
    records.edit(submission=Submission(actor=manager), record=record("three"), new_frequency=9)

    load()

    assert set(MonitorRecord.objects.filter(gone_at=None).values_list("name", flat=True)) == {"three", "two"}


def test_a_rename_that_was_none_is_undone_though_a_write_of_a_customer_there_is_unknown(
    manager, upstream, two_records, load
):
    one = record("one")
    upstream.fault("lie", task="edit")
    records.edit(submission=Submission(actor=manager), record=one, new_name="three")
    upstream.fault("late", task="detach")
    attachments.detach(submission=Submission(actor=manager), record=record("three"), user="acme")

    load()

    assert set(MonitorRecord.objects.filter(gone_at=None).values_list("name", flat=True)) == {"one", "two"}
    assert ("one", "acme") in living()


def test_a_write_without_an_answer_holds_up_nothing_but_its_own_customer(
    manager, upstream, two_records, load
):
    """On a busy record there is always something unknown; what others did there is confirmed all the same."""
    appended = attachments.append(
        submission=Submission(actor=manager), record=record("two"), user="globex", elsewhere="too"
    )
    upstream.fault("late", task="append")
    attachments.append(
        submission=Submission(actor=manager), record=record("two"), user="acme", elsewhere="too"
    )
    upstream.store.create(name="four", email="a@northmail.example", frequency=5)

    load()

    appended.refresh_from_db()
    assert appended.state == State.CONFIRMED
    assert living() == {("one", "acme"), ("two", "globex")}
    assert record("four")


def test_a_rename_back_without_an_answer_does_not_undo_the_rename_before(
    manager, upstream, two_records, load
):
    one = record("one")
    there = records.edit(submission=Submission(actor=manager), record=one, new_name="three")
    upstream.fault("close_before_answer", task="edit", applied=True)
    one.refresh_from_db()
    back = records.edit(submission=Submission(actor=manager), record=one, new_name="one")
    Operation.objects.update(deadline_at=there.started_at)  # nothing of it is under way any more

    load()

    second, third = RecordRevision.objects.filter(record=one).order_by("pk")[1:]
    assert (second.name, second.began_by, second.ended_by) == ("three", there, back)
    assert second.until > second.since
    assert (third.name, third.began_by) == ("one", back)


def test_a_name_that_never_was_is_not_ended_by_a_rename_back_that_was_not_carried_out(
    manager, upstream, two_records, load
):
    """Neither list before could tell: each was asked for before the edit that it was on its way with."""
    one = record("one")

    def edit(name):
        return records.edit(submission=Submission(actor=manager), record=one, new_name=name, new_frequency=9)

    upstream.fault("lie", task="edit")
    refresh_while(lambda: edit("three"), shows_it=False)
    one.refresh_from_db()
    upstream.fault("close_before_answer", task="edit", applied=False)
    refresh_while(lambda: edit("one"), shows_it=False)
    false, back = Operation.objects.order_by("started_at")
    Operation.objects.update(deadline_at=false.started_at)  # nothing of it is under way any more

    load()

    _, never, lasting = RecordRevision.objects.filter(record=one).order_by("pk")
    assert (never.name, never.since, never.until) == ("three", false.ended_at, false.ended_at)
    assert (lasting.name, lasting.frequency, lasting.began_by) == ("one", 5, false)
    assert (lasting.since, lasting.until) == (false.ended_at, None)
    back.refresh_from_db()
    assert back.state == State.NOT_APPLIED


def test_a_false_success_that_a_later_edit_followed_is_taken_back_where_that_one_begins(
    manager, upstream, two_records, load
):
    one = record("one")
    for values in ({"new_name": "three"}, {"new_frequency": 9}):
        upstream.fault("lie", task="edit")
        records.edit(submission=Submission(actor=manager), record=one, **values)
        one.refresh_from_db()

    load()

    revisions = RecordRevision.objects.filter(record=one).order_by("pk")
    assert [(row.name, row.frequency) for row in revisions][-1] == ("one", 5)
    assert all(row.until == later.since for row, later in pairwise(revisions))
    assert all(row.until >= row.since for row in list(revisions)[:-1])


def test_a_record_created_for_nothing_does_not_take_the_name_of_one_that_never_lost_it(
    manager, upstream, two_records, load
):
    one = record("one")
    upstream.fault("lie", task="edit")
    records.edit(submission=Submission(actor=manager), record=one, new_name="three")
    upstream.fault("lie", task="create")
    created = records.create(
        submission=Submission(actor=manager), name="one", email="a@northmail.example", frequency=5
    )

    load()

    assert record("one").pk == one.pk
    assert Attachment.objects.get(customer__username="acme").detached_at is None
    false = MonitorRecord.objects.get(name="one", gone_at=created.ended_at).revisions.get()
    assert (false.since, false.ended_by) == (created.ended_at, created)


def test_two_records_whose_new_names_are_none_keep_their_customers(manager, upstream, two_records, load):
    """The second was to get the name that the first had never lost."""
    one, two = record("one"), record("two")
    for row, name in ((one, "three"), (two, "one")):
        upstream.fault("lie", task="edit")
        records.edit(submission=Submission(actor=manager), record=row, new_name=name)

    load()

    assert (record("one").pk, record("two").pk) == (one.pk, two.pk)
    assert Attachment.objects.get(customer__username="acme").detached_at is None
    assert MonitorRecord.objects.count() == 2


def test_a_record_keeps_its_new_name_where_the_list_shows_its_customers_there(
    manager, upstream, two_records, load
):
    """Both were renamed; then the first was deleted outside, and the second's old name given to a new record."""
    one, two = record("one"), record("two")
    for row, name in ((one, "three"), (two, "one")):
        records.edit(submission=Submission(actor=manager), record=row, new_name=name)
    upstream.store.detach(user="acme")
    upstream.store.delete(name="three")
    upstream.store.create(name="two", email="a@northmail.example", frequency=5)

    load()

    assert record("one").pk == two.pk
    assert record("two").pk not in (one.pk, two.pk)


@pytest.mark.parametrize("users", [[], ["acme", "globex"]], ids=["nobody", "others too"])
def test_a_record_with_other_customers_is_another_one(manager, upstream, two_records, load, users):
    one = record("one")
    records.edit(submission=Submission(actor=manager), record=one, new_name="three")
    created = records.create(
        submission=Submission(actor=manager), name="one", email="a@northmail.example", frequency=5
    )
    upstream.store.detach(user="acme")
    upstream.store.delete(name="three")
    for user in users:
        upstream.store.append(user=user, name="one")

    load()

    assert record("one").revisions.get().began_by == created


def test_nobody_is_on_a_record_before_the_record_was_there(manager, upstream, two_records, load):
    """Renamed outside, the record is a new one here: a detach that was none may not date back beyond it."""
    upstream.fault("lie", task="detach")
    attachments.detach(submission=Submission(actor=manager), record=None, user="acme")
    upstream.store.edit(name="one", new_name="three")

    load()

    attachment = Attachment.objects.get(customer__username="acme", detached_at=None)
    assert attachment.attached_at >= record("three").first_seen


# Two names that change places by way of a third


OF_ONE, OF_TWO = ("a@northmail.example", 5, ["acme"]), ("b@northmail.example", 7, ["globex", "initech"])


@pytest.fixture
def change_places(manager, upstream, load):
    """What the two records are; then each gets the other's name."""

    def run(of_one, of_two, *, is_false):
        records_there = [("one", *of_one), ("two", *of_two)]
        upstream.store.seed(records=records_there, customers=["acme", "globex", "initech", "hooli"])
        load()
        one, two = record("one"), record("two")
        for row, name in ((one, "three"), (two, "one"), (one, "two")):
            if is_false:
                upstream.fault("lie", task="edit")
            row.refresh_from_db()
            records.edit(submission=Submission(actor=manager), record=row, new_name=name)
        assert (record("one").pk, record("two").pk) == (two.pk, one.pk)
        return one, two

    return run


def verdicts():
    return list(Operation.objects.order_by("started_at").values_list("state", flat=True))


@pytest.mark.parametrize(
    ("of_one", "of_two"),
    [(OF_ONE, OF_TWO), ((*OF_ONE[:2], []), (*OF_TWO[:2], [])), (OF_ONE, (*OF_ONE[:2], ["globex"]))],
    ids=["all", "fields", "customers"],
)
def test_two_names_that_never_changed_places_are_given_back(change_places, load, of_one, of_two):
    one, two = change_places(of_one, of_two, is_false=True)

    load()

    assert (record("one").pk, record("two").pk) == (one.pk, two.pk)
    assert not Attachment.objects.exclude(detached_at=None).exists()
    assert not RecordRevision.objects.filter(began_by=None, since_after__isnull=False).exists()
    assert verdicts() == [State.ACCEPTED, State.ACCEPTED, State.CONTRADICTED]
    assert history.verify().problem == ""


def test_names_that_were_taken_back_at_one_moment_have_one_order_in_the_history(change_places, load):
    change_places(OF_ONE, OF_TWO, is_false=True)
    load()

    columns = RecordRevision.objects.values_list(*REVISIONS.order)
    assert len(set(columns)) == len(columns) > 6


def test_the_next_lists_still_say_that_two_names_did_not_change_places(change_places, upstream, load):
    one, two = change_places(OF_ONE, OF_TWO, is_false=True)
    load()
    upstream.store.append(user="acme", name="two")

    load()

    assert verdicts()[-1] == State.CONTRADICTED
    assert (record("one").pk, record("two").pk) == (one.pk, two.pk)


def test_two_names_that_never_changed_places_are_given_back_though_somebody_came_meanwhile(
    change_places, upstream, load
):
    one, two = change_places(OF_ONE, OF_TWO, is_false=True)
    upstream.store.append(user="hooli", name="two")

    load()

    assert (record("one").pk, record("two").pk) == (one.pk, two.pk)
    assert not Attachment.objects.exclude(detached_at=None).exists()
    came = Attachment.objects.get(customer__username="hooli")
    assert (came.record, came.began_by) == (two, None)


@pytest.mark.parametrize("has_another", [False, True])
def test_two_names_that_did_change_places_stay_where_they_are(change_places, upstream, load, has_another):
    one, two = change_places(OF_ONE, OF_TWO, is_false=False)
    if has_another:
        upstream.store.append(user="hooli", name="two")

    load()

    assert (record("one").pk, record("two").pk) == (two.pk, one.pk)
    assert not Attachment.objects.exclude(detached_at=None).exists()
    assert verdicts() == [State.ACCEPTED, State.ACCEPTED, State.CONFIRMED]


@pytest.mark.parametrize(
    ("of_one", "of_two"),
    [(OF_ONE, (*OF_ONE[:2], [])), ((*OF_ONE[:2], []), (*OF_ONE[:2], []))],
    ids=["moved outside", "nobody"],
)
def test_success_is_believed_where_a_move_outside_explains_the_list(change_places, load, of_one, of_two):
    one, two = change_places(of_one, of_two, is_false=True)

    load()

    assert (record("one").pk, record("two").pk) == (two.pk, one.pk)
    assert verdicts()[-1] == State.CONFIRMED


def test_two_names_that_never_changed_places_wait_for_what_is_under_way_there(
    change_places, manager, upstream, load
):
    one, two = change_places(OF_ONE, OF_TWO, is_false=True)
    upstream.fault("late", task="edit")
    records.edit(submission=Submission(actor=manager), record=record("one"), new_email="c@northmail.example")

    load()

    assert (record("one").pk, record("two").pk) == (two.pk, one.pk)
    assert not Attachment.objects.exclude(detached_at=None).exists()


def test_a_detach_that_a_list_older_than_a_deletion_shows_is_not_contradicted_by_a_later_list(
    manager, upstream, two_records, load
):
    detached = attachments.detach(submission=Submission(actor=manager), record=None, user="acme")
    refresh_while(
        lambda: records.delete(submission=Submission(actor=manager), record=record("one")), shows_it=False
    )
    upstream.store.append(user="acme", name="two")
    shown_at = Refresh.objects.latest("pk").answered_at

    load()

    detached.refresh_from_db()
    assert detached.state == State.CONFIRMED
    again = Attachment.objects.get(detached_at=None, customer__username="acme")
    assert again.began_by is None
    assert again.attached_at > shown_at
