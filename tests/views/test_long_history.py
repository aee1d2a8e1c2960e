"""All of a record's or customer's history, page by page, each operation once."""

import pytest

from monitors.models import Customer, MonitorRecord, Refresh, Role
from monitors.selectors import history
from monitors.services import attachments, records
from monitors.services.log import audit
from monitors.services.submission import Submission
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(desk):
    return MonitorRecord.objects.get(name="billing-watch")


def outside(count, **columns):
    details = {
        "change": "edited",
        "before": {},
        "after": {},
        "window": {"after": None, "at": "2026-03-03T00:00:00+00:00"},
    }
    audit.write_all(
        [audit.Event(kind="list.difference", source="outside", details=details, **columns)] * count
    )


def pages(path, client):
    """The pages of a timeline, from the newest to where it begins."""
    responses = [client.get(path)]
    while older := [href for href in attributes(responses[-1], "href") if "before=" in href]:
        responses.append(client.get(path + older[0]))
    return responses


def test_a_long_timeline_has_pages_and_shows_each_thing_once(ana, record, manager, load):
    attachments.append(submission=Submission(actor=manager), record=record, user="initech")
    outside(150, record_id=record.pk, record_name=record.name)
    attachments.append(submission=Submission(actor=manager), record=record, user="umbrella")
    outside(80, record_id=record.pk, record_name=record.name)
    load()

    all_pages = pages(f"/records/{record.pk}/history/", ana)

    assert len(all_pages) == 3
    events = [number for page in all_pages for number in attributes(page, "data-event")]
    operations = [uuid for page in all_pages for uuid in attributes(page, "data-operation")]
    assert len(events) == len(set(events)) == 230
    assert len([uuid for uuid in operations if uuid]) == len(set(operations)) == 2
    assert "First seen by the desk" not in text(all_pages[0])
    assert "First seen by the desk" in text(all_pages[-1])


def test_an_operation_with_many_events_is_one_entry_where_it_began(ana, record, manager):
    """A deletion explains the end of each attachment: none of these stands for it."""
    outside(120, record_id=record.pk, record_name=record.name)
    operation = attachments.append(submission=Submission(actor=manager), record=record, user="initech")
    outside(300, record_id=record.pk, record_name=record.name, operation_id=operation.pk)
    outside(20, record_id=record.pk, record_name=record.name)

    first, second = pages(f"/records/{record.pk}/history/", ana)

    entries = [attributes(page, "data-event") for page in (first, second)]
    uuids = [set(attributes(page, "data-operation")) - {""} for page in (first, second)]
    assert uuids == [{str(operation.pk)}, set()]
    assert (len(entries[0]), len(set(entries[0] + entries[1]))) == (99, 140)


def test_the_page_of_a_record_leads_to_all_of_its_history_once_it_is_long(ana, record):
    path = f"/records/{record.pk}/"
    assert f"{path}history/" not in attributes(ana.get(path), "href")

    outside(40, record_id=record.pk, record_name=record.name)

    assert f"{path}history/" in attributes(ana.get(path), "href")


def test_a_customers_history_has_pages_too(ana, desk):
    acme = Customer.objects.get(username="acme")
    outside(120, customer_id=acme.pk, username="acme")

    all_pages = pages(f"/customers/{acme.pk}/history/", ana)

    assert [len(attributes(page, "data-event")) for page in all_pages] == [100, 20]


def test_a_detach_from_every_record_is_part_of_each_records_timeline(ana, record, manager, load, desk):
    attachments.append(submission=Submission(actor=manager), record=record, user="initech")
    operation = attachments.detach(
        submission=Submission(actor=manager, reason="over"), record=None, user="initech"
    )
    load()

    timeline = history.of_record(record)

    assert next(entry.operation for entry in timeline.entries if entry.operation) == operation
    assert "Detached initech from every record" in text(ana.get(f"/records/{record.pk}/"))
    assert not [
        entry
        for entry in history.of_record(MonitorRecord.objects.get(name="abuse-desk")).entries
        if entry.operation
    ]


def test_a_created_record_begins_its_timeline_with_its_creation(ana, desk, manager):
    created = records.create(
        submission=Submission(actor=manager), name="new", email="n@northmail.example", frequency=5
    )

    assert [entry.operation for entry in history.of_record(created.record).entries] == [created]


def test_what_a_list_revealed_leads_to_that_list(ana, desk, load, record):
    desk.store.append(user="initech", name="billing-watch")
    load()

    page = ana.get(f"/records/{record.pk}/history/")

    assert "outside the desk · seen in a list" in text(page)
    assert f"/upstream/lists/{Refresh.objects.latest('pk').pk}/" in attributes(page, "href")


def test_a_refusal_keeps_the_upstreams_words_in_sight(ana, record, manager):
    attachments.append(submission=Submission(actor=manager), record=record, user="nobody-we-know")

    assert "SendGrid said “" in text(ana.get(f"/records/{record.pk}/history/"))


def test_only_those_who_may_see_the_log_are_led_to_it(as_role, record):
    path = f"/records/{record.pk}/history/"

    assert f"/audit/?record=%23{record.pk}" in attributes(as_role(Role.AUDITORS).get(path), "href")
    assert not [
        href for href in attributes(as_role(Role.SUPPORT).get(path), "href") if href.startswith("/audit/")
    ]


@pytest.mark.parametrize("before", ["x", "0", "9" * 30])
def test_an_invalid_key_is_no_error(ana, record, before):
    assert ana.get(f"/records/{record.pk}/history/", {"before": before}).status_code == 200
