"""The four roles and what each may do: the table of rights, in one place."""

from enum import StrEnum

from django.contrib.auth.models import Group
from django.db import models


class Role(StrEnum):
    """The value is what people call it, and its group's name."""

    ADMINISTRATORS = "Administrators"
    ACCOUNT_MANAGERS = "Account managers"
    SUPPORT = "Support"
    AUDITORS = "Auditors"

    @property
    def key(self) -> str:
        """`account-managers`: how the environment and the database name it, whatever its group is called."""
        return self.name.lower().replace("_", "-")


BY_KEY = {role.key: role for role in Role}


class RoleGroup(models.Model):
    """The group that stands for a role. Whoever is in it has the role, by the key and never by the group's name.

    Triggers refuse to change or remove such a row, and to rename or remove its group (migration 0044).
    """

    key = models.CharField(max_length=20, primary_key=True)
    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="desk_role")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(key__in=sorted(BY_KEY)), name="role_group_of_a_role")
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.group}"

    @property
    def role(self) -> Role:
        return BY_KEY[self.key]


class Right(StrEnum):
    """One column of the table of rights."""

    LOOK = "look"
    ATTACH = "attach"  # append and detach
    PLAN = "plan"  # many appends and detaches at once; how many is a setting
    MANAGE = "manage"  # create, edit and delete
    AUDIT = "audit"  # the audit log, export, any date
    GOVERN = "govern"  # accept a held list, people


GRANTS: dict[Role, frozenset[Right]] = {
    Role.AUDITORS: frozenset({Right.LOOK, Right.AUDIT}),
    Role.SUPPORT: frozenset({Right.LOOK, Right.ATTACH, Right.PLAN}),
    Role.ACCOUNT_MANAGERS: frozenset({Right.LOOK, Right.ATTACH, Right.PLAN, Right.MANAGE}),
    Role.ADMINISTRATORS: frozenset(Right),
}


def holders(right: Right) -> tuple[Role, ...]:
    """The roles that have a right, the smallest first."""
    return tuple(role for role, rights in GRANTS.items() if right in rights)
