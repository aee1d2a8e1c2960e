"""Committed before the call, closed after it, confirmed by a list."""

from uuid import UUID

import pytest

from monitors.models import Attachment, AuditEvent, MonitorRecord, Operation, State
from monitors.services import attachments, records
from monitors.services.errors import Denied, Invalid
from monitors.services.submission import Submission

pytestmark = pytest.mark.django_db


def test_a_created_record_is_accepted_and_in_the_mirror_at_once(upstream, manager):
    operation = records.create(
        submission=Submission(actor=manager), name="abuse-desk", email="a@northmail.example", frequency=100
    )

    assert operation.state == State.ACCEPTED
    assert operation.words == ["success"]
    record = MonitorRecord.objects.get(name="abuse-desk")
    assert (record.email, record.frequency, record.gone_at) == ("a@northmail.example", 100, None)
    assert upstream.store.snapshot() == [("abuse-desk", "a@northmail.example", 100, ())]


def test_the_next_list_confirms_it(upstream, manager, load):
    operation = records.create(
        submission=Submission(actor=manager), name="abuse-desk", email="a@northmail.example", frequency=100
    )

    load()

    operation.refresh_from_db()
    assert operation.state == State.CONFIRMED
    kinds = list(AuditEvent.objects.filter(operation_id=operation.uuid).values_list("kind", flat=True))
    assert kinds == ["operation.started", "operation.ended", "operation.settled"]


def test_a_whole_day_of_six_tasks_leaves_the_mirror_equal_to_the_upstream(upstream, manager, load):
    upstream.store.register(["acme", "globex"])
    created = records.create(
        submission=Submission(actor=manager), name="abuse", email="a@northmail.example", frequency=100
    )
    record = created.record
    edited = records.edit(
        submission=Submission(actor=manager), record=record, new_name="abuse-eu", new_frequency=50
    )
    record.refresh_from_db()
    attachments.append(submission=Submission(actor=manager, reason="TICKET-1"), record=record, user="acme")
    attachments.append(submission=Submission(actor=manager), record=record, user="globex")
    record.refresh_from_db()

    assert edited.state == State.ACCEPTED
    assert record.customer_count == 2
    assert Attachment.objects.get(customer__username="acme").reason == "TICKET-1"
    with pytest.raises(Invalid, match="2 customers are still on abuse-eu"):
        records.delete(submission=Submission(actor=manager), record=record)

    for user in ("acme", "globex"):
        attachments.detach(submission=Submission(actor=manager), record=record, user=user)
    record.refresh_from_db()
    assert records.delete(submission=Submission(actor=manager), record=record).state == State.ACCEPTED
    load()
    assert not Operation.objects.filter(settled_at=None).exists()
    assert set(Operation.objects.values_list("state", flat=True)) <= {State.ACCEPTED, State.CONFIRMED}
    assert upstream.store.snapshot() == []


def test_a_refusal_keeps_the_upstreams_own_words_and_changes_nothing(upstream, manager, load):
    created = records.create(
        submission=Submission(actor=manager), name="abuse", email="a@northmail.example", frequency=100
    )

    operation = attachments.append(
        submission=Submission(actor=manager), record=created.record, user="nobody-we-know"
    )

    assert operation.state == State.REFUSED
    assert operation.words
    assert not Attachment.objects.exists()


def test_support_may_append_but_not_create(upstream, support, manager):
    upstream.store.register(["acme"])
    record = records.create(
        submission=Submission(actor=manager), name="abuse", email="a@northmail.example", frequency=1
    ).record

    with pytest.raises(Denied):
        records.create(
            submission=Submission(actor=support), name="other", email="a@northmail.example", frequency=1
        )
    assert (
        attachments.append(submission=Submission(actor=support), record=record, user="acme").state
        == State.ACCEPTED
    )
    assert Operation.objects.filter(task="create").count() == 1


def test_an_upstream_that_is_not_there_is_not_sent(manager, db):
    operation = records.create(
        submission=Submission(actor=manager), name="abuse", email="a@northmail.example", frequency=1
    )

    assert operation.state == State.NOT_SENT
    assert not MonitorRecord.objects.exists()


def test_the_same_form_twice_is_one_operation_and_one_call(upstream, manager):
    token = UUID("7d5a1a0e-0000-4000-8000-000000000001")
    fields = {"name": "abuse", "email": "a@northmail.example", "frequency": 1}

    first = records.create(submission=Submission(actor=manager, token=token), **fields)
    second = records.create(submission=Submission(actor=manager, token=token), **fields)

    assert first == second
    assert len([call for call in upstream.calls if call.task == "create"]) == 1


def test_the_first_list_is_the_baseline_and_later_differences_are_outside(upstream, load):
    upstream.store.seed(records=[("abuse", "a@northmail.example", 5, ["acme"])], customers=["acme", "globex"])
    load()
    assert Attachment.objects.get().is_baseline
    assert not AuditEvent.objects.filter(kind="list.difference").exists()

    upstream.store.append(user="globex", name="abuse")
    upstream.store.edit(name="abuse", new_frequency=7)
    load()

    outside = AuditEvent.objects.filter(kind="list.difference", source="outside")
    assert {event.details["change"] for event in outside} == {"attached", "edited"}
    record = MonitorRecord.objects.get()
    assert (record.frequency, record.customer_count, record.changed_outside) == (7, 2, True)


def test_the_same_form_with_other_values_is_not_taken_for_the_first(upstream, manager):
    token = UUID("7d5a1a0e-0000-4000-8000-000000000002")
    records.create(
        submission=Submission(actor=manager, token=token),
        name="one",
        email="a@northmail.example",
        frequency=1,
    )

    with pytest.raises(Invalid, match="already sent with other values"):
        records.create(
            submission=Submission(actor=manager, token=token),
            name="two",
            email="a@northmail.example",
            frequency=1,
        )


def test_a_reloaded_rename_is_the_same_form_although_the_name_has_changed(upstream, manager):
    record = records.create(
        submission=Submission(actor=manager), name="one", email="a@northmail.example", frequency=1
    ).record
    token = UUID("7d5a1a0e-0000-4000-8000-000000000003")
    first = records.edit(submission=Submission(actor=manager, token=token), record=record, new_name="two")
    record.refresh_from_db()

    assert (
        records.edit(submission=Submission(actor=manager, token=token), record=record, new_name="two")
        == first
    )


def test_refused_credentials_are_the_desks_and_not_the_persons(upstream, manager):
    upstream.fault("e6", task="write")

    operation = records.create(
        submission=Submission(actor=manager), name="one", email="a@northmail.example", frequency=1
    )

    assert operation.state == State.REFUSED
    assert "administrator must check" in operation.outcome_note
