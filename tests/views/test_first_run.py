"""A new desk shows its administrator what is missing, each looked at now, as the deployment check says it."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from monitors.checks import IDS
from monitors.models import Mirror, Role
from monitors.views.home import landing
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(as_role):
    return as_role(Role.ADMINISTRATORS)


def complete(settings, person):
    person(Role.SUPPORT)
    settings.MONITOR_EMAIL_DOMAINS = ["northmail.example"]
    now = timezone.now()
    Mirror.objects.update(asked_at=now, worker_seen_at=now)


def steps(page):
    return dict(zip(attributes(page, "data-step"), attributes(page, "data-done"), strict=True))


def warnings():
    found = run_checks(include_deployment_checks=True, databases=["default"])
    return {message.id for message in found if message.id in IDS.values()}


def test_a_new_desk_has_everything_to_do(administrator, person):
    page = administrator.get("/home/")

    assert steps(page) == dict.fromkeys(("credentials", "domains", "people", "worker", "list"), "no")
    assert "0 of 5 done" in text(page)
    assert "Load the list now" in text(page)
    assert landing(person(Role.ADMINISTRATORS)) == "/home/"


def test_once_all_is_done_the_list_is_gone(administrator, settings, person):
    complete(settings, person)

    page = administrator.get("/home/")

    assert steps(page) == {}
    assert attributes(page, "data-empty") == ["calm"]
    assert landing(person(Role.ADMINISTRATORS)) == "/"


BROKEN = {
    "domains": lambda settings: setattr(settings, "MONITOR_EMAIL_DOMAINS", []),
    "credentials": lambda _: Mirror.objects.update(
        failing_since=timezone.now(), failure_kind="credentials", failure="no"
    ),
    "worker": lambda _: Mirror.objects.update(worker_seen_at=timezone.now() - timedelta(minutes=5)),
}


@pytest.mark.parametrize("key", BROKEN)
def test_page_and_deployment_check_tell_the_same(administrator, settings, person, key):
    complete(settings, person)
    assert warnings() == set()
    BROKEN[key](settings)

    page = steps(administrator.get("/home/"))

    assert [step for step, done in page.items() if done == "no"] == [key]
    assert warnings() == {IDS[key]}


def test_without_a_list_neither_it_nor_the_credentials_are_proven(administrator, settings, person):
    complete(settings, person)
    Mirror.objects.update(asked_at=None)

    page = steps(administrator.get("/home/"))

    assert {step for step, done in page.items() if done == "no"} == {"credentials", "list"}
    assert warnings() == {IDS["credentials"], IDS["list"]}


def test_people_are_done_with_the_second_one_who_has_a_role(
    administrator, settings, person, django_user_model
):
    settings.MONITOR_EMAIL_DOMAINS = ["northmail.example"]
    Mirror.objects.update(asked_at=timezone.now(), worker_seen_at=timezone.now())
    django_user_model.objects.create_user("without-a-role")
    assert steps(administrator.get("/home/"))["people"] == "no"

    person(Role.AUDITORS)

    assert steps(administrator.get("/home/")) == {}


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATORS])
def test_nobody_else_meets_it(as_role, role):
    assert steps(as_role(role).get("/home/")) == {}


def test_without_a_database_named_the_check_leaves_it_alone(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        run_checks(include_deployment_checks=True)
