"""Each operation is judged by a list asked for after it was over, and only by what that list can tell."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitors.models import AuditEvent, Mirror, Operation, State, Task
from monitors.services import clock
from monitors.services.lists import settle
from monitors.services.lists.evidence import Listed
from monitors.services.lists.recent_writes import RecentWrites
from tests.services.rows import (
    OTHER_EMAIL,
    a_record,
    a_refresh,
    an_operation,
    listed,
    minute,
)

pytestmark = pytest.mark.django_db

NOTHING = RecentWrites(frozenset(), frozenset())
CREATED = {"parameters": {"name": "one", "email": "a@northmail.example", "frequency": "5"}}


def judged(operation, *records, asked=10.0, recent=NOTHING):
    """The operation after a list asked for at that minute, and answered one later, has shown these records."""
    judge(a_refresh(asked=asked), records, recent=recent)
    operation.refresh_from_db()
    return operation


def judge(refresh, records, *, recent=NOTHING, ended_before=frozenset()):
    """All that waits, as a refresh does it, by a list that shows these records."""
    shown = Listed(records)
    with clock.reading(lambda: refresh.answered_at):
        for keys in settle.waiting():
            settle.Judge(refresh, shown, ended_before).judge(keys, recent)


def an_append(**columns):
    return an_operation(Task.APPEND, record=a_record(), username="acme", **columns)


@pytest.mark.parametrize("asked", [3, 12])
def test_an_unknown_operation_waits_for_a_list_asked_for_after_its_deadline(asked):
    append = an_append(state=State.UNKNOWN, ended=2, deadline=12)

    operation = judged(append, listed("one"), asked=asked)

    assert (operation.state, operation.settled_at) == (State.UNKNOWN, None)


def test_an_unknown_operation_that_the_list_does_not_show_was_not_applied():
    append = an_append(state=State.UNKNOWN, deadline=9, outcome_note="No answer came.")

    operation = judged(append, listed("one", "globex"))

    assert operation.state == State.NOT_APPLIED
    assert operation.outcome_note == "No answer came."


def test_an_unknown_operation_that_the_list_shows_is_confirmed_and_its_note_goes():
    append = an_append(state=State.UNKNOWN, deadline=9, outcome_note="No answer came.")

    operation = judged(append, listed("one", "acme"))

    assert (operation.state, operation.outcome_note) == (State.CONFIRMED, "")
    assert operation.settled_by.asked_at == minute(10)


def test_an_unknown_operation_without_an_end_is_judged_too():
    append = an_append(state=State.UNKNOWN, ended=None, deadline=9)

    assert judged(append, listed("one", "acme")).state == State.CONFIRMED


def test_a_pending_operation_is_first_abandoned_and_then_judged():
    append = an_append(state=State.PENDING, ended=None, deadline=9)

    assert judged(append, listed("one", "acme")).state == State.PENDING


@pytest.mark.parametrize("asked", [1.5, 2])
def test_an_accepted_operation_waits_for_a_list_asked_for_after_its_answer(asked):
    assert judged(an_append(ended=2), listed("one"), asked=asked).settled_at is None


def test_an_accepted_operation_that_the_list_does_not_show_is_contradicted():
    operation = judged(an_append(), listed("one"))

    assert operation.state == State.CONTRADICTED
    assert operation.outcome_note == "SendGrid said success, but its list does not show it."


SHOWN = [listed("one", "acme")]
LISTS = {
    "create": (Task.CREATE, CREATED, SHOWN, State.CONFIRMED),
    "create, not there": (Task.CREATE, CREATED, [], State.CONTRADICTED),
    "create, other mailbox": (Task.CREATE, CREATED, [listed(email=OTHER_EMAIL)], State.CONTRADICTED),
    "create, other frequency": (Task.CREATE, CREATED, [listed(frequency=6)], State.CONTRADICTED),
    "create, frequency unreadable": (Task.CREATE, CREATED, [listed(frequency=None)], State.ACCEPTED),
    "edit of the mailbox": (
        Task.EDIT,
        {"parameters": {"new_email": OTHER_EMAIL}},
        [listed(email=OTHER_EMAIL, frequency=None)],
        State.CONFIRMED,
    ),
    "edit of the mailbox, not done": (
        Task.EDIT,
        {"parameters": {"new_email": OTHER_EMAIL}},
        SHOWN,
        State.CONTRADICTED,
    ),
    "edit of the frequency": (
        Task.EDIT,
        {"parameters": {"new_frequency": "7"}},
        [listed(email=OTHER_EMAIL, frequency=7)],
        State.CONFIRMED,
    ),
    "edit of the frequency, not done": (
        Task.EDIT,
        {"parameters": {"new_frequency": "7"}},
        SHOWN,
        State.CONTRADICTED,
    ),
    "rename": (Task.EDIT, {"new_record_name": "two"}, [listed("two")], State.CONFIRMED),
    "rename, not done": (Task.EDIT, {"new_record_name": "two"}, SHOWN, State.CONTRADICTED),
    "rename, neither name there": (Task.EDIT, {"new_record_name": "two"}, [], State.ACCEPTED),
    "edit, record not there": (Task.EDIT, {"parameters": {"new_frequency": "7"}}, [], State.ACCEPTED),
    "delete": (Task.DELETE, {}, [listed("two")], State.CONFIRMED),
    "delete, not done": (Task.DELETE, {}, SHOWN, State.CONTRADICTED),
    "append": (Task.APPEND, {"username": "acme"}, SHOWN, State.CONFIRMED),
    "append, on another record": (
        Task.APPEND,
        {"username": "acme"},
        [listed("one"), listed("two", "acme")],
        State.CONTRADICTED,
    ),
    "append, record not there": (Task.APPEND, {"username": "acme"}, [], State.ACCEPTED),
    "append, customers unreadable": (
        Task.APPEND,
        {"username": "acme"},
        [listed("one", is_readable=False)],
        State.ACCEPTED,
    ),
    "append, another record unreadable": (
        Task.APPEND,
        {"username": "acme"},
        [listed("one", "acme"), listed("two", is_readable=False)],
        State.CONFIRMED,
    ),
    "detach": (Task.DETACH, {"username": "acme"}, [listed("one"), listed("two", "acme")], State.CONFIRMED),
    "detach, not done": (Task.DETACH, {"username": "acme"}, SHOWN, State.CONTRADICTED),
    "detach, record not there": (Task.DETACH, {"username": "acme"}, [], State.CONFIRMED),
    "detach, customers unreadable": (
        Task.DETACH,
        {"username": "acme"},
        [listed("one", is_readable=False)],
        State.ACCEPTED,
    ),
}


@pytest.mark.parametrize("case", LISTS.values(), ids=LISTS)
def test_what_a_list_says_of_each_task(case):
    task, columns, records, state = case
    operation = an_operation(task, record=a_record(), **columns)

    assert judged(operation, *records).state == state


@pytest.mark.parametrize(
    ("others", "state"),
    [
        ([listed("one"), listed("two")], State.CONFIRMED),
        ([listed("one"), listed("two", "acme")], State.CONTRADICTED),
        ([listed("one"), listed("two", is_readable=False)], State.ACCEPTED),
    ],
)
def test_a_detach_from_every_record_looks_at_every_record(others, state):
    assert judged(an_operation(Task.DETACH, username="acme"), *others).state == state


def test_an_append_follows_its_record_to_a_new_name():
    append = an_append(record_name="before")

    assert judged(append, listed("before"), listed("one", "acme")).state == State.CONFIRMED


def test_a_detach_of_a_record_that_is_gone_is_looked_for_under_the_name_it_was_sent_with():
    record = a_record()
    record.gone_at = minute(3)
    record.save()
    detach = an_operation(Task.DETACH, record=record, record_name="before", username="acme")

    assert judged(detach, listed("before", "acme"), listed("one")).state == State.CONTRADICTED


# Overtaken


def overtaken(task, by, *, later_by=None, **columns):
    """An accepted operation on record one and customer acme, and a later one; then a list that shows neither."""
    record = a_record()
    username = "acme" if task in ("append", "detach") else ""
    wanted = {"new_frequency": "7"} if task == "edit" else {}
    first = an_operation(task, record=record, username=username, parameters=wanted)
    later = {"started": 3, "ended": 4, "record": record} | columns
    an_operation(by, **later)
    return judged(first, listed("one"), listed("two"), asked=10)


def test_an_append_is_superseded_by_the_deletion_of_its_record():
    operation = overtaken(Task.APPEND, Task.DELETE)

    assert (operation.state, operation.settled_at is None) == (State.ACCEPTED, False)
    assert operation.outcome_note == "A later operation changed the same before a list could show this one."


def test_a_detach_is_not_superseded_by_the_deletion_of_its_record():
    assert overtaken(Task.DETACH, Task.DELETE).state == State.CONFIRMED


@pytest.mark.parametrize("by", [Task.APPEND, Task.DETACH])
def test_an_append_is_superseded_by_a_later_move_or_detach_of_the_same_customer(by):
    assert overtaken(Task.APPEND, by, record=None, record_name="two", username="acme").state == State.ACCEPTED


@pytest.mark.parametrize(
    "later",
    [
        {"record": None, "record_name": "one"},
        {"record": None, "record_name": "two", "new_record_name": "one"},
        {"record_name": "two"},
    ],
    ids=["by its name", "by the new name", "by its row"],
)
def test_an_edit_is_superseded_by_a_later_edit_of_the_same_record(later):
    assert overtaken(Task.EDIT, Task.EDIT, **later).state == State.ACCEPTED


def test_a_rename_is_superseded_by_what_happens_to_its_new_name():
    record = a_record()
    rename = an_operation(Task.EDIT, record=record, new_record_name="two")
    an_operation(Task.DELETE, record_name="two", started=3, ended=4)

    operation = judged(rename, listed("one"))

    assert (operation.state, operation.outcome_note) == (State.ACCEPTED, settle.SUPERSEDED)


NO_MATCH = {
    "another customer": (Task.APPEND, {"username": "globex"}),
    "an append to the record": (Task.EDIT, {"username": "globex"}),
    "another record": (Task.DELETE, {"record": None, "record_name": "two"}),
    "an edit of the record": (Task.EDIT, {}),
    "a refused one": (Task.DELETE, {"state": State.REFUSED}),
    "one that the list cannot have seen": (Task.DELETE, {"started": 11.5}),
}


@pytest.mark.parametrize("later", NO_MATCH.values(), ids=NO_MATCH)
def test_an_append_is_not_superseded_by_anything_else(later):
    by, columns = later

    assert overtaken(Task.APPEND, by, **columns).state == State.CONTRADICTED


@pytest.mark.parametrize(
    "later",
    [
        (Task.EDIT, {"record": None, "record_name": "two"}),
        (Task.EDIT, {"state": State.NOT_SENT}),
        (Task.APPEND, {"username": "acme"}),
    ],
    ids=["another record", "one that was not sent", "an append to it"],
)
def test_an_edit_is_not_superseded_by_anything_else(later):
    by, columns = later

    assert overtaken(Task.EDIT, by, **columns).state == State.CONTRADICTED


def test_an_operation_is_superseded_by_one_that_began_as_the_list_was_answered():
    assert overtaken(Task.APPEND, Task.DELETE, started=11).state == State.ACCEPTED


def test_an_earlier_operation_on_the_same_does_not_supersede():
    record = a_record()
    an_operation(Task.DETACH, record=record, username="acme", started=-3, ended=-2)
    append = an_operation(Task.APPEND, record=record, username="acme")

    assert judged(append, listed("one")).state == State.CONTRADICTED


def test_an_unknown_operation_is_judged_even_where_a_later_one_changed_the_same():
    record = a_record()
    append = an_operation(Task.APPEND, record=record, username="acme", state=State.UNKNOWN, deadline=5)
    an_operation(Task.DELETE, record=record, started=6, ended=7)

    assert judged(append).state == State.NOT_APPLIED


# What was written recently


@pytest.mark.parametrize(
    "recent",
    [
        RecentWrites(frozenset({"before"}), frozenset()),
        RecentWrites(frozenset({"after"}), frozenset()),
        RecentWrites(frozenset({"one"}), frozenset()),
        RecentWrites(frozenset(), frozenset({"acme"})),
    ],
    ids=["its record", "its new name", "its record's name now", "its customer"],
)
def test_what_was_written_recently_is_left_to_the_next_list(recent):
    operation = an_append(record_name="before", new_record_name="after")

    assert judged(operation, listed("one"), recent=recent).settled_at is None


@pytest.mark.parametrize(
    ("task", "columns"),
    [(Task.APPEND, {"username": "acme"}), (Task.EDIT, {"parameters": {"new_frequency": "7"}})],
    ids=["append", "edit"],
)
def test_a_success_on_a_record_that_is_gone_is_settled_as_accepted_with_a_note(task, columns):
    operation = judged(an_operation(task, record=a_record(), **columns), listed("two"))

    assert (operation.state, operation.settled_by.asked_at) == (State.ACCEPTED, minute(10))
    assert operation.outcome_note == "The record was no longer in the list, so no list can show this."


def test_an_unknown_operation_on_a_record_that_is_gone_was_not_applied():
    append = an_append(state=State.UNKNOWN, deadline=9)

    assert judged(append, listed("two")).state == State.NOT_APPLIED


def test_each_judgement_is_logged_with_its_evidence(manager):
    append = an_append(actor=manager, reason="T-1", parameters={"user": "acme", "name": "one"})
    an_operation(Task.DETACH, record_name="two", username="globex", state=State.UNKNOWN, deadline=20)
    refresh = a_refresh()

    judge(refresh, [listed("one")])

    event = AuditEvent.objects.get(kind="operation.settled")
    assert (event.operation_id, event.outcome, event.refresh_id) == (append.pk, "contradicted", refresh.pk)
    assert (event.actor_id, event.actor_name) == (manager.pk, "Ana K.")
    assert (event.username, event.reason) == ("acme", "T-1")
    assert event.details == {
        "list_asked_at": minute(10).isoformat(),
        "note": settle.CONTRADICTED,
        "parameters": {"user": "acme", "name": "one"},
        "before": {},
    }


@pytest.mark.parametrize(("words", "who"), [(["success"], "Ana K."), ([], "Monitor Desk")])
def test_a_confirmation_names_its_person_only_where_sendgrid_answered(manager, words, who):
    an_append(actor=manager, words=words)

    judge(a_refresh(), [listed("one", "acme")])

    assert AuditEvent.objects.get(kind="operation.settled").actor_name == who


def test_an_operation_that_the_list_cannot_judge_leaves_no_event():
    an_append()

    judge(a_refresh(), [listed("one", is_readable=False)])

    assert not AuditEvent.objects.exists()


def test_a_confirmed_operation_is_not_judged_again():
    append = an_append(state=State.CONFIRMED, settled_at=minute(3))

    assert judged(append, listed("one")).state == State.CONFIRMED


def test_what_was_settled_as_accepted_is_not_judged_again():
    append = an_append(settled_at=minute(3))

    operation = judged(append, listed("one", "acme"))

    assert (operation.state, operation.settled_by) == (State.ACCEPTED, None)


# Judged again within a day

DAY = 24 * 60  # minutes


def a_verdict(state, **columns):
    values = {"settled_at": minute(6), "settled_by": a_refresh(asked=5), "outcome_note": "Then."} | columns
    return an_append(state=state, deadline=4, **values)


@pytest.mark.parametrize("state", [State.NOT_APPLIED, State.CONTRADICTED])
def test_a_verdict_that_a_later_list_shows_to_be_wrong_is_mended_and_says_what_was_before(state):
    operation = judged(a_verdict(state), listed("one", "acme"))

    assert (operation.state, operation.settled_by.asked_at) == (State.CONFIRMED, minute(10))
    assert operation.outcome_note == "An earlier list (2026-03-03 12:05:00 UTC) did not show it"


@pytest.mark.parametrize("state", [State.NOT_APPLIED, State.CONTRADICTED, State.REFUSED])
@pytest.mark.parametrize(
    "records",
    [[listed("one")], [], [listed("one", is_readable=False)]],
    ids=["not shown", "record gone", "unreadable"],
)
def test_a_verdict_that_a_later_list_agrees_with_stays(state, records):
    operation = judged(a_verdict(state), *records)

    assert (operation.state, operation.settled_at, operation.outcome_note) == (state, minute(6), "Then.")
    assert operation.shown_by is None
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(("asked", "state"), [(DAY + 4, State.CONFIRMED), (DAY + 5, State.NOT_APPLIED)])
def test_a_verdict_is_final_after_a_day(asked, state):
    operation = judged(a_verdict(State.NOT_APPLIED), listed("one", "acme"), asked=asked)

    assert operation.state == state


def test_a_refusal_that_a_list_shows_stays_a_refusal_and_names_the_list_once():
    append = a_verdict(State.REFUSED)

    assert judged(append, listed("one", "acme")).shown_by.asked_at == minute(10)
    operation = judged(append, listed("one", "acme"), asked=20)

    assert (operation.state, operation.shown_by.asked_at) == (State.REFUSED, minute(10))
    assert AuditEvent.objects.get().kind == "operation.shown"


def test_a_verdict_is_left_alone_where_a_later_operation_may_have_done_the_same():
    append = a_verdict(State.NOT_APPLIED)
    an_operation(
        Task.APPEND,
        record=append.record,
        username="acme",
        started=7,
        ended=8,
        state=State.CONFIRMED,
        settled_at=minute(9),
    )

    assert judged(append, listed("one", "acme")).state == State.NOT_APPLIED


@pytest.mark.parametrize(
    ("state", "mended"),
    [(State.NOT_APPLIED, (State.CONFIRMED, False)), (State.REFUSED, (State.REFUSED, True))],
)
def test_a_verdict_on_a_creation_is_mended_whatever_was_created_later(state, mended):
    creation = an_operation(
        Task.CREATE, record_name="one", state=state, deadline=4, settled_at=minute(6), **CREATED
    )
    an_operation(Task.CREATE, record_name="two", state=State.UNKNOWN, started=7, ended=8, deadline=90)

    operation = judged(creation, listed("one"))

    assert (operation.state, operation.shown_by is not None) == mended


def test_a_verdict_on_what_was_written_recently_waits_for_the_next_list():
    recent = RecentWrites(frozenset(), frozenset({"acme"}))

    operation = judged(a_verdict(State.NOT_APPLIED), listed("one", "acme"), recent=recent)

    assert operation.state == State.NOT_APPLIED


# A clock that was set back


def test_an_operation_that_had_ended_is_judged_though_the_clock_says_it_ended_after_the_list():
    append = an_append(started=30, ended=31)

    judge(a_refresh(), [listed("one", "acme")], ended_before=frozenset({append.pk}))

    append.refresh_from_db()
    assert append.state == State.CONFIRMED


def test_a_deadline_later_than_any_call_begun_now_is_brought_forward(settings):
    settings.SENDGRID_DEADLINE = 55
    settings.PACE = replace(settings.PACE, call_margin=timedelta(seconds=5))
    beyond = an_append(state=State.UNKNOWN, deadline=90)
    near = an_operation(Task.DETACH, username="globex", state=State.UNKNOWN, deadline=10.5)

    with clock.reading(lambda: minute(10)):
        settle.mark_abandoned()

    beyond.refresh_from_db()
    near.refresh_from_db()
    assert (beyond.deadline_at, near.deadline_at) == (minute(11), minute(10.5))


# In chunks


def test_what_waits_comes_oldest_first_in_chunks_for_one_transaction_each(settings):
    settings.PACE = replace(settings.PACE, transaction_operations=2)
    record = a_record()
    third, first, second = (
        an_operation(Task.APPEND, record=record, username="acme", started=started) for started in (3, 1, 2)
    )
    an_operation(Task.APPEND, record=record, username="acme", state=State.CONFIRMED, settled_at=minute(4))

    assert list(settle.waiting()) == [[first.pk, second.pk], [third.pk]]


# Abandoned


def test_a_pending_operation_past_its_deadline_is_abandoned_and_a_list_is_due():
    Mirror.objects.update(due_at=minute(60))
    lost = an_append(state=State.PENDING, ended=None, deadline=9, before={"records": []})
    an_operation(Task.APPEND, username="globex", state=State.PENDING, ended=None, deadline=20)

    with clock.reading(lambda: minute(10)):
        assert settle.mark_abandoned() == 1

    lost.refresh_from_db()
    assert lost.state == State.UNKNOWN
    assert lost.outcome_note == "The desk stopped while the call was under way."
    assert Operation.objects.filter(state=State.PENDING).count() == 1
    assert Mirror.objects.get().due_at == minute(10)
    event = AuditEvent.objects.get(kind="operation.abandoned")
    assert (event.operation_id, event.outcome, event.refresh_id) == (lost.pk, "unknown", None)
    assert event.details == {"note": lost.outcome_note, "parameters": {}, "before": {"records": []}}


@pytest.mark.parametrize("state", [state for state in State if state != State.PENDING])
def test_an_operation_whose_call_has_ended_is_never_abandoned(state):
    append = an_append(state=state, deadline=9)

    with clock.reading(lambda: minute(10)):
        assert settle.mark_abandoned() == 0

    append.refresh_from_db()
    assert (append.state, append.outcome_note) == (state, "")
    assert not AuditEvent.objects.exists()


def test_nothing_abandoned_asks_for_no_list():
    Mirror.objects.update(due_at=minute(60))
    an_append(state=State.PENDING, ended=None, deadline=10)

    with clock.reading(lambda: minute(10)):
        assert settle.mark_abandoned() == 0

    assert Mirror.objects.get().due_at == minute(60)
