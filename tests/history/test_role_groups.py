"""A right comes from a role's key; the groups of the four roles stay what they are, whoever asks and however."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from monitors.models import Right, Role, RoleGroup
from monitors.services import rights

pytestmark = pytest.mark.django_db
ROLES = {role.key: role.value for role in Role}


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def refuses(act):
    with pytest.raises(DatabaseError, match="never renamed or removed"), transaction.atomic():
        act()
    assert dict(RoleGroup.objects.values_list("key", "group__name")) == ROLES


def support():
    return Group.objects.get(name=Role.SUPPORT)


def test_each_role_has_its_group():
    assert dict(RoleGroup.objects.values_list("key", "group__name")) == ROLES
    assert {row.role for row in RoleGroup.objects.all()} == set(Role)


def test_the_orm_neither_renames_nor_removes_them():
    group = support()
    group.name = "Administrators of all"

    refuses(group.save)
    refuses(lambda: Group.objects.update(name="x"))
    with pytest.raises(ProtectedError):
        support().delete()
    refuses(lambda: RoleGroup.objects.filter(key="support").update(group=Group.objects.create(name="mine")))
    refuses(RoleGroup.objects.all().delete)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE auth_group SET name = 'x' WHERE name = 'Support'",
        "UPDATE auth_group SET id = 99 WHERE name = 'Support'",
        "DELETE FROM auth_group WHERE name = 'Support'",
        "UPDATE monitors_rolegroup SET key = 'support' WHERE key = 'administrators'",
        "DELETE FROM monitors_rolegroup",
    ],
)
def test_plain_sql_neither_renames_nor_removes_them(sql):
    refuses(lambda: execute(sql))


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite can replace a row by inserting")
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT OR REPLACE INTO auth_group (id, name) SELECT id, 'x' FROM auth_group WHERE name = 'Support'",
        "INSERT OR REPLACE INTO auth_group (id, name) VALUES (99, 'Support')",
        "INSERT OR REPLACE INTO monitors_rolegroup (key, group_id) SELECT 'support', group_id "
        "FROM monitors_rolegroup WHERE key = 'administrators'",
    ],
)
def test_no_insert_replaces_them(sql):
    refuses(lambda: execute(sql))


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL can empty a table at once")
@pytest.mark.parametrize("table", ["auth_group", "monitors_rolegroup"])
def test_emptying_their_tables_at_once_is_refused(table):
    refuses(lambda: execute(f"TRUNCATE {table} CASCADE"))


def test_other_groups_are_everybodys_own_business():
    group = Group.objects.create(name="Football")

    group.name = "Handball"
    group.save()
    group.delete()

    assert not Group.objects.exclude(name__in=ROLES.values()).exists()


def test_a_name_gives_nobody_a_right(person):
    """Two of the groups renamed into each other by somebody who took the triggers away."""
    sam = person(Role.SUPPORT)
    take_away = {"sqlite": "DROP TRIGGER role_group_keeps_its_name"}
    execute(take_away.get(connection.vendor, "ALTER TABLE auth_group DISABLE TRIGGER USER"))

    Group.objects.filter(name=Role.ADMINISTRATORS).update(name="-")
    Group.objects.filter(name=Role.SUPPORT).update(name=Role.ADMINISTRATORS)

    sam = User.objects.get(pk=sam.pk)
    assert rights.roles(sam) == (Role.SUPPORT,)
    assert not rights.may(sam, Right.GOVERN)
