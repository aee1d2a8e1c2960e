"""A verdict is what one list says; a later list may mend it, and no attachment that was real is erased."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Attachment, AuditEvent, Kind, MonitorRecord, Operation, State
from monitors.services import attachments, clock, records
from monitors.services.lists import refresh
from monitors.services.submission import Submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(upstream, load, settings):
    upstream.store.seed(
        records=[("one", "a@northmail.example", 5, []), ("two", "b@northmail.example", 7, [])],
        customers=["acme", "globex"],
    )
    settings.PACE = replace(settings.PACE, call_margin=timedelta(seconds=0.2))
    settings.SENDGRID_DEADLINE = 3
    load()
    return upstream


def record(name):
    return MonitorRecord.objects.named(name)


def append(manager, name="one", user="acme"):
    return attachments.append(submission=Submission(actor=manager), record=record(name), user=user)


def ahead(*, hours):
    """Every service reads a clock that is so many hours ahead."""
    return clock.reading(lambda: timezone.now() + timedelta(hours=hours))


def again(operation):
    operation.refresh_from_db()
    return operation


def settlements(operation):
    events = AuditEvent.objects.filter(operation_id=operation.pk, kind=Kind.SETTLED).order_by("number")
    return list(events.values_list("outcome", flat=True))


# Nothing that was real is erased


def test_an_attachment_ended_outside_before_any_list_keeps_its_time(desk, manager, load):
    operation = append(manager)
    desk.store.detach(user="acme")

    load()

    attachment = Attachment.objects.get(customer__username="acme")
    assert attachment.detached_at > attachment.attached_at
    assert attachment.detached_after == operation.ended_at
    assert attachment.ended_by is None
    assert Attachment.objects.lasting_at(operation.ended_at).count() == 1


def test_a_success_that_the_list_does_not_show_is_contradicted(desk, manager, load):
    operation = append(manager)
    desk.store.detach(user="acme")

    load()

    assert again(operation).state == State.CONTRADICTED


@pytest.mark.parametrize("change", ["delete", "rename"])
def test_a_success_on_a_record_that_is_gone_is_not_contradicted(desk, manager, load, change):
    operation = append(manager)
    if change == "delete":
        desk.store.detach(user="acme")
        desk.store.delete(name="one")
    else:
        desk.store.edit(name="one", new_name="three")

    load()

    assert (again(operation).state, operation.outcome_note) == (
        State.ACCEPTED,
        "The record was no longer in the list, so no list can show this.",
    )
    assert operation.settled_at is not None
    ended = Attachment.objects.get(customer__username="acme", record__name="one")
    assert ended.detached_at > ended.attached_at


def test_a_record_created_and_deleted_outside_before_any_list_keeps_its_time(desk, manager, load):
    operation = records.create(
        submission=Submission(actor=manager), name="four", email="a@northmail.example", frequency=3
    )
    desk.store.delete(name="four")

    load()

    row = MonitorRecord.objects.get(name="four")
    assert row.gone_at > row.first_seen == operation.ended_at
    assert again(operation).state == State.CONTRADICTED


def test_what_ended_outside_while_the_list_that_showed_it_came_may_have_ended_before_its_answer(desk, load):
    desk.store.append(user="acme", name="one")

    def ending_meanwhile(gateway):
        listing = gateway.list_records()
        desk.store.detach(user="acme")
        return listing

    shown = refresh.run(source="command", fetch=ending_meanwhile)
    load()

    assert Attachment.objects.get(customer__username="acme").detached_after == shown.asked_at


def test_a_record_deleted_outside_while_the_list_that_showed_it_came_may_have_ended_before_its_answer(
    desk, load
):
    desk.store.create(name="four", email="a@northmail.example", frequency=3)

    def deleting_meanwhile(gateway):
        listing = gateway.list_records()
        desk.store.delete(name="four")
        return listing

    shown = refresh.run(source="command", fetch=deleting_meanwhile)
    load()

    assert MonitorRecord.objects.get(name="four").revisions.get().until_after == shown.asked_at


def test_a_contradicted_detach_under_a_contradicted_name_keeps_the_attachment(desk, manager, load):
    desk.store.append(user="acme", name="one")
    load()
    row = record("one")
    desk.fault("lie", task="edit")
    records.edit(submission=Submission(actor=manager), record=row, new_name="uno")
    row.refresh_from_db()
    desk.fault("lie", task="detach")
    detach = attachments.detach(submission=Submission(actor=manager), record=row, user="acme")

    load()

    former, lasting = Attachment.objects.filter(customer__username="acme").order_by("pk")
    assert record("one").pk == row.pk
    assert (lasting.since, lasting.attached_at) == (former.since, former.detached_at)
    assert former.ended_by == detach


# Verdicts are provisional for a day


def test_a_write_carried_out_after_it_was_judged_is_confirmed_by_a_later_list(desk, manager, load):
    desk.fault("late", task="write")
    operation = append(manager)
    with ahead(hours=1):
        load()
        assert again(operation).state == State.NOT_APPLIED
        desk.carry_out_late_writes()
        load()

    assert again(operation).state == State.CONFIRMED
    assert settlements(operation) == [State.NOT_APPLIED, State.CONFIRMED]
    assert operation.outcome_note.startswith("An earlier list (")
    attachment = Attachment.objects.lasting().get(customer__username="acme")
    assert attachment.began_by == operation


def test_a_list_that_left_the_record_out_once_does_not_have_the_last_word(desk, manager, load):
    operation = append(manager)
    desk.store.detach(user="acme")
    load()
    assert again(operation).state == State.CONTRADICTED
    desk.store.append(user="acme", name="one")

    load()

    assert again(operation).state == State.CONFIRMED
    assert settlements(operation) == [State.CONTRADICTED, State.CONFIRMED]


def test_after_a_day_a_verdict_is_final(desk, manager, load):
    desk.fault("late", task="write")
    operation = append(manager)
    with ahead(hours=1):
        load()
    with ahead(hours=26):
        desk.carry_out_late_writes()
        load()

    assert again(operation).state == State.NOT_APPLIED
    assert Attachment.objects.lasting().get(customer__username="acme").began_by is None


def test_a_refusal_that_a_list_shows_to_be_done_is_told_once(desk, manager, load):
    desk.fault("e1", task="write", applied=True)
    operation = append(manager)
    assert operation.state == State.REFUSED

    load()
    load()

    assert (again(operation).state, operation.shown_by is not None) == (State.REFUSED, True)
    assert AuditEvent.objects.filter(operation_id=operation.pk, kind=Kind.SHOWN).count() == 1
    difference = AuditEvent.objects.get(operation_id=operation.pk, kind=Kind.DIFFERENCE)
    assert (difference.source, difference.actor_id, difference.actor_name) == ("refresh", None, "")


@pytest.mark.parametrize("fault", ["late", "e1"])
def test_a_rename_carried_out_against_its_verdict_keeps_the_row_and_its_customers(desk, manager, load, fault):
    append(manager)
    load()
    row = record("one")
    desk.fault(fault, task="edit", **({"applied": True} if fault == "e1" else {}))
    operation = records.edit(submission=Submission(actor=manager), record=row, new_name="uno")
    with ahead(hours=1):
        if fault == "late":
            load()
            assert again(operation).state == State.NOT_APPLIED
            desk.carry_out_late_writes()
        load()

    assert record("uno").pk == row.pk
    assert Attachment.objects.get(customer__username="acme").detached_at is None
    assert again(operation).state == (State.CONFIRMED if fault == "late" else State.REFUSED)


def test_a_refused_operation_does_not_explain_what_a_false_success_explains(desk, manager, load):
    desk.fault("lie", task="edit")
    row = record("one")
    false = records.edit(submission=Submission(actor=manager), record=row, new_name="uno")
    back = records.edit(submission=Submission(actor=manager), record=record("uno"), new_name="one")
    assert (false.state, back.state) == (State.ACCEPTED, State.REFUSED)

    load()

    assert record("one").pk == row.pk
    assert row.revisions.get(until=None).began_by == false
    assert again(false).state == State.CONTRADICTED


def test_a_later_operation_on_the_same_target_leaves_the_verdict_alone(desk, manager, load):
    desk.fault("late", task="write")
    operation = append(manager)
    with ahead(hours=1):
        load()
        second = append(manager)
        load()

    assert again(operation).state == State.NOT_APPLIED
    assert again(second).state == State.CONFIRMED


# Who did what only a list shows


def test_nobody_is_named_as_the_doer_of_what_only_a_list_shows(desk, manager, load):
    desk.fault("close_before_answer", task="write", applied=True)
    operation = append(manager)
    assert operation.state == State.UNKNOWN
    with ahead(hours=1):
        load()

    assert again(operation).state == State.CONFIRMED
    found = AuditEvent.objects.filter(operation_id=operation.pk, kind__in=(Kind.SETTLED, Kind.DIFFERENCE))
    assert {event.actor_id for event in found} == {None}
    assert AuditEvent.objects.get(operation_id=operation.pk, kind=Kind.STARTED).actor_id == manager.pk


def test_waiting_operations_are_judged_in_transactions_of_a_few(desk, manager, load, settings):
    settings.PACE = replace(settings.PACE, transaction_operations=1)
    first, second = append(manager), append(manager, user="globex")

    load()

    assert again(first).state == again(second).state == State.CONFIRMED
    assert Operation.objects.filter(settled_at=None).count() == 0
    assert refresh.run(source="command") is not None
