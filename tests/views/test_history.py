"""Timelines and the audit page: one entry an operation, and what nobody here did."""

import pytest

from monitors.models import AuditEvent, Customer, Role
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


def history(response):
    return text(response).partition("History")[2]


def test_a_record_tells_its_story_newest_first_one_entry_an_operation(ana, desk, load, record_named):
    record = record_named("billing-watch")
    ana.post(f"/records/{record.pk}/append/", {"user": "initech", "reason": "TICKET-1"})
    ana.post(f"/records/{record.pk}/edit/", {"new_frequency": "10"})
    load()

    timeline = history(ana.get(f"/records/{record.pk}/"))

    assert timeline.count("initech") == 1
    assert timeline.index("sample from 1 in 1,000 to 1 in 10") < timeline.index(
        "Appended initech to billing-watch"
    )
    assert "TICKET-1" in timeline


def test_what_changed_outside_is_told_between_two_lists(ana, desk, load, record_named):
    desk.store.append(user="initech", name="billing-watch")
    desk.store.edit(name="billing-watch", new_frequency=7, new_email="b@northmail.example")
    load()
    record = record_named("billing-watch")

    page = ana.get(f"/records/{record.pk}/")

    timeline = history(page)
    assert "initech appeared on billing-watch between" in timeline
    assert (
        "mailbox from billing@northmail.example to b@northmail.example, sample from 1 in 1,000 to 1 in 7"
        in timeline
    )
    assert "outside the desk" in timeline
    assert attributes(page, "data-state").count("outside") == 2


def test_what_changed_outside_can_be_made_as_it_was_by_whoever_may_plan(
    ana, as_role, desk, load, record_named
):
    desk.store.append(user="initech", name="billing-watch")
    load()
    page = f"/records/{record_named('billing-watch').pk}/"

    (undo,) = [each for each in attributes(ana.get(page), "action") if each.startswith("/plans/differences/")]

    assert "Detach initech" in text(ana.post(undo, {"next": page}, follow=True))
    assert undo not in attributes(as_role(Role.AUDITORS).get(page), "action")


def test_a_refused_attempt_is_part_of_the_story(ana, desk, record_named):
    record = record_named("billing-watch")
    ana.post(f"/records/{record.pk}/append/", {"user": "nobody-we-know"})

    assert "Append nobody-we-know to billing-watch" in history(ana.get(f"/records/{record.pk}/"))


def test_a_customer_tells_where_it_was_and_why(ana, desk, record_named):
    record = record_named("billing-watch")
    ana.post(f"/records/{record.pk}/append/", {"user": "initech", "reason": "TICKET-1"})
    ana.post(f"/records/{record.pk}/detach/", {"user": "initech", "reason": "over"})

    page = ana.get(f"/customers/{Customer.objects.get(username='initech').pk}/")

    assert attributes(page, "data-empty") == ["none"]
    assert "Past records" in text(page)
    assert "TICKET-1" in text(page)
    assert "over" in text(page)
    assert "Detached initech from billing-watch" in history(page)


def test_a_detach_that_was_none_ended_nothing(ana, desk, load, record_named):
    desk.fault("lie", task="detach")
    ana.post(f"/records/{record_named('abuse-desk').pk}/detach/", {"user": "acme"})
    before = ana.get(f"/customers/{Customer.objects.get(username='acme').pk}/")
    load()

    page = ana.get(f"/customers/{Customer.objects.get(username='acme').pk}/")

    assert "Past records" in text(before)
    assert "Past records" not in text(page)
    assert "abuse-desk 1 in 100 to abuse@northmail.example –in the first list" in text(page)


def test_the_audit_page_says_whose_roles_changed_and_what_a_list_changed(as_role, desk, load, person):
    person(Role.SUPPORT)
    desk.store.edit(name="billing-watch", new_frequency=7)
    load()

    page = text(as_role(Role.AUDITORS).get("/audit/"))

    assert "Roles of support: Support instead of none" in page
    assert "billing-watch changed: sample from 1 in 1,000 to 1 in 7" in page
    assert "Signed in" in page


def test_the_audit_page_lists_every_event_and_pages_by_key(as_role, desk, record_named):
    as_role(Role.ACCOUNT_MANAGERS).post(
        "/records/new/", {"name": "n", "email": "n@northmail.example", "frequency": "1"}
    )
    client = as_role(Role.AUDITORS)
    last = AuditEvent.objects.order_by("-number").first()

    page = client.get("/audit/")

    assert attributes(page, "data-event")[0] == str(last.number)
    assert "Create: call ended" in text(page)
    assert attributes(client.get("/audit/", {"before": last.number}), "data-event")[0] == str(last.number - 1)
    assert attributes(client.get("/audit/", {"before": "1"}), "data-empty") == ["none"]
    assert client.get("/audit/", {"before": "x"}).status_code == 200
    assert client.get("/audit/", {"before": "9" * 30}).status_code == 200
