"""A record that is gone keeps its page, which says how it went."""

import pytest

from monitors.models import Operation
from monitors.services import records
from monitors.services.submission import Submission
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


def test_a_deleted_record_names_who_deleted_it_and_the_operation(ana, desk, record_named):
    record = record_named("billing-watch")
    ana.post(f"/records/{record.pk}/delete/", {"name": "billing-watch"})

    page = ana.get(f"/records/{record.pk}/")

    assert "Deleted just now by Account_Managers (operation). Its history is kept here." in text(page)
    assert f"/operations/{Operation.objects.get().pk}/" in attributes(page, "href")
    assert "Its history shows who was on it." in text(page)


def test_a_record_that_vanished_says_between_which_lists(ana, desk, load, record_named):
    record = record_named("billing-watch")
    desk.store.delete(name="billing-watch")
    load()

    page = text(ana.get(f"/records/{record.pk}/"))

    assert "Disappeared from SendGrid's list between" in page
    assert "outside the desk. Its history is kept here." in page


def test_a_creation_that_no_list_ever_showed_did_not_vanish(ana, desk, load, manager):
    desk.fault("lie", task="create")
    submission = Submission(actor=manager)
    operation = records.create(submission=submission, name="brief", email="a@northmail.example", frequency=5)
    load()

    page = text(ana.get(f"/records/{operation.record_id}/"))

    assert "brief is not in the list between" in page
    assert "vanished" not in page


def test_a_creation_that_no_list_shows_was_undone_outside_or_never_took_effect(ana, desk, load, record_named):
    desk.fault("lie", task="create")
    ana.post("/records/new/", {"name": "n", "email": "n@northmail.example", "frequency": "1"})
    load()

    page = ana.get(f"/records/{record_named('n').pk}/")

    assert (
        "SendGrid said “success” when Account_Managers created it (operation), but the list answered"
        in text(page)
    )
    assert "does not show it: it was removed outside the desk, or it never took effect. Its history" in text(
        page
    )
    assert f"/operations/{Operation.objects.get().pk}/" in attributes(page, "href")


def test_a_gone_record_leads_to_the_living_one_of_the_same_name(ana, desk, load, record_named):
    record = record_named("billing-watch")
    ana.post(f"/records/{record.pk}/delete/", {"name": "billing-watch"})
    load()
    ana.post("/records/new/", {"name": "billing-watch", "email": "n@northmail.example", "frequency": "1"})

    page = ana.get(f"/records/{record.pk}/")

    assert "Another record has the same name now." in text(page)
