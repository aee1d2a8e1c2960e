"""Who may do what: membership of the four groups against the table of rights."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from monitors.models.role import GRANTS, Right, Role
from monitors.services.errors import Denied


def roles(user: AbstractBaseUser | AnonymousUser) -> tuple[Role, ...]:
    """A person's roles; a superuser counts as an administrator. Asked once a request."""
    if not isinstance(user, User) or not user.is_active:
        return ()
    cached: tuple[Role, ...] | None = getattr(user, "_desk_roles", None)
    if cached is None:
        names = set(user.groups.values_list("name", flat=True))
        cached = tuple(
            role for role in Role if role in names or (role is Role.ADMINISTRATORS and user.is_superuser)
        )
        user._desk_roles = cached  # type: ignore[attr-defined]
    return cached


def may(user: AbstractBaseUser | AnonymousUser, right: Right) -> bool:
    return any(right in GRANTS[role] for role in roles(user))


def demand(user: AbstractBaseUser | AnonymousUser, right: Right) -> None:
    """Raise Denied without the right."""
    if not may(user, right):
        raise Denied(right)
