"""The four groups and what each may do: the table of rights, in one place."""

from enum import StrEnum


class Role(StrEnum):
    """The value is the group's name."""

    ADMINISTRATORS = "Administrators"
    ACCOUNT_MANAGERS = "Account managers"
    SUPPORT = "Support"
    AUDITORS = "Auditors"


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
