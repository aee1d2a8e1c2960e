"""Coming, going and failing to come in are audit events."""

import pytest
from django.contrib.auth.models import Group, User

from monitors.models import AuditEvent, Role
from monitors.services import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana", password="a long enough one", first_name="Ana")


def kinds() -> list[str]:
    return list(AuditEvent.objects.order_by("number").values_list("kind", flat=True))


def last() -> AuditEvent:
    return AuditEvent.objects.latest("number")


def test_signing_in_and_out_are_events(client, ana):
    client.post("/accounts/login/", {"username": "ana", "password": "a long enough one"})
    client.post("/accounts/logout/")

    assert kinds()[-2:] == ["sign_in", "sign_out"]
    assert last().actor_name == "Ana"


def test_a_sign_in_says_who_with_which_roles(client, ana):
    ana.groups.add(Group.objects.get(name=Role.SUPPORT))

    client.post("/accounts/login/", {"username": "ana", "password": "a long enough one"})

    assert (last().kind, last().source) == ("sign_in", "web")
    assert (last().actor_id, last().actor_name, last().actor_roles) == (ana.pk, "Ana", "Support")


def test_nobody_signing_out_is_no_event(client, db):
    client.post("/accounts/logout/")

    assert "sign_out" not in kinds()


def test_an_event_is_written_once_however_often_the_desk_begins_to_watch(client, ana):
    people.watch()

    client.force_login(ana)

    assert kinds()[-2:] == ["person_added", "sign_in"]
