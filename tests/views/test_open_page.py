"""A page that stays open: chip and banners come and go together, and it hears of a new list."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from monitors.models import Mirror, Refresh
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_page(ana):
    """Somebody opens the customers page; open_page() asks once more, as the chip on it does."""
    Mirror.objects.update(asked_at=ago(30), worker_seen_at=timezone.now())
    page = ana.get("/customers/")

    def ask():
        return ana.get(address(page), headers={"HX-Request": "true"})

    return ask


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)


def address(response):
    """Where the chip asks after itself."""
    return next(url for url in attributes(response, "hx-get") if "part=frame" in url)


def period(response):
    return next(trigger.split(",")[0] for trigger in attributes(response, "hx-trigger") if "seen" in trigger)


def events(response):
    return set(json.loads(response.headers.get("HX-Trigger", "{}")))


def test_where_nothing_has_changed_nothing_is_put_in_its_place(open_page):
    assert open_page().status_code == 204


def test_a_banner_comes_with_the_chip(open_page):
    Mirror.objects.update(failing_since=timezone.now(), failure_kind="silent")

    answer = open_page()

    assert attributes(answer, "data-freshness") == ["failing"]
    assert attributes(answer, "data-banner") == ["failing"]
    assert attributes(answer, "hx-swap-oob") == ["true", "true"]  # the banners, and how much needs somebody


def test_a_banner_goes_with_the_chip(ana):
    Mirror.objects.update(asked_at=ago(30), failing_since=ago(20), worker_seen_at=timezone.now())
    failing = ana.get("/customers/")
    Mirror.objects.update(asked_at=ago(1), failing_since=None)

    answer = ana.get(address(failing))

    assert attributes(failing, "data-banner") == ["failing"]
    assert attributes(answer, "data-freshness") == ["fresh"]
    assert attributes(answer, "data-banner") == []
    assert attributes(answer, "id") == ["freshness", "banners", "needing"]


@pytest.mark.parametrize(("outcome", "is_told"), [("applied", True), ("unchanged", False)])
def test_the_page_is_told_of_a_list_that_changed_something(open_page, outcome, is_told):
    new = Refresh.objects.create(asked_at=ago(2), finished_at=ago(1), outcome=outcome)
    Mirror.objects.update(asked_at=new.asked_at)

    assert events(open_page()) == ({"framed", "listed"} if is_told else {"framed"})


def test_a_page_without_a_list_is_loaded_anew_when_the_first_one_came(ana, db):
    never = ana.get("/")
    Mirror.objects.update(asked_at=timezone.now())

    answer = ana.get(address(never))

    assert answer.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-13-45T00:00:00Z", "2026-01-01T00:00:00"])
def test_an_odd_question_is_no_error(ana, db, moment):
    Mirror.objects.update(asked_at=timezone.now())

    assert ana.get("/upstream/", {"part": "frame", "list": moment}).status_code == 200


def test_an_open_page_looks_seldom_and_often_while_a_list_is_fetched(ana, db):
    Mirror.objects.update(asked_at=ago(1), worker_seen_at=timezone.now())
    calm = ana.get("/customers/")

    Mirror.objects.update(lease_holder="x", lease_until=timezone.now() + timedelta(seconds=15))
    busy = ana.get(address(calm))

    assert period(calm) == "every 15s"
    assert period(busy) == "every 2s"


def test_who_asked_for_a_list_is_told_until_it_has_come(ana, db):
    HUEY.flush()
    Mirror.objects.update(asked_at=ago(30), worker_seen_at=timezone.now())

    waiting = ana.post("/refresh/", {"next": "/customers/"}, follow=True)
    Refresh.objects.create(asked_at=timezone.now(), finished_at=timezone.now(), outcome="failed")
    done = ana.get(address(waiting))

    assert attributes(waiting, "data-banner") == ["asked"]
    assert "This page shows it as soon as it arrives." in text(waiting)
    assert period(waiting) == "every 2s"
    assert attributes(done, "data-banner") == []
    assert attributes(ana.get("/"), "data-banner") == []


def test_nobody_waits_for_ever(ana, db):
    Mirror.objects.update(asked_at=ago(30), worker_seen_at=timezone.now())
    session = ana.session
    session["asked_at"] = ago(600).isoformat()
    session.save()

    assert attributes(ana.get("/"), "data-banner") == []


def test_others_are_not_told_of_what_one_asked_for(ana, as_role):
    from monitors.models import Role

    Mirror.objects.update(asked_at=ago(30), worker_seen_at=timezone.now())
    ana.post("/refresh/")

    assert attributes(as_role(Role.SUPPORT).get("/"), "data-banner") == []
