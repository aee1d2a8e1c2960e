"""Append and detach: exactly the placement that was asked for, here and upstream."""

import pytest

from monitors.models import Attachment, MonitorRecord, Operation, Role, State
from monitors.services import attachments, records
from monitors.services.errors import Denied, Invalid
from monitors.services.submission import Submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(upstream, load):
    """Acme on both records, globex on none."""
    email = "a@northmail.example"
    upstream.store.seed(
        records=[("one", email, 5, ["acme"]), ("Two", email, 5, ["acme"])], customers=["globex"]
    )
    load()
    return upstream


@pytest.fixture
def submission(support):
    return Submission(actor=support, reason="T-1")


def named(name):
    return MonitorRecord.objects.get(name=name)


def placements():
    return set(Attachment.objects.lasting().values_list("record__name", "customer__username"))


def sent(upstream):
    """The task's own parameters of the last call."""
    call = upstream.calls[-1]
    return {key: call.parameters[key] for key in ("task", "user", "name") if key in call.parameters}


def test_a_detach_from_one_record_leaves_the_customer_on_the_others(both, submission, load):
    operation = attachments.detach(submission=submission, record=named("one"), user="acme")

    assert operation.state == State.ACCEPTED
    assert sent(both) == {"task": "detach", "user": "acme", "name": "one"}
    assert placements() == {("Two", "acme")}
    assert [users for *_, users in both.store.snapshot()] == [(), ("acme",)]
    assert (named("one").customer_count, named("Two").customer_count) == (0, 1)
    load()
    operation.refresh_from_db()
    assert operation.state == State.CONFIRMED


def test_a_detach_without_a_record_is_from_all_of_them(both, submission, load):
    operation = attachments.detach(submission=submission, record=None, user="acme")

    assert sent(both) == {"task": "detach", "user": "acme"}
    assert operation.parameters == {"user": "acme"}
    assert (operation.record, operation.record_name) == (None, "")
    assert placements() == set()
    assert Attachment.objects.filter(ended_by=operation).count() == 2
    load()
    operation.refresh_from_db()
    assert operation.state == State.CONFIRMED


def test_an_operation_keeps_where_the_customer_was_before_in_the_order_people_read(both, submission):
    operation = attachments.detach(submission=submission, record=named("Two"), user="acme")

    assert operation.before == {"records": ["one", "Two"]}
    assert operation.parameters == {"user": "acme", "name": "Two"}
    assert (operation.record_name, operation.username, operation.reason) == ("Two", "acme", "T-1")
    assert operation.customer.username == "acme"


def test_an_append_begins_an_attachment_with_its_reason(both, submission):
    operation = attachments.append(submission=submission, record=named("one"), user="globex")

    attachment = Attachment.objects.get(customer__username="globex")
    assert sent(both) == {"task": "append", "user": "globex", "name": "one"}
    assert operation.parameters == {"user": "globex", "name": "one"}
    assert operation.before == {"records": []}
    assert (operation.record, operation.customer) == (named("one"), attachment.customer)
    assert (attachment.began_by, attachment.reason) == (operation, "T-1")
    assert attachment.attached_at == attachment.since == operation.ended_at
    assert attachment.customer.record_count == 1


def test_a_customer_who_is_on_the_record_is_not_appended_again(both, submission):
    with pytest.raises(Invalid) as refused:
        attachments.append(submission=submission, record=named("one"), user="acme")

    assert (refused.value.field, refused.value.message) == ("user", "acme is already on one.")
    assert not Operation.objects.exists()


def test_a_customer_who_is_not_there_cannot_be_detached(both, submission):
    with pytest.raises(Invalid) as from_one:
        attachments.detach(submission=submission, record=named("one"), user="globex")
    with pytest.raises(Invalid) as from_all:
        attachments.detach(submission=submission, record=None, user="globex")

    assert (from_one.value.field, from_one.value.message) == ("user", "globex is not on one.")
    assert (from_all.value.field, from_all.value.message) == ("user", "globex is not on any record.")


@pytest.mark.parametrize("task", [attachments.append, attachments.detach])
def test_nobody_writes_on_a_record_as_it_no_longer_is(both, manager, task):
    seen = named("one")
    submission = Submission(actor=manager)
    records.edit(submission=submission, record=named("one"), new_name="uno")

    with pytest.raises(Invalid, match="one is now called uno"):
        task(submission=submission, record=seen, user="globex")


def test_nobody_writes_on_a_record_that_is_gone(both, manager):
    seen = named("one")
    submission = Submission(actor=manager)
    attachments.detach(submission=submission, record=seen, user="acme")
    records.delete(submission=submission, record=seen)

    with pytest.raises(Invalid, match="one is no longer in SendGrid's list"):
        attachments.append(submission=submission, record=seen, user="globex")


@pytest.mark.parametrize("task", [attachments.append, attachments.detach])
def test_auditors_neither_append_nor_detach(both, person, task):
    with pytest.raises(Denied):
        task(submission=Submission(actor=person(Role.AUDITORS)), record=named("one"), user="acme")
