"""A list's difference is written into the mirror with its causes, its history and its events."""

from dataclasses import replace

import pytest
from django.db import OperationalError, connection

from monitors.models import Attachment, AuditEvent, Mirror, MonitorRecord, RecordRevision, Refresh, State
from monitors.services import attachments, records
from monitors.services.lists import refresh
from monitors.services.log import history
from monitors.services.submission import Submission

pytestmark = pytest.mark.django_db

EMAIL = "a@northmail.example"


@pytest.fixture
def submission(manager):
    return Submission(actor=manager, reason="T-1")


@pytest.fixture
def one(upstream, load):
    """Record one with acme on it, as the first list showed it."""
    upstream.store.seed(records=[("one", EMAIL, 5, ["acme"])], customers=["globex"])
    load()
    return MonitorRecord.objects.get()


def named(name):
    return MonitorRecord.objects.named(name)


def placements():
    lasting = Attachment.objects.lasting()
    return set(lasting.values_list("record__name", "customer__username"))


def living():
    return set(MonitorRecord.objects.living().values_list("name", flat=True))


def revisions(row):
    found = RecordRevision.objects.filter(record=row).order_by("pk")
    return list(found.values_list("name", "email", "frequency"))


def differences():
    return {event.details["change"]: event for event in AuditEvent.objects.filter(kind="list.difference")}


def window():
    """From when the list before was asked for until the last one was answered."""
    before, last = Refresh.objects.order_by("pk")
    return {"after": before.asked_at.isoformat(), "at": last.answered_at.isoformat()}


# The first list


def test_the_first_list_is_the_baseline_and_one_event(upstream, one):
    event = AuditEvent.objects.exclude(kind="settings_changed").get()
    assert (event.kind, event.source) == ("list.baseline", "refresh")
    counts = {"records": 1, "attachments": 1, "anomalies": 0}
    assert event.details == counts | {"keys": history.last_keys()}
    assert set(event.details["keys"]) == {"attachments", "customers", "records", "revisions"}
    attachment = Attachment.objects.get()
    assert (attachment.is_baseline, attachment.attached_after, attachment.began_by) == (True, None, None)
    assert (one.changed_outside, one.changed_by, one.customer_count) == (False, None, 1)
    assert Refresh.objects.get().differences == 2


# What others did


def test_a_record_and_a_customer_from_outside_appear_with_their_window(upstream, one, load):
    upstream.store.create(name="two", email=EMAIL, frequency=7)
    upstream.store.append(user="globex", name="two")
    load()

    appeared, attached = differences()["appeared"], differences()["attached"]
    assert appeared.details == {
        "change": "appeared",
        "window": window(),
        "fields": {"name": "two", "email": EMAIL, "frequency": 7},
    }
    assert (appeared.source, appeared.actor_name, appeared.operation_id) == ("outside", "", None)
    assert (appeared.record_id, appeared.record_name) == (named("two").pk, "two")
    assert attached.details == {"change": "attached", "window": window()}
    assert (attached.record_name, attached.username) == ("two", "globex")
    attachment = Attachment.objects.get(customer__username="globex")
    assert attached.customer_id == attachment.customer_id
    assert attachment.attached_after == Refresh.objects.earliest("pk").asked_at
    assert attachment.attached_at == Refresh.objects.latest("pk").answered_at
    assert (attachment.is_baseline, attachment.reason) == (False, "")
    assert (named("two").changed_outside, named("two").customer_count) == (True, 1)


def test_a_change_from_outside_keeps_what_was_before(upstream, one, load):
    upstream.store.edit(name="one", new_email="b@northmail.example", new_frequency=7)
    load()

    edited = differences()["edited"]
    assert edited.details == {
        "change": "edited",
        "window": window(),
        "before": {"name": "one", "email": EMAIL, "frequency": 5},
        "after": {"name": "one", "email": "b@northmail.example", "frequency": 7},
    }
    assert revisions(one) == [("one", EMAIL, 5), ("one", "b@northmail.example", 7)]
    first, second = RecordRevision.objects.order_by("pk")
    assert first.until == second.since == Refresh.objects.latest("pk").answered_at
    assert first.until_after == second.since_after == Refresh.objects.earliest("pk").asked_at


def test_what_is_gone_ends_and_keeps_its_history(upstream, one, load):
    upstream.store.detach(user="acme")
    upstream.store.delete(name="one")
    load()

    detached, vanished = differences()["detached"], differences()["vanished"]
    assert (detached.record_id, detached.username) == (one.pk, "acme")
    assert vanished.details["fields"] == {"name": "one", "email": EMAIL, "frequency": 5}
    one.refresh_from_db()
    answered = Refresh.objects.latest("pk").answered_at
    assert (one.gone_at, one.customer_count, one.changed_outside) == (answered, 0, True)
    attachment = Attachment.objects.get()
    assert (attachment.detached_at, attachment.ended_by) == (answered, None)
    first = Refresh.objects.earliest("pk")
    # It may have ended while the first list was on its way.
    assert (attachment.attached_at, attachment.detached_after) == (first.answered_at, first.asked_at)
    assert not RecordRevision.objects.filter(until=None).exists()


def test_a_record_that_comes_back_from_outside_is_another_row(upstream, one, load):
    upstream.store.detach(user="acme")
    upstream.store.delete(name="one")
    load()
    upstream.store.create(name="one", email=EMAIL, frequency=5)
    load()

    assert named("one").pk != one.pk
    assert MonitorRecord.objects.count() == 2


def test_a_list_that_cannot_say_who_is_on_a_record_leaves_its_customers(upstream, one, load):
    body = b'[{"name": "one", "email": "a@northmail.example", "frequency": "6", "users": 17}]'
    upstream.fault("raw", task="list", body=body.decode(), content_type="application/json")

    load()

    assert placements() == {("one", "acme")}
    assert named("one").frequency == 6
    assert named("one").content_hash == ""


def test_a_large_difference_is_written_in_small_transactions(upstream, one, load, settings):
    settings.PACE = replace(settings.PACE, transaction_rows=2)
    users = [f"customer {n}" for n in range(7)]
    upstream.store.seed(records=[(f"record {n}", EMAIL, 5, [user]) for n, user in enumerate(users)])
    load()

    assert len(living()) == 8
    assert placements() == {("one", "acme")} | {(f"record {n}", user) for n, user in enumerate(users)}
    moments = AuditEvent.objects.filter(kind="list.difference").values_list("at", flat=True)
    assert len(set(moments)) == 8


def test_a_list_that_is_applied_whole_is_not_compared_again(upstream, one, load):
    assert named("one").content_hash
    assert Mirror.objects.get().digest
    before = Mirror.objects.get().whole_asked_at

    mirror = load()

    assert Refresh.objects.latest("pk").outcome == "unchanged"
    assert mirror.whole_asked_at > before


def test_a_list_of_which_something_was_left_out_is_compared_again(upstream, one, load, submission):
    whole_asked_at = Mirror.objects.get().whole_asked_at

    def fetch(gateway):
        listing = gateway.list_records()
        attachments.append(submission=submission, record=one, user="globex")
        return listing

    refresh.run(source="command", fetch=fetch)

    mirror = Mirror.objects.get()
    assert placements() == {("one", "acme"), ("one", "globex")}
    assert (mirror.digest, mirror.whole_asked_at, named("one").content_hash) == ("", whole_asked_at, "")
    assert load().digest


# What we did


def test_an_append_whose_answer_was_lost_is_ours_with_its_reason(upstream, one, load, submission):
    upstream.fault("close_before_answer", task="append", applied=True)
    append = attachments.append(submission=submission, record=one, user="globex")
    assert append.state == State.UNKNOWN
    assert placements() == {("one", "acme")}
    wait_for(append)

    load()

    append.refresh_from_db()
    attachment = Attachment.objects.get(customer__username="globex")
    assert append.state == State.CONFIRMED
    assert (attachment.began_by, attachment.reason) == (append, "T-1")
    assert attachment.attached_after == append.started_at
    attached = differences()["attached"]
    assert (attached.source, attached.operation_id) == ("refresh", append.pk)
    assert (attached.actor_id, attached.actor_name) == (None, "")


def wait_for(operation):
    """Nothing of it may still be under way when the next list is asked for."""
    operation.deadline_at = operation.ended_at
    operation.save()


def test_a_move_ends_the_attachment_on_the_other_record(upstream, one, load, submission):
    upstream.store.create(name="two", email=EMAIL, frequency=7)
    load()
    move = attachments.append(submission=submission, record=named("two"), user="acme", elsewhere="too")
    assert placements() == {("one", "acme"), ("two", "acme")}

    load()

    assert placements() == {("two", "acme")}
    former = Attachment.objects.get(record=one)
    assert (former.ended_by, former.detached_at) == (move, move.ended_at)


def test_an_append_that_the_list_does_not_show_ended_outside_after_it_had_begun(
    upstream, one, load, submission
):
    upstream.fault("lie", task="append")
    append = attachments.append(submission=submission, record=one, user="globex")

    load()

    append.refresh_from_db()
    attachment = Attachment.objects.get(customer__username="globex")
    assert append.state == State.CONTRADICTED
    assert attachment.attached_at == attachment.detached_after == append.ended_at
    assert attachment.detached_at == Refresh.objects.latest("pk").answered_at > attachment.attached_at
    assert (attachment.began_by, attachment.ended_by) == (append, None)
    detached = differences()["detached"]
    assert (detached.source, detached.operation_id, detached.actor_name) == ("outside", None, "")


def test_an_edit_that_was_not_carried_out_is_undone_from_its_beginning(upstream, one, load, submission):
    upstream.fault("lie", task="edit")
    edit = records.edit(submission=submission, record=one, new_frequency=9)

    load()

    edit.refresh_from_db()
    assert edit.state == State.CONTRADICTED
    assert revisions(one) == [("one", EMAIL, 5), ("one", EMAIL, 9), ("one", EMAIL, 5)]
    last = RecordRevision.objects.latest("pk")
    assert (last.since, last.began_by) == (edit.ended_at, edit)
    assert differences()["edited"].operation_id == edit.pk
    assert named("one").changed_outside is False


def test_a_rename_whose_answer_was_lost_keeps_its_row(upstream, one, load, submission):
    upstream.fault("close_before_answer", task="edit", applied=True)
    edit = records.edit(submission=submission, record=one, new_name="uno", new_frequency=9)
    wait_for(edit)

    load()

    assert living() == {"uno"}
    assert named("uno").pk == one.pk
    assert placements() == {("uno", "acme")}
    assert revisions(one) == [("one", EMAIL, 5), ("uno", EMAIL, 9)]
    renamed = RecordRevision.objects.latest("pk")
    assert (renamed.began_by, renamed.since_after) == (edit, edit.started_at)
    event = AuditEvent.objects.get(kind="list.difference")
    assert (event.details["before"]["name"], event.details["after"]["name"]) == ("one", "uno")
    assert (event.details["before"]["frequency"], event.details["after"]["frequency"]) == (5, 9)
    assert Refresh.objects.latest("pk").differences == 1


def test_a_rename_that_was_not_carried_out_is_taken_back_to_its_beginning(upstream, one, load, submission):
    upstream.fault("lie", task="edit")
    edit = records.edit(submission=submission, record=one, new_name="uno")
    assert living() == {"uno"}

    load()

    assert living() == {"one"}
    assert named("one").pk == one.pk
    last = RecordRevision.objects.latest("pk")
    assert (last.name, last.since, last.since_after, last.began_by) == ("one", edit.ended_at, None, edit)


def test_a_rename_is_not_followed_where_both_names_are_listed(upstream, one, load, submission):
    upstream.fault("close_before_answer", task="edit", applied=False)
    edit = records.edit(submission=submission, record=one, new_name="uno")
    upstream.store.create(name="uno", email=EMAIL, frequency=1)
    wait_for(edit)

    load()

    assert living() == {"one", "uno"}
    assert named("one").pk == one.pk


def test_a_record_that_the_list_does_not_show_went_outside_after_it_had_begun(upstream, load, submission):
    load()
    upstream.fault("lie", task="create")
    create = records.create(submission=submission, name="two", email=EMAIL, frequency=1)

    load()

    create.refresh_from_db()
    row = MonitorRecord.objects.get()
    assert create.state == State.CONTRADICTED
    revision = row.revisions.get()
    assert row.first_seen == revision.until_after == create.ended_at
    assert row.gone_at == revision.until == Refresh.objects.latest("pk").answered_at > row.first_seen
    assert (revision.began_by, revision.ended_by) == (create, None)


# A deletion that was not carried out


@pytest.fixture
def alone(upstream, load):
    """Record one, with nobody on it."""
    upstream.store.create(name="one", email=EMAIL, frequency=5)
    load()
    return MonitorRecord.objects.get()


def test_a_record_whose_deletion_was_not_carried_out_keeps_its_row(upstream, alone, load, submission):
    upstream.fault("lie", task="delete")
    deletion = records.delete(submission=submission, record=alone)
    assert living() == set()

    load()

    deletion.refresh_from_db()
    assert deletion.state == State.CONTRADICTED
    assert named("one").pk == alone.pk
    assert MonitorRecord.objects.count() == 1
    first, again = RecordRevision.objects.order_by("pk")
    assert first.until == again.since == deletion.ended_at
    assert (again.began_by, again.email, again.frequency) == (deletion, EMAIL, 5)
    assert differences()["appeared"].operation_id == deletion.pk
    assert named("one").content_hash


@pytest.fixture
def revived(upstream, alone, load, submission):
    """The list that revived record one could not judge the deletion: the database failed just then."""

    def is_full(execute, sql, *rest):
        if sql.startswith('UPDATE "monitors_operation" SET "state"'):
            raise OperationalError("database or disk is full")
        return execute(sql, *rest)

    upstream.fault("lie", task="delete")
    deletion = records.delete(submission=submission, record=alone)
    with connection.execute_wrapper(is_full), pytest.raises(OperationalError):
        load()
    assert living() == {"one"}
    deletion.refresh_from_db()
    assert deletion.state == State.ACCEPTED
    return named("one")


def test_a_living_record_is_not_revived_when_its_old_name_is_listed_again(
    upstream, revived, load, submission
):
    records.edit(submission=submission, record=revived, new_name="uno")
    upstream.store.create(name="one", email=EMAIL, frequency=9)

    load()

    assert living() == {"one", "uno"}
    assert named("uno").pk == revived.pk
    assert named("one").frequency == 9
    assert load().digest


def test_a_record_that_went_under_another_name_is_not_revived(upstream, revived, load, submission):
    records.edit(submission=submission, record=revived, new_name="uno")
    revived.refresh_from_db()
    records.delete(submission=submission, record=revived)
    upstream.store.create(name="one", email=EMAIL, frequency=9)

    load()

    assert living() == {"one"}
    assert named("one").pk != revived.pk
    assert load().digest
