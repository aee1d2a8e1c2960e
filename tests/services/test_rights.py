"""Who may do what."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User

from monitors.models import Right, Role
from monitors.models.role import GRANTS
from monitors.services import rights
from monitors.services.errors import Denied

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role)
def test_a_role_has_the_rights_of_its_row_and_no_others(person, role):
    user = person(role)

    assert rights.roles(user) == (role,)
    assert {right for right in Right if rights.may(user, right)} == GRANTS[role]


def test_a_superuser_without_any_group_is_an_administrator():
    user = User.objects.create(username="root", is_superuser=True)

    assert rights.roles(user) == (Role.ADMINISTRATORS,)
    assert all(rights.may(user, right) for right in Right)


def test_an_administrator_need_not_be_a_superuser(person):
    assert rights.may(person(Role.ADMINISTRATORS), Right.GOVERN)


def test_two_roles_add_up_and_are_named_the_most_powerful_first(person):
    user = person(Role.SUPPORT)
    user.groups.add(Group.objects.get(name=Role.AUDITORS))

    assert rights.roles(user) == (Role.SUPPORT, Role.AUDITORS)
    assert rights.may(user, Right.ATTACH)
    assert rights.may(user, Right.AUDIT)
    assert not rights.may(user, Right.MANAGE)


@pytest.mark.parametrize("columns", [{"is_active": False, "is_superuser": True}, {"is_active": True}])
def test_somebody_inactive_or_without_a_group_may_not_even_look(columns):
    user = User.objects.create(username="former", **columns)

    assert rights.roles(user) == ()
    assert not rights.may(user, Right.LOOK)


def test_nobody_may_do_nothing():
    assert rights.roles(AnonymousUser()) == ()


def test_a_group_that_is_not_a_role_gives_nothing():
    user = User.objects.create(username="ana")
    user.groups.add(Group.objects.create(name="Football"))

    assert rights.roles(user) == ()


def test_roles_are_read_once_a_request(person, django_assert_num_queries):
    user = person(Role.SUPPORT)

    with django_assert_num_queries(1):
        rights.may(user, Right.LOOK)
        rights.demand(user, Right.ATTACH)


def test_a_missing_right_names_the_roles_that_have_it(person):
    with pytest.raises(Denied, match="Only account managers and administrators") as denied:
        rights.demand(person(Role.AUDITORS), Right.MANAGE)

    assert denied.value.right is Right.MANAGE
    assert denied.value.roles == (Role.ACCOUNT_MANAGERS, Role.ADMINISTRATORS)
