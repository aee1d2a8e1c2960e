"""What a list says of a record that was edited: what was done, what was not, and what somebody else did."""

import pytest

from monitors.models import State, Task
from monitors.services.lists.attribution import Attribution
from monitors.services.lists.evidence import Listed
from monitors.services.lists.mirror import Cause
from monitors.services.lists.steps import Steps
from tests.services.rows import EMAIL, OTHER_EMAIL, a_record, an_operation, listed, minute

pytestmark = pytest.mark.django_db

LAST, NOW = 0, 20  # minutes: when the last whole list was asked for, when this one was answered
OUTSIDE = Cause(at=minute(NOW), after=minute(LAST))


def steps_of(*records) -> Steps:
    """For a list that shows these records."""
    return Steps(Attribution(after=minute(LAST), at=minute(NOW), listed=Listed(records), provisional=()))


def change(row, record):
    """Each step's cause, with the mailbox and frequency after it."""
    found = steps_of(record).of_change(row, record)
    return [(cause, fields.email, fields.frequency) for cause, fields in found]


def rename(row, operation, *records):
    """Each step's cause, with the name and frequency after it."""
    found = steps_of(*records).of_rename(row, operation)
    return [(cause, fields.name, fields.frequency) for cause, fields in found]


def undone(edit, *, at=2):
    return Cause(at=minute(at), operation=edit)


def carried_out(edit, *, after=1):
    return Cause(at=minute(NOW), after=minute(after), operation=edit)


def an_edit(record, *, before=None, **columns):
    values = {"parameters": {"new_frequency": "7"}} | columns
    former = {"name": record.name, "email": EMAIL, "frequency": 5} | (before or {})
    return an_operation(Task.EDIT, record=record, before=former, **values)


def a_rename(record, old, new, *, before=5, **columns):
    values = {"parameters": {"new_name": new}} | columns
    former = {"name": old, "email": EMAIL, "frequency": before}
    return an_operation(
        Task.EDIT, record=record, record_name=old, new_record_name=new, before=former, **values
    )


def unanswered(**columns):
    return {"state": State.UNKNOWN, "started": 3, "ended": 4, "deadline": 5} | columns


# What was done


def test_a_changed_record_is_explained_by_the_edit_that_asked_for_just_that():
    row = a_record()
    edit = an_edit(row, parameters={"new_frequency": "7", "new_email": OTHER_EMAIL})

    record = listed(frequency=7, email=OTHER_EMAIL)
    assert change(row, record) == [(undone(edit), OTHER_EMAIL, 7)]


@pytest.mark.parametrize(
    ("parameters", "record"),
    [
        ({"new_email": OTHER_EMAIL}, listed(email=OTHER_EMAIL)),
        ({"new_email": OTHER_EMAIL}, listed(email=OTHER_EMAIL, frequency=None)),
        ({"new_frequency": "7"}, listed(frequency=7)),
    ],
)
def test_what_the_edit_did_not_ask_for_may_stay_as_it_was(parameters, record):
    row = a_record()
    edit = an_edit(row, parameters=parameters)

    assert change(row, record) == [(undone(edit), record.email, record.frequency)]


def test_what_an_edit_did_not_ask_for_was_changed_outside():
    row = a_record(email=OTHER_EMAIL)
    an_edit(row, parameters={"new_email": OTHER_EMAIL})

    assert change(row, listed(email=OTHER_EMAIL, frequency=9)) == [(OUTSIDE, OTHER_EMAIL, 9)]


def test_a_mailbox_that_is_not_the_one_we_asked_for_was_changed_outside():
    row = a_record(email=OTHER_EMAIL)
    an_edit(row, parameters={"new_email": OTHER_EMAIL})

    third = "c@northmail.example"
    assert change(row, listed(email=third)) == [(OUTSIDE, third, 5)]


def test_an_edit_of_another_record_explains_nothing():
    row = a_record(frequency=7)
    an_edit(a_record("two"))

    assert change(row, listed(frequency=5)) == [(OUTSIDE, EMAIL, 5)]


def test_a_rename_without_an_answer_and_what_else_it_changed_is_one_step():
    row = a_record()
    edit = a_rename(row, "one", "two", parameters={"new_name": "two", "new_frequency": "7"}, **unanswered())

    assert rename(row, edit, listed("two", frequency=7)) == [(carried_out(edit, after=3), "two", 7)]


def test_a_new_name_alone_is_the_renames_where_the_list_lacks_what_else_it_asked_for():
    row = a_record()
    edit = a_rename(row, "one", "two", parameters={"new_name": "two", "new_frequency": "7"}, **unanswered())

    assert rename(row, edit, listed("two", frequency=9)) == [(carried_out(edit, after=3), "two", 5)]


# What was not


def test_an_accepted_edit_that_the_list_contradicts_explains_its_own_undoing():
    row = a_record(frequency=7)
    edit = an_edit(row)

    assert change(row, listed(frequency=5)) == [(undone(edit), EMAIL, 5)]


def test_a_frequency_that_is_neither_as_wanted_nor_as_before_was_changed_outside():
    row = a_record(frequency=7)
    an_edit(row)

    assert change(row, listed(frequency=6)) == [(OUTSIDE, EMAIL, 6)]


def test_what_was_changed_outside_comes_after_what_is_undone():
    row = a_record(frequency=7)
    edit = an_edit(row)

    assert change(row, listed(email=OTHER_EMAIL, frequency=5)) == [
        (undone(edit), EMAIL, 5),
        (OUTSIDE, OTHER_EMAIL, 5),
    ]


@pytest.mark.parametrize("state", [State.UNKNOWN, State.CONFIRMED])
def test_an_edit_that_was_not_accepted_last_is_not_what_put_the_record_back(state):
    row = a_record(frequency=7)
    an_edit(row, state=state)

    assert change(row, listed(frequency=5)) == [(OUTSIDE, EMAIL, 5)]


def test_an_edit_of_which_the_list_shows_a_part_was_carried_out():
    row = a_record(email=OTHER_EMAIL, frequency=7)
    an_edit(row, parameters={"new_email": OTHER_EMAIL, "new_frequency": "7"})

    assert change(row, listed(email=OTHER_EMAIL, frequency=5)) == [(OUTSIDE, OTHER_EMAIL, 5)]


def test_a_part_that_a_later_edit_explains_does_not_speak_for_the_earlier_one():
    row = a_record(email=OTHER_EMAIL, frequency=7)
    both = an_edit(row, parameters={"new_email": OTHER_EMAIL, "new_frequency": "7"})
    again = {"parameters": {"new_email": OTHER_EMAIL}, "before": {"email": OTHER_EMAIL, "frequency": 7}}
    an_edit(row, **again, **unanswered())

    assert change(row, listed(email=OTHER_EMAIL, frequency=5)) == [(undone(both), OTHER_EMAIL, 5)]


def test_an_edit_is_undone_though_a_later_one_that_the_list_does_not_show_had_no_answer():
    row = a_record(frequency=7)
    edit = an_edit(row)
    an_edit(row, parameters={"new_frequency": "9"}, before={"frequency": 7}, **unanswered())

    assert change(row, listed(frequency=5)) == [(undone(edit), EMAIL, 5)]


def test_a_later_edit_that_the_list_shows_explains_the_former_value():
    row = a_record(frequency=7)
    an_edit(row)
    back = an_edit(row, parameters={"new_frequency": "5"}, before={"frequency": 7}, **unanswered())

    assert change(row, listed(frequency=5)) == [(carried_out(back, after=3), EMAIL, 5)]


def test_a_name_given_back_says_nothing_for_the_edit_that_gave_it_back():
    row = a_record(frequency=7)
    a_rename(row, "one", "two")
    both = {"new_name": "one", "new_frequency": "7"}
    there = a_rename(row, "two", "one", parameters=both, started=3, ended=4)

    assert change(row, listed(frequency=5)) == [(undone(there, at=4), EMAIL, 5)]


def test_a_value_that_was_there_before_says_nothing_for_the_edit_that_asked_for_it_again():
    row = a_record("two", frequency=7)
    an_edit(row)
    both = {"new_name": "two", "new_frequency": "7"}
    false = a_rename(row, "one", "two", before=7, parameters=both, started=3, ended=4)

    assert rename(row, false, listed("one", frequency=7)) == [(undone(false, at=4), "one", 7)]
    later = a_rename(
        row,
        "two",
        "one",
        before=7,
        parameters={"new_name": "one", "new_frequency": "9"},
        **unanswered(started=5, ended=6, deadline=7),
    )
    assert rename(row, later, listed("one", frequency=7)) == []


def test_of_two_edits_that_were_none_the_later_one_is_named():
    row = a_record(frequency=9)
    an_edit(row)
    later = an_edit(row, parameters={"new_frequency": "9"}, before={"frequency": 7}, started=3, ended=4)

    assert change(row, listed(frequency=5)) == [(undone(later, at=4), EMAIL, 5)]


def test_a_rename_that_was_none_is_taken_back_with_what_else_it_was_to_change():
    row = a_record("two", frequency=7)
    edit = a_rename(row, "one", "two", parameters={"new_name": "two", "new_frequency": "7"})

    assert rename(row, edit, listed("one")) == [(undone(edit), "one", 5)]


def test_two_renames_that_were_none_are_taken_back_one_after_the_other():
    row = a_record("three")
    first = a_rename(row, "one", "two")
    second = a_rename(row, "two", "three", started=3, ended=4)

    assert rename(row, second, listed("one")) == [
        (undone(second, at=4), "two", 5),
        (undone(first), "one", 5),
    ]


@pytest.mark.parametrize("name", ["two", "three"])
def test_a_rename_from_a_name_that_no_other_gave_says_nothing_of_one_that_is_listed(name):
    row = a_record("three")
    a_rename(row, "one", "two" if name == "three" else "other")
    second = a_rename(row, "two", "three", started=3, ended=4)

    assert rename(row, second, listed("one"), *([listed("three")] if name == "three" else [])) == []


# A false rename, and one back without an answer


@pytest.fixture
def false_name():
    """The record "two", which was "one", five; SendGrid said that it had become "two", seven."""
    row = a_record("two", frequency=7)
    return row, a_rename(row, "one", "two", parameters={"new_name": "two", "new_frequency": "7"})


def back(row, **parameters):
    values = {"parameters": {"new_name": "one"} | parameters, "before": 7}
    return a_rename(row, "two", "one", **values, **unanswered())


@pytest.mark.parametrize("parameters", [{}, {"new_frequency": "8"}], ids=["the name", "more"])
def test_a_rename_that_was_none_is_no_work_of_the_one_back(false_name, parameters):
    row, edit = false_name
    later = back(row, **parameters)

    assert rename(row, later, listed("one")) == []
    assert rename(row, edit, listed("one")) == [(undone(edit), "one", 5)]


@pytest.mark.parametrize("parameters", [{"new_frequency": "5"}, {"new_frequency": "8"}])
def test_a_rename_back_is_believed_where_the_former_one_does_not_say_it_all(false_name, parameters):
    row, _ = false_name
    later = back(row, **parameters)
    wanted = parameters["new_frequency"]
    shown = listed("one", frequency=5 if wanted == "5" else 9)

    assert rename(row, later, shown) == [(carried_out(later, after=3), "one", 5 if wanted == "5" else 7)]
