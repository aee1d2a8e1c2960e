"""Who somebody is and what they may do: each change is an event with before and after, whoever makes it and how."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from monitors.models import AuditEvent, Role
from monitors.services import people_log
from monitors.wording.events import event_sentence

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana", password="a long enough one", first_name="Ana")


def last() -> AuditEvent:
    return AuditEvent.objects.latest("number")


def group(role: Role) -> Group:
    return Group.objects.get(name=role)


def test_a_role_given_and_taken_in_the_admin_is_told_with_who_did_it(client, ana):
    client.force_login(User.objects.create_superuser("ben", password="another long one"))
    page = f"/admin/auth/user/{ana.pk}/change/"
    form = {
        "username": "ana",
        "first_name": "Ana",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
        "is_active": "on",
        "groups": [group(Role.AUDITORS).pk],
    }

    assert client.post(page, form).status_code == 302
    given = last()
    client.post(page, form | {"groups": []})
    taken = last()

    assert {given.kind, taken.kind} == {"roles_changed"}
    assert given.actor_name == taken.actor_name == "ben"
    assert given.details == {"person": "ana", "before": [], "after": ["Auditors"]}
    assert taken.details == {"person": "ana", "before": ["Auditors"], "after": []}


def test_what_somebody_changes_is_theirs_and_everything_else_is_the_desks(ana, person):
    ben = person(Role.ADMINISTRATORS)

    with people_log.acting(ben):
        ana.is_staff = True
        ana.save()
    by_ben = last()
    ana.is_staff = False
    ana.save()

    assert (by_ben.actor_id, by_ben.actor_username, by_ben.source) == (ben.pk, "administrators", "web")
    assert (by_ben.actor_roles, by_ben.person_id) == ("Administrators", ana.pk)
    assert (last().actor_id, last().actor_name, last().source) == (None, "Monitor Desk", "command")


def test_whoever_acts_inside_another_ones_block_is_the_inner_one(ana):
    ben = User.objects.create_user("ben")

    with people_log.acting(ana):
        with people_log.acting(ben):
            User.objects.create_user("carl")
        inner = last().actor_id
        User.objects.create_user("dora")

    assert (inner, last().actor_id) == (ben.pk, ana.pk)


# Accounts


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("is_superuser", True, "Changed the account ana: superuser from no to yes"),
        ("is_staff", True, "Changed the account ana: may use the admin from no to yes"),
        ("is_active", False, "Deactivated the account ana"),
        ("username", "anna", "Changed the account anna: username from ana to anna"),
        ("first_name", "Ida", "Changed the account ana: first name from Ana to Ida"),
        ("last_name", "Lund", "Changed the account ana: last name from nothing to Lund"),
        ("email", "a@b.example", "Changed the account ana: e-mail from nothing to a@b.example"),
    ],
)
def test_a_change_of_who_somebody_is_is_an_event_with_before_and_after(ana, column, value, sentence):
    before = getattr(ana, column)

    setattr(ana, column, value)
    ana.save()

    event = last()
    assert (event.kind, event.person_id) == ("person_changed", ana.pk)
    assert event.details == {"person": ana.username, "before": {column: before}, "after": {column: value}}
    assert str(event_sentence(event)) == sentence


def test_a_change_of_anything_else_about_somebody_is_no_event(ana):
    before = AuditEvent.objects.count()

    ana.last_login = ana.date_joined
    ana.save()

    assert AuditEvent.objects.count() == before


def test_nobody_acts_under_a_colleagues_name_unseen(person, ana):
    """Renamed, acted, renamed back: the log names the account, and both changes of its name."""
    ben = person(Role.ADMINISTRATORS, "ben")

    with people_log.acting(ben):
        for name in ("Ana", "Ben"):
            ben.first_name = name
            ben.save()
            ana.email = f"{name}@northmail.example"
            ana.save()

    renamed, acted, renamed_back, _ = list(AuditEvent.objects.order_by("number"))[-4:]
    assert (acted.actor_name, acted.actor_username, acted.actor_id) == ("Ana", "ben", ben.pk)
    assert renamed.details["after"] == {"first_name": "Ana"}
    assert renamed_back.details["before"] == {"first_name": "Ana"}


def test_a_new_person_is_told_with_all_that_they_are_and_may_do():
    root = User.objects.create_superuser("root", password="quite a long one")

    assert last().details == {
        "person": "root",
        "before": {},
        "after": {
            "username": "root",
            "is_active": True,
            "is_staff": True,
            "is_superuser": True,
        }
        | dict.fromkeys(("first_name", "last_name", "email"), ""),
    }
    assert last().person_id == root.pk
    assert str(event_sentence(last())) == "Added the account root, a superuser"


def test_a_new_password_is_an_event_without_either(ana):
    ana.set_password("quite another one")
    ana.save()

    assert last().details == {"person": "ana", "before": {}, "after": {}, "password": "changed"}
    assert str(event_sentence(last())) == "Changed the account ana: password"


def test_whoever_is_removed_is_told_with_the_roles_they_had(ana):
    key = ana.pk
    ana.groups.add(group(Role.SUPPORT))

    ana.delete()

    event = last()
    assert (event.kind, event.person_id, event.details["before"]["roles"]) == (
        "person_removed",
        key,
        ["Support"],
    )


def test_people_that_are_loaded_from_a_file_are_no_events(db, tmp_path):
    file = tmp_path / "people.json"
    file.write_text('[{"model": "auth.user", "pk": 7, "fields": {"username": "eve", "password": "x"}}]')
    before = AuditEvent.objects.count()

    call_command("loaddata", str(file), verbosity=0)

    assert User.objects.filter(username="eve").exists()
    assert AuditEvent.objects.count() == before


def test_an_event_is_written_once_however_often_the_desk_begins_to_watch(ana):
    people_log.watch()
    before = AuditEvent.objects.count()

    ana.is_active = False
    ana.save()
    ana.groups.add(group(Role.SUPPORT))

    kinds = AuditEvent.objects.filter(number__gt=before).order_by("number").values_list("kind", flat=True)
    assert list(kinds) == ["person_changed", "roles_changed"]


# Roles and permissions


def changes(kind="roles_changed"):
    events = AuditEvent.objects.filter(kind=kind).order_by("number")
    return [(event.details["person"], event.details["before"], event.details["after"]) for event in events]


def test_roles_are_named_in_order_and_taking_all_of_them_away_is_told_too(ana):
    support, auditors = group(Role.SUPPORT), group(Role.AUDITORS)

    ana.groups.add(support, auditors)
    ana.groups.remove(support)
    ana.groups.clear()

    assert changes() == [
        ("ana", [], ["Auditors", "Support"]),
        ("ana", ["Auditors", "Support"], ["Auditors"]),
        ("ana", ["Auditors"], []),
    ]
    assert str(event_sentence(last())) == "Roles of ana: none instead of Auditors"


def test_a_role_that_somebody_has_already_is_no_event(ana):
    support = group(Role.SUPPORT)
    ana.groups.add(support)

    ana.groups.add(support)
    ana.groups.set([support])

    assert changes() == [("ana", [], ["Support"])]


def test_roles_of_somebody_who_has_none_cannot_be_taken_away(ana):
    ana.groups.clear()

    assert changes() == []


def test_people_who_are_put_into_a_role_from_its_side_are_each_an_event(ana):
    ben = User.objects.create_user("ben")
    support = group(Role.SUPPORT)

    support.user_set.add(ana, ben)
    support.user_set.remove(ben)
    support.user_set.clear()

    assert sorted(changes()[:2]) == [("ana", [], ["Support"]), ("ben", [], ["Support"])]
    assert changes()[2:] == [("ben", ["Support"], []), ("ana", ["Support"], [])]


def test_permissions_of_a_person_are_events(ana):
    add, view = (Permission.objects.get(codename=name) for name in ("add_user", "view_user"))

    ana.user_permissions.add(add)
    ana.user_permissions.set([view])

    assert changes("permissions_changed") == [
        ("ana", [], ["auth.add_user"]),
        ("ana", ["auth.add_user"], []),
        ("ana", [], ["auth.view_user"]),
    ]
    assert str(event_sentence(last())) == "Permissions of ana: given auth.view_user"


def test_permissions_of_a_group_are_an_event_about_the_group():
    group(Role.SUPPORT).permissions.add(Permission.objects.get(codename="add_user"))

    assert (last().kind, last().person_id) == ("permissions_changed", None)
    assert last().details == {"group": "Support", "before": [], "after": ["auth.add_user"]}
    assert str(event_sentence(last())) == "Permissions of the group Support: given auth.add_user"
