"""What an accepted operation changes in the mirror at once, also where a list has shown it already."""

import pytest

from monitors.models import Attachment, Customer, Mirror, MonitorRecord, Operation, State, Task
from monitors.services.lists import accepted
from tests.services.rows import EMAIL, OTHER_EMAIL, a_record, an_attachment, an_operation, minute
from tests.tampering import lifted

pytestmark = pytest.mark.django_db


def applied(task: Task, **columns) -> Operation:
    """The accepted operation, after it changed the mirror."""
    operation = an_operation(task, **columns)
    accepted.apply(operation)
    with lifted():
        operation.save()
    operation.refresh_from_db()
    return operation


def test_every_accepted_operation_makes_the_next_list_be_compared():
    Mirror.objects.update(digest="abc")

    accepted.apply(an_operation(Task.APPEND, record=a_record(), username="acme"))

    assert Mirror.objects.get().digest == ""


def test_an_accepted_creation_gives_the_operation_its_record(manager):
    values = {"name": "two", "email": EMAIL, "frequency": "7"}
    columns = {"parameters": values, "actor": manager, "words": ["success"]}
    operation = an_operation(Task.CREATE, record_name="two", **columns)

    accepted.apply(operation)

    row = MonitorRecord.objects.get()
    assert operation.record == row
    assert (row.name, row.email, row.frequency) == ("two", EMAIL, 7)
    assert (row.first_seen, row.changed_by) == (minute(2), manager)
    assert row.revisions.get().began_by == operation


@pytest.mark.parametrize(
    ("parameters", "fields"),
    [
        ({"new_name": "two"}, ("two", EMAIL, 5)),
        ({"new_email": OTHER_EMAIL}, ("one", OTHER_EMAIL, 5)),
        ({"new_frequency": "7"}, ("one", EMAIL, 7)),
    ],
)
def test_an_accepted_edit_changes_what_it_asked_for(parameters, fields):
    row = a_record()

    accepted.apply(an_operation(Task.EDIT, record=row, parameters={"name": "one"} | parameters))

    row.refresh_from_db()
    assert (row.name, row.email, row.frequency) == fields
    assert row.changed_at == minute(2)


def test_an_edit_that_keeps_the_name_is_not_stopped_by_it():
    row = a_record()

    parameters = {"name": "one", "new_name": "one", "new_frequency": "7"}
    accepted.apply(an_operation(Task.EDIT, record=row, parameters=parameters))

    row.refresh_from_db()
    assert row.frequency == 7


def test_an_operation_without_a_record_of_ours_changes_none():
    a_record()

    accepted.apply(an_operation(Task.EDIT, parameters={"name": "x", "new_name": "y"}))
    accepted.apply(an_operation(Task.DELETE))
    accepted.apply(an_operation(Task.APPEND, record_name="x", username="acme", state=State.ACCEPTED))

    assert MonitorRecord.objects.living().get().name == "one"
    assert Customer.objects.get().username == "acme"
    assert not Attachment.objects.exists()


def test_an_accepted_append_makes_its_customer_known():
    operation = an_operation(Task.APPEND, record=a_record(), username="acme", reason="T-1")

    accepted.apply(operation)

    attachment = Attachment.objects.get()
    assert operation.customer == attachment.customer == Customer.objects.get(username="acme")
    assert (attachment.attached_at, attachment.reason) == (minute(2), "T-1")
    assert attachment.customer.first_seen == minute(2)


# Where a list has changed the mirror meanwhile


def test_a_created_record_that_a_list_has_shown_already_is_not_made_twice():
    record = a_record()

    values = {"name": "one", "email": EMAIL, "frequency": "5"}
    operation = applied(Task.CREATE, record_name="one", parameters=values)

    assert MonitorRecord.objects.get() == record
    assert operation.record == record


def test_an_attachment_that_a_list_has_shown_already_is_not_made_twice():
    record = a_record()
    attachment = an_attachment(record, "acme")

    applied(Task.APPEND, record=record, username="acme")

    assert Attachment.objects.get() == attachment


@pytest.mark.parametrize("task", [Task.EDIT, Task.DELETE, Task.APPEND])
def test_a_record_that_is_gone_already_is_left_alone(task):
    record = a_record()
    record.gone_at = minute(3)
    record.save()

    applied(task, record=record, username="acme", parameters={"name": "one", "new_name": "two"})

    record.refresh_from_db()
    assert (record.name, record.gone_at) == ("one", minute(3))
    assert not Attachment.objects.exists()


def test_a_rename_to_a_name_that_a_list_has_shown_meanwhile_waits_for_the_next_list():
    record = a_record()
    a_record("two")

    applied(Task.EDIT, record=record, parameters={"name": "one", "new_name": "two"})

    record.refresh_from_db()
    assert record.name == "one"


def test_a_deletion_ends_the_attachments_that_a_list_has_shown_meanwhile():
    record, other = a_record(), a_record("two")
    an_attachment(record, "acme")
    an_attachment(other, "globex")

    operation = applied(Task.DELETE, record=record)

    record.refresh_from_db()
    ended = Attachment.objects.get(record=record)
    assert (record.gone_at, record.customer_count) == (minute(2), 0)
    assert (ended.detached_at, ended.ended_by) == (minute(2), operation)
    assert Attachment.objects.lasting().get().record == other
