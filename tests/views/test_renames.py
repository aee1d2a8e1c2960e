"""A record renamed outside the desk: told as probable, and joined with its history when a person confirms."""

import pytest

from monitors.models import Attachment, AuditEvent, Kind, MonitorRecord, Role
from monitors.services import attachments
from monitors.services.submission import Submission
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def renamed(desk, load, manager):
    """abuse-desk, with a customer that Ana appended for a ticket, is called abuse-eu from one list to the next."""
    record = MonitorRecord.objects.named("abuse-desk")
    attachments.append(submission=Submission(actor=manager, reason="ESC-7"), record=record, user="initech")
    load()
    desk.store.edit(name="abuse-desk", new_name="abuse-eu")
    load()
    return record, MonitorRecord.objects.named("abuse-eu")


def page(client, record):
    return client.get(f"/records/{record.pk}/")


def join(client, record):
    return client.post(f"/records/{record.pk}/join/", follow=True)


def test_both_pages_say_that_it_was_probably_renamed(renamed, ana):
    former, record = renamed

    assert attributes(page(ana, former), "data-renamed") == ["probably"]
    assert attributes(page(ana, record), "data-renamed") == ["probably"]
    assert "Probably abuse-desk under a new name" in text(page(ana, record))


def test_after_a_person_confirmed_it_the_history_is_one(renamed, ana):
    former, record = renamed
    response = join(ana, former)

    assert "The history of abuse-desk is joined to this record." in text(response)
    assert attributes(response, "data-renamed") == ["confirmed"]
    assert "initech" in text(page(ana, record))
    lasting = Attachment.objects.lasting().get(record=record, customer__username="initech")
    assert (lasting.reason, lasting.began_by.task) == ("ESC-7", "append")
    assert lasting.since < record.first_seen
    assert "ESC-7" in text(page(ana, record)).partition("History")[2]


def test_the_join_is_an_event_with_its_person(renamed, ana, manager):
    former, record = renamed
    join(ana, former)

    event = AuditEvent.objects.get(kind=Kind.JOINED)
    assert (event.record_id, event.actor_id) == (record.pk, manager.pk)
    assert event.details["former"] == {"id": former.pk, "name": "abuse-desk"}


def test_it_is_joined_once(renamed, ana):
    former, _ = renamed
    join(ana, former)

    assert "no longer looks like a renamed record" in text(join(ana, former))
    assert AuditEvent.objects.filter(kind=Kind.JOINED).count() == 1


@pytest.mark.parametrize("difference", ["mailbox", "sample", "customers"])
def test_a_record_that_differs_is_not_taken_for_the_same(desk, load, ana, difference):
    former = MonitorRecord.objects.named("abuse-desk")
    changed = {
        "mailbox": {"new_email": "x@northmail.example"},
        "sample": {"new_frequency": 3},
        "customers": {},
    }
    desk.store.edit(name="abuse-desk", new_name="abuse-eu", **changed[difference])
    if difference == "customers":
        desk.store.append(user="initech", name="abuse-eu")
    load()

    assert attributes(page(ana, former), "data-renamed") == []


def test_two_that_could_be_it_are_none(desk, load, ana):
    former = MonitorRecord.objects.named("billing-watch")
    desk.store.edit(name="billing-watch", new_name="one")
    desk.store.create(name="two", email="billing@northmail.example", frequency=1000)
    load()

    assert attributes(page(ana, former), "data-renamed") == []


def test_a_rename_of_ours_is_not_asked_about(desk, load, ana):
    record = MonitorRecord.objects.named("billing-watch")
    ana.post(f"/records/{record.pk}/edit/", {"name": "billing-watch", "new_name": "billing-eu"})
    load()

    assert attributes(page(ana, record), "data-renamed") == []


def test_support_sees_it_and_cannot_join(renamed, as_role):
    former, _ = renamed
    client = as_role(Role.SUPPORT)

    assert "Probably renamed" in text(page(client, former))
    assert "Join the histories" not in text(page(client, former))
