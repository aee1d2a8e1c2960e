"""A record is duplicated: the form filled in, and its customers by a plan that is seen first."""

import pytest

from monitors.models import SENT_EFFECTS, ChangeKind, MonitorRecord, Plan
from tests.views.pages import attributes, text, value_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(desk, record_named):
    return record_named("abuse-desk")


def path(record):
    return f"/records/new/?from={record.pk}"


def test_the_form_is_filled_in_from_the_record(ana, record):
    assert path(record) in attributes(ana.get(f"/records/{record.pk}/"), "href")
    page = ana.get(path(record))

    assert value_of(page, "name") == "abuse-desk copy"
    assert value_of(page, "email") == "abuse@northmail.example"
    assert value_of(page, "frequency") == "100"
    assert "Append its 2 customers too" in text(page)


def test_alone_it_is_an_ordinary_creation(ana, record):
    ana.post(path(record), {"name": "second", "email": "a@northmail.example", "frequency": "5"})

    assert MonitorRecord.objects.get(name="second").customer_count == 0
    assert not Plan.objects.exists()


def test_with_its_customers_it_is_a_plan_that_sends_nothing_yet(ana, record):
    values = {"name": "second", "email": "a@northmail.example", "frequency": "5", "with_customers": "on"}
    page = ana.post(path(record), values, follow=True)

    plan = Plan.objects.get()
    changes = [(change.kind, change.username, change.effect) for change in plan.changes.order_by("number")]
    assert changes[0][:2] == (ChangeKind.CREATE, "")
    assert [change[1] for change in changes[1:]] == ["acme", "globex"]
    assert {kind for kind, *_ in changes[1:]} == {ChangeKind.APPEND}  # they stay where they are too
    assert {effect for *_, effect in changes} <= set(SENT_EFFECTS)
    assert not MonitorRecord.objects.filter(name="second").exists()
    assert "second" in text(page)


def test_what_the_plan_refuses_is_said_in_the_form(ana, record, settings):
    settings.PLAN_LIMITS = {"Account managers": 2}
    values = {"name": "second", "email": "a@northmail.example", "frequency": "5", "with_customers": "on"}

    assert "Your role may put 2 changes into one plan, and these are 3." in text(
        ana.post(path(record), values)
    )


@pytest.mark.parametrize("key", ["x", "999999", "9" * 30])
def test_of_no_record_it_is_an_empty_form(ana, record, key):
    page = ana.get(f"/records/new/?from={key}")

    assert value_of(page, "name") == ""
    assert "New record" in text(page)


def test_a_very_long_name_leaves_room_for_the_word(ana, record):
    MonitorRecord.objects.filter(pk=record.pk).update(name="n" * 255)

    assert value_of(ana.get(path(record)), "name") == "n" * 250 + " copy"
