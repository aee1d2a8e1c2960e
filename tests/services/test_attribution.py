"""Which operation of ours explains a difference, from when it is dated, and what is left to "outside"."""

import pytest

from monitors.models import Refresh, State, Task
from monitors.services.lists.attribution import Attribution
from monitors.services.lists.difference import Placement
from monitors.services.lists.evidence import Listed
from monitors.services.lists.mirror import Cause
from tests.services.rows import (
    EMAIL,
    a_record,
    a_refresh,
    an_attachment,
    an_operation,
    listed,
    minute,
)

pytestmark = pytest.mark.django_db

LAST, NOW = 0, 20  # minutes: when the last whole list was asked for, when this one was answered
ACME_ON_ONE = Placement("one", "acme")
OUTSIDE = Cause(at=minute(NOW), after=minute(LAST))
NOTHING_PROVISIONAL = ()


def attribution(*records, provisional=NOTHING_PROVISIONAL) -> Attribution:
    """For a list that shows these records."""
    shown = Listed(records)
    return Attribution(after=minute(LAST), at=minute(NOW), listed=shown, provisional=provisional)


def by(operation, *, at, after=None) -> Cause:
    return Cause(at=minute(at), after=None if after is None else minute(after), operation=operation)


def an_append(record, **columns):
    return an_operation(Task.APPEND, record=record, username="acme", **columns)


def a_detach(record, **columns):
    return an_operation(Task.DETACH, record=record, username="acme", **columns)


def an_edit(record, **columns):
    before = {"name": record.name, "email": EMAIL, "frequency": 5}
    values = {"parameters": {"new_frequency": "7"}, "before": before} | columns
    return an_operation(Task.EDIT, record=record, **values)


def rename(record, name):
    record.name = name
    record.save()


def test_what_nothing_explains_happened_outside_between_two_lists():
    row = a_record()
    found = attribution()

    assert found.of_new_record(listed("two")) == OUTSIDE
    assert found.of_missing_record(row) == OUTSIDE
    assert found.of_new_attachment(ACME_ON_ONE) == OUTSIDE
    assert found.of_ended_attachment(an_attachment(row, "acme"), ACME_ON_ONE) == OUTSIDE


def test_nothing_in_the_very_first_list_is_a_change():
    first = Attribution(after=None, at=minute(NOW), listed=Listed(), provisional=NOTHING_PROVISIONAL)

    assert first.is_baseline
    assert first.of_new_record(listed()) == Cause(at=minute(NOW), is_baseline=True)
    assert not attribution().is_baseline


# Which operations may explain anything


@pytest.mark.parametrize("state", [State.PENDING, State.UNKNOWN, State.ACCEPTED, State.CONFIRMED])
def test_what_may_have_acted_explains(state):
    append = an_append(a_record(), state=state)

    assert attribution().of_new_attachment(ACME_ON_ONE).operation == append


@pytest.mark.parametrize("state", [State.REFUSED, State.NOT_SENT, State.NOT_APPLIED, State.CONTRADICTED])
def test_what_did_not_act_explains_nothing(state):
    an_append(a_record(), state=state)

    assert attribution().of_new_attachment(ACME_ON_ONE) == OUTSIDE


PROVISIONAL = [State.REFUSED, State.NOT_APPLIED, State.CONTRADICTED]


@pytest.mark.parametrize("state", PROVISIONAL)
def test_a_provisional_verdict_that_the_list_shows_to_be_wrong_explains(state):
    append = an_append(a_record(), state=state, settled_at=minute(-5), settled_by=a_refresh(asked=-5))
    shown = attribution(listed("one", "acme"), provisional=[append])

    assert shown.of_new_attachment(ACME_ON_ONE) == by(append, at=NOW, after=1)


@pytest.mark.parametrize("state", PROVISIONAL)
def test_a_provisional_verdict_that_the_list_does_not_touch_explains_nothing(state):
    detach = a_detach(a_record(), state=state)
    shown = attribution(listed("one", "acme"), provisional=[detach])

    assert not shown.may_have_ended(ACME_ON_ONE)


def test_a_list_answered_before_the_last_whole_one_by_a_clock_set_back_has_no_window():
    back = Attribution(
        after=minute(NOW + 60), at=minute(NOW), listed=Listed(), provisional=NOTHING_PROVISIONAL
    )

    assert back.outside() == Cause(at=minute(NOW), after=minute(NOW))


@pytest.mark.parametrize(("asked", "explains"), [(-5, False), (0, False), (5, True)])
def test_an_operation_settled_by_the_last_whole_list_explains_nothing_later(asked, explains):
    an_append(a_record(), state=State.CONFIRMED, settled_at=minute(asked), settled_by=a_refresh(asked=asked))

    assert (attribution().of_new_attachment(ACME_ON_ONE) != OUTSIDE) is explains


# Records


def test_a_new_record_is_explained_by_its_creation_at_the_moment_of_its_answer():
    created = an_operation(Task.CREATE, record_name="two")

    assert attribution().of_new_record(listed("two")) == by(created, at=2)
    assert attribution().of_new_record(listed("three")) == OUTSIDE


def test_what_an_unknown_operation_did_is_dated_between_its_start_and_the_list():
    created = an_operation(Task.CREATE, record_name="two", state=State.UNKNOWN)

    assert attribution().of_new_record(listed("two")) == by(created, at=NOW, after=1)


def test_a_new_record_is_explained_by_a_rename_to_its_name():
    renamed = an_edit(a_record(), new_record_name="two", state=State.UNKNOWN)

    assert attribution().of_new_record(listed("two")).operation == renamed


def test_a_missing_record_is_explained_by_its_deletion():
    row = a_record()
    deleted = an_operation(Task.DELETE, record=row)

    assert attribution().of_missing_record(row) == by(deleted, at=2)
    assert attribution().of_missing_record(a_record("two")) == OUTSIDE


def test_a_missing_record_whose_creation_was_accepted_went_after_it_had_begun():
    row = a_record()
    row.first_seen = minute(2)
    an_operation(Task.CREATE, record=row)

    assert attribution().of_missing_record(row) == Cause(at=minute(NOW), after=minute(2))


def test_a_missing_record_whose_creation_was_confirmed_went_later():
    row = a_record()
    an_operation(Task.CREATE, record=row, state=State.CONFIRMED)
    a_refresh()

    assert attribution().of_missing_record(row) == OUTSIDE


def test_only_an_accepted_deletion_is_contradicted_by_a_record_of_its_name():
    row = a_record()
    an_operation(Task.DELETE, record=row, state=State.UNKNOWN, started=3)
    assert attribution().contradicted_deletion("one") is None

    deleted = an_operation(Task.DELETE, record=row)
    assert attribution().contradicted_deletion("one") == deleted
    assert attribution().contradicted_deletion("two") is None


# Attachments that began


def test_the_latest_of_two_appends_explains_an_attachment():
    row = a_record()
    an_append(row, started=1)
    latest = an_append(row, started=3, ended=4)

    assert attribution().of_new_attachment(ACME_ON_ONE) == by(latest, at=4)


@pytest.mark.parametrize("placement", [Placement("one", "globex"), Placement("two", "acme")])
def test_an_append_explains_its_own_placement_alone(placement):
    an_append(a_record())

    assert attribution().of_new_attachment(placement) == OUTSIDE


def test_an_append_is_known_by_the_names_its_record_had_and_has():
    append = an_append(a_record("after"), record_name="before")

    assert attribution().of_new_attachment(Placement("before", "acme")).operation == append
    assert attribution().of_new_attachment(Placement("after", "acme")).operation == append


def test_an_append_without_a_record_of_ours_is_known_by_its_name():
    append = an_append(None, record_name="one")

    assert attribution().of_new_attachment(ACME_ON_ONE).operation == append
    assert attribution().of_new_attachment(Placement("two", "acme")) == OUTSIDE


def test_a_detach_that_was_not_carried_out_explains_that_the_customer_is_on_again():
    detach = a_detach(a_record())

    assert attribution().of_new_attachment(ACME_ON_ONE) == by(detach, at=2)
    assert attribution().of_new_attachment(Placement("two", "acme")) == OUTSIDE
    assert attribution().of_new_attachment(Placement("one", "globex")) == OUTSIDE


def test_an_unknown_detach_does_not_explain_that_the_customer_is_on_again():
    a_detach(a_record(), state=State.UNKNOWN)

    assert attribution().of_new_attachment(ACME_ON_ONE) == OUTSIDE


# Attachments that ended


OUTSIDE_SINCE_ITS_BEGINNING = Cause(at=minute(NOW), after=minute(2))


def ended(row, *, began_by=None):
    return attribution().of_ended_attachment(an_attachment(row, "acme", at=2, began_by=began_by), ACME_ON_ONE)


def test_an_accepted_append_that_the_list_contradicts_ended_outside_after_it_had_begun():
    row = a_record()
    append = an_append(row)

    assert ended(row, began_by=append) == OUTSIDE_SINCE_ITS_BEGINNING


def test_an_accepted_append_whose_detach_had_no_answer_was_ended_by_that():
    row = a_record()
    append = an_append(row)
    detach = a_detach(row, state=State.UNKNOWN, started=3)

    assert ended(row, began_by=append) == by(detach, at=NOW, after=3)


def test_an_accepted_append_is_not_ended_by_a_detach_before_it():
    row = a_record()
    a_detach(row, started=0.5, ended=0.7)
    append = an_append(row)

    assert ended(row, began_by=append) == OUTSIDE_SINCE_ITS_BEGINNING


def test_an_append_that_a_list_has_settled_is_not_contradicted_by_a_later_one():
    row = a_record()
    append = an_append(row, settled_at=minute(5), settled_by=a_refresh(asked=5))

    assert ended(row, began_by=append) == OUTSIDE_SINCE_ITS_BEGINNING


def test_a_confirmed_append_is_not_contradicted_by_a_later_list():
    row = a_record()
    append = an_append(row, state=State.CONFIRMED, settled_at=minute(5), settled_by=a_refresh(asked=5))

    assert ended(row, began_by=append) == OUTSIDE_SINCE_ITS_BEGINNING


def test_an_accepted_append_that_a_move_followed_was_carried_out_before():
    row = a_record()
    append = an_append(row)
    move = an_append(a_record("two"), started=3, ended=4)

    assert ended(row, began_by=append) == by(move, at=4)


def test_an_append_of_somebody_else_does_not_make_the_latest_one_older():
    row = a_record()
    append = an_append(row)
    an_operation(Task.APPEND, record=a_record("two"), username="globex", started=3)

    assert ended(row, began_by=append) == OUTSIDE_SINCE_ITS_BEGINNING


def test_an_attachment_that_a_contradicted_detach_began_again_is_not_an_append():
    row = a_record()
    detach = a_detach(row)

    assert ended(row, began_by=detach) == by(detach, at=2)


@pytest.mark.parametrize("is_everywhere", [False, True])
def test_an_ended_attachment_is_explained_by_a_detach_from_it_or_from_all(is_everywhere):
    row = a_record()
    detach = a_detach(None if is_everywhere else row, state=State.UNKNOWN)

    assert ended(row) == by(detach, at=NOW, after=1)


def test_an_ended_attachment_is_not_explained_by_a_detach_from_another_record():
    a_detach(a_record("two"))

    assert ended(a_record()) == OUTSIDE_SINCE_ITS_BEGINNING


def test_an_ended_attachment_is_explained_by_a_move_to_another_record():
    move = an_append(a_record("two"))

    assert ended(a_record()) == by(move, at=2)


@pytest.mark.parametrize("state", [State.PENDING, State.UNKNOWN])
def test_a_move_without_an_answer_that_the_list_does_not_show_ended_nothing(state):
    attachment = an_attachment(a_record(), "acme", at=2)
    move = an_append(a_record("two"), state=state)

    def cause(*records):
        return attribution(*records).of_ended_attachment(attachment, ACME_ON_ONE)

    assert cause() == cause(listed("two")) == OUTSIDE_SINCE_ITS_BEGINNING
    assert not attribution(listed("two")).may_have_ended(ACME_ON_ONE)
    assert cause(listed("two", "acme")).operation == move
    assert attribution(listed("two", "acme")).may_have_ended(ACME_ON_ONE)
    assert cause(listed("two", is_readable=False)).operation == move


def test_an_append_to_the_same_record_did_not_end_the_attachment():
    row = a_record()
    an_append(row)

    assert ended(row) == OUTSIDE_SINCE_ITS_BEGINNING


# What may explain a removal, before anything is written


def test_an_append_to_a_record_whose_name_went_to_another_is_still_a_move():
    one, two = a_record("one"), a_record("two")
    attachment = an_attachment(one, "acme")
    move = an_append(two, state=State.ACCEPTED, ended_at=minute(6))
    rename(two, "three")
    rename(one, "two")

    assert attribution().of_ended_attachment(attachment, Placement("two", "acme")) == by(move, at=6)


def test_a_detach_from_a_record_whose_name_went_to_another_explains_nothing_there():
    one, two = a_record("one"), a_record("two")
    attachment = an_attachment(one, "acme")
    a_detach(two, state=State.ACCEPTED, ended_at=minute(6))
    rename(two, "three")
    rename(one, "two")

    cause = attribution().of_ended_attachment(attachment, Placement("two", "acme"))
    assert cause.operation is None


def test_a_removal_may_be_ours_by_a_deletion_a_detach_or_a_move():
    row = a_record()
    assert not attribution().may_have_deleted("one")
    assert not attribution().may_have_ended(ACME_ON_ONE)

    an_operation(Task.DELETE, record=row, state=State.UNKNOWN)
    a_detach(None, state=State.UNKNOWN)

    assert attribution().may_have_deleted("one")
    assert not attribution().may_have_deleted("two")
    assert attribution().may_have_ended(ACME_ON_ONE)
    assert not attribution().may_have_ended(Placement("one", "globex"))


def test_an_addition_may_be_ours_by_a_creation_a_rename_or_a_deletion_that_was_not_carried_out():
    assert not attribution().may_have_created("one")

    an_operation(Task.CREATE, record_name="one", state=State.UNKNOWN)
    an_operation(Task.EDIT, record_name="before", new_record_name="after", state=State.UNKNOWN)
    an_operation(Task.DELETE, record_name="kept")
    an_operation(Task.DELETE, record_name="unknown", state=State.UNKNOWN)

    created = [
        name for name in ("one", "before", "after", "kept", "unknown") if attribution().may_have_created(name)
    ]
    assert created == ["one", "after", "kept"]


def test_an_attachment_may_have_begun_by_an_append_or_by_a_detach_that_was_not_carried_out():
    row = a_record()
    assert not attribution().may_have_begun(ACME_ON_ONE)

    an_append(row, state=State.UNKNOWN)
    an_operation(Task.DETACH, record=row, username="globex")

    assert attribution().may_have_begun(ACME_ON_ONE)
    assert attribution().may_have_begun(Placement("one", "globex"))
    assert not attribution().may_have_begun(Placement("two", "acme"))
    assert not attribution().may_have_begun(Placement("one", "initech"))


def test_a_move_alone_may_have_ended_an_attachment():
    an_append(a_record("two"))

    assert attribution().may_have_ended(ACME_ON_ONE)
    assert not attribution().may_have_ended(Placement("two", "acme"))


def test_what_happened_to_others_ended_no_attachment():
    an_operation(Task.APPEND, record_name="two", username="globex")
    an_operation(Task.DETACH, record_name="two", username="acme")

    assert not attribution().may_have_ended(ACME_ON_ONE)


def test_renames_that_no_list_has_settled_come_oldest_first():
    row = a_record()
    first = an_edit(row, new_record_name="two", started=1)
    second = an_edit(row, new_record_name="three", started=3)
    an_edit(row, started=2)
    an_edit(
        row,
        new_record_name="four",
        settled_at=minute(5),
        settled_by=Refresh.objects.create(asked_at=minute(5)),
    )

    assert list(attribution().renames()) == [first, second]


@pytest.mark.parametrize(("listed_name", "is_open"), [("two", True), ("one", False)])
def test_a_rename_against_its_verdict_is_one_where_the_list_shows_it(listed_name, is_open):
    rename = an_edit(
        a_record(), new_record_name="two", parameters={}, state=State.NOT_APPLIED, settled_at=minute(-5)
    )
    shown = attribution(listed(listed_name), provisional=[rename])

    assert list(shown.renames()) == ([rename] if is_open else [])
