"""The mirror's rows and its history: opened and closed, never overwritten, with counts beside them."""

import pytest

from monitors.models import Attachment, Customer, MonitorRecord, RecordRevision, Task
from monitors.services.lists import mirror
from monitors.services.lists.mirror import Cause, NewAttachment
from tests.services.rows import (
    EMAIL,
    OTHER_EMAIL,
    a_record,
    an_attachment,
    an_operation,
    minute,
)
from tests.tampering import lifted

pytestmark = pytest.mark.django_db

OUTSIDE = Cause(at=minute(20), after=minute(10))
BASELINE = Cause(at=minute(20), is_baseline=True)


@pytest.fixture
def ours(manager):
    """The cause that an operation of ours is."""
    operation = an_operation(Task.DETACH, username="acme", actor=manager, reason="T-1", words=["success"])
    return Cause(at=minute(20), operation=operation)


# Records


def test_a_record_has_its_first_version_from_the_moment_it_was_seen():
    row = mirror.new_record("Straße", EMAIL, None, OUTSIDE, content_hash="abc")
    mirror.add_records([(row, OUTSIDE)])

    row.refresh_from_db()
    assert (row.name, row.sort_name, row.email, row.frequency) == ("Straße", "strasse", EMAIL, None)
    assert (row.first_seen, row.gone_at, row.content_hash) == (minute(20), None, "abc")
    revision = RecordRevision.objects.get()
    assert (revision.record, revision.name, revision.email, revision.frequency) == (
        row,
        "Straße",
        EMAIL,
        None,
    )
    assert (revision.since, revision.since_after, revision.began_by) == (minute(20), minute(10), None)
    assert (revision.until, revision.until_after, revision.ended_by) == (None, None, None)


def test_a_name_that_grows_when_its_case_is_folded_still_fits():
    assert mirror.sort_key("ß" * 255) == "s" * 255


def test_who_touched_a_record_last_is_a_person_somebody_outside_or_nobody(ours, manager):
    assert ours.as_change() == {
        "changed_at": minute(20),
        "changed_by": manager,
        "changed_outside": False,
        "changed_by_end": None,
    }
    ours.operation.words = []
    assert ours.as_change()["changed_by"] is None
    assert ours.as_change()["changed_outside"] is False
    assert OUTSIDE.as_change()["changed_outside"] is True
    assert OUTSIDE.as_change()["changed_by"] is None
    assert BASELINE.as_change()["changed_outside"] is False


def test_a_changed_record_closes_its_version_and_begins_the_next(ours, manager):
    row = a_record()
    MonitorRecord.objects.update(content_hash="abc", customer_count=3)

    mirror.change_record(row, name="Two", email=OTHER_EMAIL, frequency=7, cause=ours)

    row = MonitorRecord.objects.get()
    assert (row.name, row.sort_name, row.email, row.frequency) == ("Two", "two", OTHER_EMAIL, 7)
    assert (row.changed_at, row.changed_by, row.content_hash) == (minute(20), manager, "")
    assert row.customer_count == 3
    first, second = RecordRevision.objects.order_by("pk")
    assert (first.until, first.until_after, first.ended_by) == (minute(20), None, ours.operation)
    assert (second.name, second.since, second.began_by) == ("Two", minute(20), ours.operation)


def test_a_change_of_nothing_begins_no_version():
    mirror.change_record(a_record(), name="one", email=EMAIL, frequency=5, cause=OUTSIDE)

    assert RecordRevision.objects.count() == 1
    assert MonitorRecord.objects.get().changed_at == minute(-60)


@pytest.mark.parametrize("columns", [{"name": "two"}, {"email": OTHER_EMAIL}, {"frequency": 6}])
def test_a_change_of_one_field_is_a_version_of_its_own(columns):
    fields = {"name": "one", "email": EMAIL, "frequency": 5} | columns

    mirror.change_record(a_record(), **fields, cause=OUTSIDE)

    assert RecordRevision.objects.values("name", "email", "frequency").latest("pk") == fields


def test_a_record_that_ends_keeps_its_last_version_closed():
    row, other = a_record(), a_record("two")
    MonitorRecord.objects.update(content_hash="abc")

    mirror.end_records([(row, OUTSIDE)])

    row.refresh_from_db()
    assert (row.gone_at, row.content_hash, row.changed_outside) == (minute(20), "", True)
    ended = RecordRevision.objects.get(record=row)
    assert (ended.until, ended.until_after, ended.ended_by) == (minute(20), minute(10), None)
    assert RecordRevision.objects.get(record=other).until is None


def test_a_record_that_comes_back_to_life_goes_on_with_a_new_version(ours, manager):
    row = a_record()
    mirror.end_records([(row, OUTSIDE)])

    mirror.revive_record(row, email=OTHER_EMAIL, frequency=None, cause=ours)

    row.refresh_from_db()
    assert (row.gone_at, row.email, row.frequency, row.content_hash) == (None, OTHER_EMAIL, None, "")
    assert (row.changed_by, row.changed_outside) == (manager, False)
    assert RecordRevision.objects.get(until=None).began_by == ours.operation


# Customers and attachments


def test_customers_are_made_once_and_kept():
    known = mirror.customers(["acme"], minute(0))["acme"]

    both = mirror.customers(["Globex", "acme", "Globex"], minute(5))

    assert set(both) == {"acme", "Globex"}
    assert both["acme"].pk == known.pk
    assert Customer.objects.count() == 2
    globex = Customer.objects.get(username="Globex")
    assert (globex.sort_name, globex.first_seen, known.first_seen) == ("globex", minute(5), minute(0))


def opened(cause, *, continues=None, record=None):
    record = record or a_record()
    customer = mirror.customers(["acme"], minute(0))["acme"]
    mirror.open_attachments([NewAttachment(record, customer, cause, continues)])
    return Attachment.objects.latest("pk")


def test_an_attachment_knows_how_it_began(ours):
    row = opened(ours)

    assert (row.attached_at, row.since, row.attached_after) == (minute(20), minute(20), None)
    assert (row.began_by, row.reason, row.is_baseline) == (ours.operation, "T-1", False)


def test_an_attachment_from_outside_has_a_window_and_no_reason():
    row = opened(OUTSIDE)

    assert (row.attached_at, row.attached_after, row.began_by, row.reason) == (
        minute(20),
        minute(10),
        None,
        "",
    )
    assert row.is_baseline is False


def test_an_attachment_of_the_first_list_says_so():
    assert opened(BASELINE).is_baseline is True


def test_an_attachment_that_continues_another_one_keeps_its_true_beginning(ours):
    record = a_record()
    append = an_operation(Task.APPEND, record=record, username="acme", reason="T-7")
    former = an_attachment(record, "acme", at=-30, began_by=append)
    with lifted():
        Attachment.objects.update(attached_after=minute(-40), is_baseline=True)
    former.refresh_from_db()
    mirror.close_attachments([(former, ours)])

    row = opened(ours, continues=former, record=record)

    assert (row.attached_at, row.since, row.attached_after) == (minute(20), minute(-30), minute(-40))
    assert (row.began_by, row.reason, row.is_baseline) == (append, "T-7", True)


def test_an_attachment_that_ends_knows_how_and_is_counted_off(ours, manager):
    record, other = a_record(), a_record("two")
    ended, stays = an_attachment(record, "acme"), an_attachment(record, "globex")
    an_attachment(other, "acme")
    MonitorRecord.objects.update(content_hash="abc")

    mirror.close_attachments([(ended, ours)])

    ended.refresh_from_db()
    assert (ended.detached_at, ended.detached_after, ended.ended_by) == (minute(20), None, ours.operation)
    assert ended.span == 1
    stays.refresh_from_db()
    assert stays.detached_at is None
    record.refresh_from_db()
    other.refresh_from_db()
    assert (record.customer_count, record.content_hash, record.changed_by) == (1, "", manager)
    assert (other.customer_count, other.content_hash) == (1, "abc")
    assert Customer.objects.get(username="acme").record_count == 1
    assert Customer.objects.get(username="globex").record_count == 1


def test_an_attachment_never_ends_before_it_began():
    attachment = an_attachment(a_record(), "acme", at=30)

    mirror.close_attachments([(attachment, OUTSIDE)])

    attachment.refresh_from_db()
    assert (attachment.detached_at, attachment.detached_after) == (minute(30), minute(10))


def test_many_attachments_are_counted_for_each_record_and_customer():
    one, two = a_record(), a_record("two")
    customers = mirror.customers(["acme", "globex", "initech"], minute(0))
    on = [(one, "acme"), (one, "globex"), (one, "initech"), (two, "acme")]

    mirror.open_attachments([NewAttachment(record, customers[name], OUTSIDE) for record, name in on])

    assert set(MonitorRecord.objects.values_list("name", "customer_count")) == {("one", 3), ("two", 1)}
    assert dict(Customer.objects.values_list("username", "record_count")) == {
        "acme": 2,
        "globex": 1,
        "initech": 1,
    }


# The first list's, as tuples


def test_a_placement_of_the_first_list_is_an_attachment_as_any_other():
    record = a_record()
    mirror.open_attachments([NewAttachment(record, mirror.customers(["Acme"], minute(20))["Acme"], BASELINE)])
    assert mirror.open_baseline([(record.pk, "Globex")], BASELINE) == 1

    columns = [field.attname for field in Attachment._meta.fields if field.name not in ("id", "customer")]
    one, other = Attachment.objects.order_by("pk").values(*columns)
    assert one | {"sort_name": "globex"} == other
    columns = [field.attname for field in Customer._meta.fields if field.name not in ("id", "username")]
    one, other = Customer.objects.order_by("pk").values(*columns)
    assert one | {"sort_name": "globex"} == other


def test_the_first_list_counts_for_each_record_and_customer():
    one, two = a_record(), a_record("two")
    MonitorRecord.objects.update(content_hash="abc", changed_outside=True)
    an_attachment(one, "acme")  # by an operation of ours
    pairs = [(one.pk, "acme"), (one.pk, "globex"), (two.pk, "acme"), (two.pk, "globex"), (two.pk, "initech")]

    assert mirror.open_baseline(pairs, BASELINE) == 4
    assert mirror.open_baseline(pairs, BASELINE) == 0

    assert set(MonitorRecord.objects.values_list("name", "customer_count")) == {("one", 2), ("two", 3)}
    assert dict(Customer.objects.values_list("username", "record_count")) == {
        "acme": 2,
        "globex": 2,
        "initech": 1,
    }
    assert set(MonitorRecord.objects.values_list("content_hash", "changed_at", "changed_outside")) == {
        ("", minute(20), False)
    }
    assert Attachment.objects.count() == 5


@pytest.mark.parametrize("name", ["O'Brien %s", 'a "quoted" one\\', "Straße", "日本", "a,b{c}", "😀"])
def test_any_name_of_the_first_list_is_found_again(name):
    record = a_record()

    mirror.open_baseline([(record.pk, name)], BASELINE)

    assert mirror.open_baseline([(record.pk, name)], BASELINE) == 0
    assert Customer.objects.get().username == name


def test_no_attachments_are_no_change():
    a_record()

    mirror.open_attachments([])
    mirror.close_attachments([])

    assert MonitorRecord.objects.get().changed_at == minute(-60)


def test_the_attachment_that_a_detach_had_ended_is_found_again(ours):
    record = a_record()
    attachment = an_attachment(record, "acme")
    mirror.close_attachments([(attachment, ours)])
    append = an_operation(Task.APPEND, record=record, username="acme")

    def ended_by(operation):
        return mirror.ended_by_detach(record, attachment.customer, operation)

    assert ended_by(ours.operation) == attachment
    assert ended_by(append) is None
    assert ended_by(None) is None
    assert mirror.ended_by_detach(a_record("two"), attachment.customer, ours.operation) is None
