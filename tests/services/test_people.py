"""Coming, going, failing to come in, and changes of who may do what are audit events."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command

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


# Who did it


def test_what_somebody_changes_is_theirs_and_everything_else_is_the_desks(ana):
    ben = User.objects.create_user("ben", first_name="Ben")
    ben.groups.add(Group.objects.get(name=Role.ADMINISTRATORS))

    with people.acting(User.objects.get(username="ben")):
        ana.is_staff = True
        ana.save()
    by_ben = last()
    ana.is_staff = False
    ana.save()

    assert (by_ben.actor_id, by_ben.actor_name, by_ben.source) == (ben.pk, "Ben", "web")
    assert by_ben.actor_roles == "Administrators"
    assert by_ben.details == {"person": "ana", "changed": {"is_staff": True}}
    assert (last().actor_id, last().actor_name, last().source) == (None, "Monitor Desk", "command")


def test_whoever_acts_inside_another_ones_block_is_the_inner_one(ana):
    ben = User.objects.create_user("ben")

    with people.acting(ana):
        with people.acting(ben):
            User.objects.create_user("carl")
        inner = last().actor_id
        User.objects.create_user("dora")

    assert (inner, last().actor_id) == (ben.pk, ana.pk)


# Signing in and out


def test_a_sign_in_says_who_with_which_roles(client, ana):
    ana.groups.add(Group.objects.get(name=Role.SUPPORT))

    client.post("/accounts/login/", {"username": "ana", "password": "a long enough one"})

    assert (last().kind, last().source) == ("sign_in", "web")
    assert (last().actor_id, last().actor_name, last().actor_roles) == (ana.pk, "Ana", "Support")


def test_nobody_signing_out_is_no_event(client, db):
    client.post("/accounts/logout/")

    assert "sign_out" not in kinds()


def test_a_failed_sign_in_is_nobodys(client, ana):
    client.post("/accounts/login/", {"username": "ana", "password": "wrong"})

    assert (last().actor_id, last().source, last().details) == (None, "web", {})


def test_an_event_is_written_once_however_often_the_desk_begins_to_watch(client, ana):
    people.watch()
    before = AuditEvent.objects.count()

    ana.is_active = False
    ana.save()
    ana.groups.add(Group.objects.get(name=Role.SUPPORT))

    assert kinds()[before:] == ["person_changed", "roles_changed"]


# People


@pytest.mark.parametrize(
    ("column", "value"),
    [("is_superuser", True), ("is_staff", True), ("is_active", False), ("username", "anna")],
)
def test_a_change_of_what_somebody_may_do_or_is_called_is_an_event(ana, column, value):
    setattr(ana, column, value)
    ana.save()

    assert last().kind == "person_changed"
    assert last().details == {"person": ana.username, "changed": {column: value}}


def test_a_change_of_anything_else_about_somebody_is_no_event(ana):
    before = AuditEvent.objects.count()

    ana.first_name = "Anna"
    ana.save()

    assert AuditEvent.objects.count() == before


def test_a_new_person_is_told_with_all_that_they_may_do(db):
    User.objects.create_superuser("root", password="quite a long one")

    assert last().details == {
        "person": "root",
        "changed": {"is_superuser": True, "is_staff": True, "is_active": True, "username": "root"},
    }


def test_people_that_are_loaded_from_a_file_are_no_events(db, tmp_path):
    file = tmp_path / "people.json"
    file.write_text('[{"model": "auth.user", "pk": 7, "fields": {"username": "eve", "password": "x"}}]')
    before = AuditEvent.objects.count()

    call_command("loaddata", str(file), verbosity=0)

    assert User.objects.filter(username="eve").exists()
    assert AuditEvent.objects.count() == before


# Roles


def roles_changed():
    events = AuditEvent.objects.filter(kind="roles_changed").order_by("number")
    return [(event.details["person"], event.details["change"], event.details["roles"]) for event in events]


def test_roles_are_named_in_order_and_taking_all_of_them_away_is_told_too(ana):
    groups = [Group.objects.get(name=role) for role in (Role.SUPPORT, Role.AUDITORS)]

    ana.groups.add(*groups)
    ana.groups.remove(groups[0])
    ana.groups.clear()

    assert roles_changed() == [
        ("ana", "add", ["Auditors", "Support"]),
        ("ana", "remove", ["Support"]),
        ("ana", "clear", ["Auditors"]),
    ]


def test_a_role_that_somebody_has_already_is_no_event(ana):
    support = Group.objects.get(name=Role.SUPPORT)
    ana.groups.add(support)

    ana.groups.add(support)
    ana.groups.set([support])

    assert roles_changed() == [("ana", "add", ["Support"])]


def test_roles_of_somebody_who_has_none_cannot_be_taken_away(ana):
    ana.groups.clear()

    assert roles_changed() == []


def test_people_who_are_put_into_a_role_from_its_side_are_each_an_event(ana):
    ben = User.objects.create_user("ben")
    support = Group.objects.get(name=Role.SUPPORT)

    support.user_set.add(ana, ben)
    support.user_set.remove(ben)
    support.user_set.clear()

    assert sorted(roles_changed()[:2]) == [("ana", "add", ["Support"]), ("ben", "add", ["Support"])]
    assert roles_changed()[2:] == [("ben", "remove", ["Support"]), ("ana", "clear", ["Support"])]
