"""What our own operations touched since a list was asked for: that list leaves it alone."""

import pytest

from monitors.models import State, Task
from monitors.services.lists import recent_writes
from monitors.services.lists.recent_writes import RecentWrites
from tests.services.rows import a_record, an_operation, listed, minute

pytestmark = pytest.mark.django_db

NOTHING = RecentWrites(frozenset(), frozenset())


def an_append(**columns):
    return an_operation(Task.APPEND, record=a_record(), username="acme", **columns)


@pytest.mark.parametrize(
    ("asked", "is_recent"), [(1, True), (2, True), (3, False)], ids=["before", "just then", "after"]
)
def test_an_accepted_operation_is_recent_for_a_list_asked_for_before_its_answer(asked, is_recent):
    an_append(ended=2, deadline=5)

    assert (recent_writes.since(minute(asked)) != NOTHING) is is_recent


@pytest.mark.parametrize("state", [State.PENDING, State.UNKNOWN])
@pytest.mark.parametrize(("asked", "is_recent"), [(4, True), (5, True), (6, False)])
def test_an_operation_without_a_sure_end_is_recent_until_its_deadline(state, asked, is_recent):
    an_append(state=state, ended=None if state == State.PENDING else 2, deadline=5)

    assert (recent_writes.since(minute(asked)) != NOTHING) is is_recent


@pytest.mark.parametrize("state", [State.REFUSED, State.NOT_SENT])
def test_what_changed_nothing_is_never_recent(state):
    an_append(state=state, ended=2, deadline=5)

    assert recent_writes.since(minute(1)) == NOTHING


@pytest.mark.parametrize("state", [State.CONFIRMED, State.CONTRADICTED, State.NOT_APPLIED])
def test_what_a_later_list_has_settled_is_still_younger_than_an_older_list(state):
    an_append(state=state, ended=2, deadline=5)

    assert recent_writes.since(minute(1)).covers("", "acme")


def test_every_name_that_an_operation_touches_is_covered():
    an_operation(Task.EDIT, record=a_record("now"), record_name="before", new_record_name="after", ended=2)
    an_operation(Task.DETACH, username="acme", ended=2)

    recent = recent_writes.since(minute(1))

    assert recent == RecentWrites(frozenset({"before", "after", "now"}), frozenset({"acme"}))


@pytest.mark.parametrize("task", [Task.APPEND, Task.DETACH])
def test_an_append_or_a_detach_leaves_its_record_to_the_list(task):
    an_operation(task, record=a_record("one"), username="acme", ended=2)

    assert recent_writes.since(minute(1)) == RecentWrites(frozenset(), frozenset({"acme"}))


def test_a_record_or_a_customer_alone_is_enough_to_be_covered():
    recent = RecentWrites(frozenset({"one"}), frozenset({"acme"}))

    assert recent.covers("one")
    assert recent.covers("one", "globex")
    assert recent.covers("two", "acme")
    assert not recent.covers("two")
    assert not recent.covers("two", "globex")


def test_a_listed_record_is_covered_by_its_name_or_by_one_of_its_customers():
    recent = RecentWrites(frozenset({"one"}), frozenset({"acme"}))

    assert recent.covers_any(listed("one"))
    assert recent.covers_any(listed("two", "globex", "acme"))
    assert not recent.covers_any(listed("two", "globex"))
    assert not recent.covers_any(listed("two", is_readable=False))
