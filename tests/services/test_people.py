"""Coming, going, failing to come in, and changes of who may do what are audit events."""

import pytest
from django.contrib.auth.models import Group, User

from monitors.models import AuditEvent, Role

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


def test_a_failed_sign_in_keeps_a_known_name_and_never_what_else_was_typed(client, ana):
    client.post("/accounts/login/", {"username": "ana", "password": "wrong"})
    assert (last().kind, last().actor_name) == ("sign_in_failed", "ana")

    client.post("/accounts/login/", {"username": "a long enough one", "password": "x"})
    assert last().actor_name == "somebody unknown"
    assert "wrong" not in str(last().details)


def test_a_role_given_and_taken_is_told_with_who_did_it(client, ana):
    ben = User.objects.create_superuser("ben", password="another long one")
    client.force_login(ben)
    auditors = Group.objects.get(name=Role.AUDITORS)
    page = f"/admin/auth/user/{ana.pk}/change/"
    form = {
        "username": "ana",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
        "is_active": "on",
        "groups": [auditors.pk],
    }

    assert client.post(page, form).status_code == 302
    given = AuditEvent.objects.filter(kind="roles_changed").latest("number")
    client.post(page, form | {"groups": []})
    taken = AuditEvent.objects.filter(kind="roles_changed").latest("number")

    assert given.actor_name == taken.actor_name == "ben"
    assert given.details == {"person": "ana", "change": "add", "roles": [Role.AUDITORS]}
    assert taken.details["change"] in ("remove", "clear")


def test_a_new_or_removed_person_and_a_new_password_are_events(ana):
    assert last().kind == "person_added"

    ana.set_password("quite another one")
    ana.save()
    assert last().details == {"person": "ana", "changed": {"password": "changed"}}

    ana.delete()
    assert (last().kind, last().details) == ("person_removed", {"person": "ana"})
