"""Who may do what: membership of the groups of the four roles against the table of rights."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.db.models import F, QuerySet

from monitors.models import prepared
from monitors.models.role import GRANTS, Right, Role
from monitors.services.errors import Denied

Somebody = AbstractBaseUser | AnonymousUser | None


def roles(user: Somebody) -> tuple[Role, ...]:
    """A person's roles; a superuser counts as an administrator. Asked once a request."""
    if not isinstance(user, User) or not user.is_active:
        return ()
    cached: tuple[Role, ...] | None = getattr(user, "_desk_roles", None)
    if cached is None:
        cached = remember_roles(user, prepared.by_key("roles", _keys, user.pk))
    return cached


def _keys(user_id: int) -> QuerySet[Any, str | None]:
    return Group.objects.filter(user=user_id).values_list("desk_role__key", flat=True)


def remember_roles(user: User, keys: Iterable[str | None]) -> tuple[Role, ...]:
    """Keep a person's roles for this request, given the key of each of their groups (None: not of a role)."""
    own = set(keys)
    cached = tuple(
        role for role in Role if role.key in own or (role is Role.ADMINISTRATORS and user.is_superuser)
    )
    user._desk_roles = cached  # type: ignore[attr-defined]
    return cached


def may(user: Somebody, right: Right) -> bool:
    return any(right in GRANTS[role] for role in roles(user))


def by_name(user: Somebody) -> dict[str, bool]:
    """Whether they may, for each right by its name."""
    return {right.value: may(user, right) for right in Right}


def demand(user: Somebody, right: Right) -> None:
    """Raise Denied without the right."""
    if not may(user, right):
        raise Denied(right)


class PeopleBackend(ModelBackend):
    """Django's own, which reads who is signed in together with their groups, by one query."""

    def get_user(self, user_id: Any) -> User | None:
        rows: list[User] = prepared.by_key("person with groups", _with_groups, user_id)
        if not rows or not self.user_can_authenticate(rows[0]):
            return None
        remember_roles(rows[0], (row.role_key for row in rows))  # type: ignore[attr-defined]
        return rows[0]


def _with_groups(user_id: int) -> QuerySet[Any]:
    return User.objects.filter(pk=user_id).annotate(role_key=F("groups__desk_role__key"))
