"""From the form to the end of the call: who is in the way, what is too late, and what a late answer changes."""

import time
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from monitors.models import Attachment, AuditEvent, Mirror, MonitorRecord, Operation, Source, State, Task
from monitors.services import attachments, clock, ends, records
from monitors.services.errors import Busy, Invalid
from monitors.services.lists import settle
from monitors.services.outbound.spool import CallEnd
from monitors.services.submission import Submission
from tests.services.rows import a_record, an_attachment, an_operation, minute

pytestmark = pytest.mark.django_db

EMAIL = "a@northmail.example"


@pytest.fixture
def submission(manager):
    return Submission(actor=manager, reason="T-1", request_id="abc123")


def create(submission, name="one"):
    return records.create(submission=submission, name=name, email=EMAIL, frequency=100)


def kinds(operation):
    events = AuditEvent.objects.filter(operation_id=operation.pk).order_by("number")
    return [event.kind for event in events]


# What an operation holds


def test_an_operation_keeps_who_what_and_until_when_it_may_be_under_way(upstream, submission, settings):
    settings.SENDGRID_DEADLINE = 3
    settings.PACE = replace(settings.PACE, call_margin=timedelta(seconds=5))

    with clock.reading(lambda: minute(0)):
        operation = create(submission)

    assert (operation.actor, operation.actor_name) == (submission.actor, "Account_Managers")
    assert (operation.reason, operation.request_id, operation.source) == ("T-1", "abc123", "web")
    assert operation.parameters == {"name": "one", "email": EMAIL, "frequency": "100"}
    assert (operation.record_name, operation.new_record_name, operation.username) == ("one", "", "")
    assert operation.started_at == minute(0)
    assert (
        minute(0) < operation.ended_at < operation.deadline_at
    )  # by a stopwatch, also under a stopped clock
    assert operation.deadline_at == minute(0) + timedelta(seconds=8)
    assert (operation.settled_at, operation.customer) == (None, None)
    assert operation.record == MonitorRecord.objects.get()


def test_an_operation_ends_no_earlier_than_its_call_however_long_it_took_to_record_its_beginning(
    upstream, submission
):
    def slow(execute, sql, *rest):
        if 'INSERT INTO "monitors_operation"' in sql:
            time.sleep(0.3)
        return execute(sql, *rest)

    with connection.execute_wrapper(slow):
        operation = create(submission)
        came_back_at = clock.now()

    assert operation.ended_at - operation.started_at >= timedelta(seconds=0.3)
    assert operation.ended_at <= came_back_at


def test_an_edit_keeps_what_was_before(upstream, load, submission):
    upstream.store.create(name="one", email=EMAIL, frequency=5)
    load()

    operation = records.edit(submission=submission, record=MonitorRecord.objects.get(), new_name="uno")

    assert operation.parameters == {"name": "one", "new_name": "uno"}
    assert operation.before == {"name": "one", "email": EMAIL, "frequency": 5}
    assert (operation.record_name, operation.new_record_name) == ("one", "uno")
    assert upstream.store.snapshot() == [("uno", EMAIL, 5, ())]


def test_each_step_is_an_event_with_its_person_and_its_words(upstream, submission):
    operation = create(submission)

    started, ended = AuditEvent.objects.filter(operation_id=operation.pk).order_by("number")
    assert (started.kind, started.outcome) == ("operation.started", "pending")
    assert (ended.kind, ended.outcome) == ("operation.ended", "accepted")
    for event in (started, ended):
        assert (event.actor_id, event.actor_roles) == (submission.actor.pk, "Account managers")
        assert (event.task, event.source, event.record_name, event.reason) == ("create", "web", "one", "T-1")
    assert (started.record_id, ended.record_id) == (None, operation.record_id)
    asked = {"parameters": operation.parameters, "before": {}}
    assert started.details == asked
    assert operation.ended_at
    answered = {"words": ["success"], "note": "", "window": {"at": operation.ended_at.isoformat()}}
    assert ended.details == asked | answered


def test_a_command_is_told_from_the_web(upstream, manager):
    operation = create(Submission(actor=manager, source=Source.COMMAND))

    assert operation.source == Source.COMMAND
    assert {event.source for event in AuditEvent.objects.filter(operation_id=operation.pk)} == {"command"}


def test_what_is_sure_at_once_is_settled_at_once(upstream, submission):
    upstream.fault("e1", task="create")

    refused = create(submission)

    assert refused.state == State.REFUSED
    assert refused.settled_at == refused.ended_at
    assert (refused.settled_by, refused.outcome_note, refused.http_status) == (None, "", 200)


def test_an_answer_that_cannot_be_trusted_is_unknown_with_its_status(upstream, submission):
    upstream.fault("status_502_html", task="create")

    unknown = create(submission)

    assert (unknown.state, unknown.http_status, unknown.settled_at) == (State.UNKNOWN, 502, None)
    assert unknown.outcome_note
    assert not MonitorRecord.objects.exists()


@pytest.mark.parametrize(
    ("fault", "settled_in"), [(None, timedelta(seconds=2)), ("close_before_answer", timedelta(seconds=8.5))]
)
def test_the_list_that_will_judge_it_is_due(upstream, submission, settings, fault, settled_in):
    settings.SENDGRID_DEADLINE = 3
    Mirror.objects.update(due_at=minute(60))
    if fault:
        upstream.fault(fault, task="create")

    with clock.reading(lambda: minute(0)):
        create(submission)

    assert Mirror.objects.get().due_at == minute(0) + settled_in


# Too late


def test_a_process_that_slept_before_its_call_sends_nothing(upstream, submission, settings):
    settings.SENDGRID_DEADLINE = 3
    settings.PACE = replace(settings.PACE, call_margin=timedelta(seconds=5))

    def slept():
        """Six seconds go by once the operation is there: its call could end one second too late."""
        return minute(0) + timedelta(seconds=6 if Operation.objects.exists() else 0)

    with clock.reading(slept):
        operation = create(submission)

    assert operation.state == State.NOT_SENT
    assert operation.outcome_note == "The desk was too busy to send it in time."
    assert upstream.calls == []


def test_a_call_that_can_end_just_at_its_deadline_is_sent(upstream, submission, settings):
    settings.PACE = replace(settings.PACE, call_margin=timedelta(0))

    with clock.reading(lambda: minute(0)):
        assert create(submission).state == State.ACCEPTED


# In the way


@pytest.mark.parametrize("state", [State.PENDING, State.UNKNOWN])
def test_an_operation_that_is_not_settled_blocks_the_next_one_on_the_same_record(submission, state):
    record = a_record()
    earlier = an_operation(Task.EDIT, record=record, state=state)

    with pytest.raises(Busy) as busy:
        records.delete(submission=submission, record=record)

    assert busy.value.operation == earlier
    assert Operation.objects.count() == 1


@pytest.mark.parametrize("state", [State.ACCEPTED, State.REFUSED, State.NOT_SENT, State.NOT_APPLIED])
def test_an_operation_whose_end_is_known_blocks_nothing(submission, state):
    record = a_record()
    an_operation(Task.EDIT, record=record, state=state)

    assert records.delete(submission=submission, record=record).pk


BLOCKED = {
    "an append, by an append of the same customer elsewhere": (
        Task.APPEND,
        {"record_name": "two", "username": "acme"},
        True,
    ),
    "an append, by a change of its record": (Task.EDIT, {"record_name": "one"}, True),
    "an append, by a record that is given its name": (
        Task.EDIT,
        {"record_name": "two", "new_record_name": "one"},
        True,
    ),
    "an append, by its record under another name": (Task.EDIT, {"is_same_row": True}, True),
    "an append, not by another customer on its record": (
        Task.APPEND,
        {"record_name": "one", "username": "globex"},
        False,
    ),
    "an append, not by a change of another record": (Task.EDIT, {"record_name": "two"}, False),
}


@pytest.mark.parametrize("case", BLOCKED.values(), ids=BLOCKED)
def test_an_append_is_blocked_by_its_customer_and_by_changes_of_its_record(submission, case):
    task, columns, is_blocked = case
    record = a_record()
    is_same_row = columns.get("is_same_row")
    names = {"record": record, "record_name": "before"} if is_same_row else columns
    an_operation(task, state=State.UNKNOWN, **names)

    if is_blocked:
        with pytest.raises(Busy):
            attachments.append(submission=submission, record=record, user="acme")
    else:
        assert attachments.append(submission=submission, record=record, user="acme").pk


@pytest.mark.parametrize("columns", [{"record_name": "one"}, {"record_name": "x", "new_record_name": "one"}])
def test_a_record_is_not_created_while_its_name_is_in_question(submission, columns):
    an_operation(Task.EDIT, state=State.UNKNOWN, **columns)

    with pytest.raises(Busy):
        create(submission)


def test_a_rename_is_blocked_by_what_happens_to_its_new_name(submission):
    an_operation(Task.CREATE, record_name="two", state=State.UNKNOWN)

    with pytest.raises(Busy):
        records.edit(submission=submission, record=a_record(), new_name="two")


def test_a_change_of_a_record_is_blocked_by_an_append_to_it(submission):
    record = a_record()
    an_operation(Task.APPEND, record=record, username="acme", state=State.UNKNOWN)

    with pytest.raises(Busy):
        records.edit(submission=submission, record=record, new_frequency=9)


def test_the_earliest_of_several_is_the_one_in_the_way(submission):
    record = a_record()
    an_operation(Task.APPEND, record=record, username="globex", state=State.UNKNOWN, started=3)
    earliest = an_operation(Task.APPEND, record=record, username="acme", state=State.UNKNOWN, started=1)

    with pytest.raises(Busy) as busy:
        records.delete(submission=submission, record=record)

    assert busy.value.operation == earliest


# What the mirror knows better


def test_a_name_that_is_taken_is_not_sent(submission):
    record = a_record("one")
    a_record("two")

    with pytest.raises(Invalid) as created:
        create(submission, "one")
    with pytest.raises(Invalid) as renamed:
        records.edit(submission=submission, record=record, new_name="two")

    assert (created.value.field, renamed.value.field) == ("name", "new_name")
    assert created.value.message == "There is already a record of this name in the list."


def test_an_edit_of_nothing_is_not_sent(submission):
    with pytest.raises(Invalid, match="Nothing was changed, so nothing was sent"):
        records.edit(submission=submission, record=a_record())


@pytest.mark.parametrize(
    ("customers", "words"), [(1, "1 customer is still on one"), (2, "2 customers are still on one")]
)
def test_a_record_with_customers_is_not_deleted(submission, customers, words):
    record = a_record()
    for n in range(customers):
        an_attachment(record, f"customer {n}")

    with pytest.raises(Invalid, match=words):
        records.delete(submission=submission, record=record)


# The same form again


def test_a_form_for_another_record_is_not_the_same_form(upstream, manager):
    submission = Submission(actor=manager, token=uuid4())
    records.edit(submission=submission, record=a_record("one"), new_frequency=9)

    with pytest.raises(Invalid, match="already sent with other values"):
        records.edit(submission=submission, record=a_record("two"), new_frequency=9)


def test_a_form_for_another_task_is_not_the_same_form(upstream, manager):
    submission = Submission(actor=manager, token=uuid4())
    record = a_record()
    upstream.store.seed(records=[("one", EMAIL, 5, ())], customers=["acme"])
    first = attachments.append(submission=submission, record=record, user="acme")

    assert first.state == State.ACCEPTED
    with pytest.raises(Invalid, match="already sent with other values"):
        attachments.detach(submission=submission, record=record, user="acme")
    assert attachments.append(submission=submission, record=record, user="acme") == first


# A late answer


@pytest.fixture
def given_up():
    """An append that was abandoned and then judged by a list: the list did not show it."""
    record = a_record()
    append = an_operation(
        Task.APPEND, record=record, username="acme", state=State.PENDING, ended=None, deadline=3
    )
    with clock.reading(lambda: minute(4)):
        settle.mark_abandoned()
    append.refresh_from_db()
    append.state, append.settled_at = State.NOT_APPLIED, minute(5)
    append.save()
    return append


def finish(operation, **end):
    with clock.reading(lambda: minute(6)):
        return ends.finish(operation, CallEnd(**end))


def test_a_success_that_comes_late_is_believed_and_looked_for_again(given_up):
    operation = finish(given_up, state=State.ACCEPTED, words=("success",))

    assert (operation.state, operation.settled_at, operation.settled_by) == (State.ACCEPTED, None, None)
    assert operation.ended_at == minute(6)
    assert Attachment.objects.get().began_by == operation
    assert AuditEvent.objects.latest("number").details["late"] is True


@pytest.mark.parametrize("state", [State.REFUSED, State.NOT_SENT, State.UNKNOWN])
def test_any_other_answer_that_comes_late_changes_no_judgement(given_up, state):
    operation = finish(given_up, state=state, words=("no",), note="late")

    assert (operation.state, operation.settled_at) == (State.NOT_APPLIED, minute(5))
    assert (operation.words, operation.outcome_note) == (["no"], "late")
    assert kinds(operation) == ["operation.abandoned", "operation.ended"]
    assert not Attachment.objects.exists()


def test_an_answer_in_time_is_not_called_late(upstream, submission):
    create(submission)

    assert "late" not in AuditEvent.objects.latest("number").details


def test_a_note_is_as_long_as_its_column(given_up):
    assert len(finish(given_up, state=State.UNKNOWN, note="x" * 600).outcome_note) == 500
