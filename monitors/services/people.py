"""Sign-ins, accounts and roles: Django's own signals become audit events."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from monitors.models import Kind
from monitors.services.log import audit

_WATCHED = ("is_superuser", "is_staff", "is_active", "username")
_acting: ContextVar[User | None] = ContextVar("acting", default=None)


@contextmanager
def acting(user: User | None) -> Iterator[None]:
    """Changes of people and roles within the block are recorded as made by `user`."""
    token = _acting.set(user)
    try:
        yield
    finally:
        _acting.reset(token)


def watch() -> None:
    """Called once, when the application is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="desk-signed-in")
    user_logged_out.connect(_signed_out, dispatch_uid="desk-signed-out")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="desk-sign-in-failed")
    m2m_changed.connect(_roles_changed, sender=User.groups.through, dispatch_uid="desk-roles")
    pre_save.connect(_remember, sender=get_user_model(), dispatch_uid="desk-person-before")
    post_save.connect(_person_changed, sender=get_user_model(), dispatch_uid="desk-person-after")
    post_delete.connect(_person_removed, sender=get_user_model(), dispatch_uid="desk-person-gone")


def _signed_in(user: User, **_: Any) -> None:
    audit.write(audit.Event(kind=Kind.SIGN_IN, source="web", **audit.by(user)))


def _signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        audit.write(audit.Event(kind=Kind.SIGN_OUT, source="web", **audit.by(user)))


def _sign_in_failed(credentials: dict[str, Any], **_: Any) -> None:
    # What was typed as a name may be a password in the wrong field, so only known names are recorded.
    typed = str(credentials.get("username", ""))[:150]
    known = get_user_model().objects.filter(username=typed).exists()
    audit.write(
        audit.Event(kind=Kind.SIGN_IN_FAILED, source="web", actor_name=typed if known else "somebody unknown")
    )


def _roles_changed(
    instance: User | Group, action: str, pk_set: set[int] | None, reverse: bool, **_: Any
) -> None:
    if action not in ("post_add", "post_remove", "pre_clear"):
        return
    for person, roles in _memberships(instance, pk_set, reverse=reverse):
        details = {"person": person.get_username(), "change": action.partition("_")[2], "roles": roles}
        _write(Kind.ROLES_CHANGED, details)


def _memberships(
    instance: User | Group, pks: set[int] | None, *, reverse: bool
) -> list[tuple[User, list[str]]]:
    if reverse:
        assert isinstance(instance, Group)
        people = instance.user_set.all() if pks is None else User.objects.filter(pk__in=pks)
        return [(person, [instance.name]) for person in people]
    assert isinstance(instance, User)
    groups = instance.groups.all() if pks is None else Group.objects.filter(pk__in=pks)
    names = sorted(groups.values_list("name", flat=True))
    return [(instance, names)] if names else []


def _remember(instance: User, **_: Any) -> None:
    before = (
        User.objects.filter(pk=instance.pk).values(*_WATCHED, "password").first() if instance.pk else None
    )
    instance._desk_before = before  # type: ignore[attr-defined]


def _person_changed(instance: User, created: bool, raw: bool = False, **_: Any) -> None:
    before = getattr(instance, "_desk_before", None) or {}
    changed = {
        name: getattr(instance, name) for name in _WATCHED if before.get(name) != getattr(instance, name)
    }
    if before and before["password"] != instance.password:
        changed["password"] = "changed"  # noqa: S105 - a word, not a password
    if raw or not (created or changed):
        return
    kind = Kind.PERSON_ADDED if created else Kind.PERSON_CHANGED
    _write(kind, {"person": instance.get_username(), "changed": changed})


def _person_removed(instance: User, **_: Any) -> None:
    _write(Kind.PERSON_REMOVED, {"person": instance.get_username()})


def _write(kind: Kind, details: dict[str, Any]) -> None:
    actor = _acting.get()
    source = "web" if actor else "command"
    audit.write(audit.Event(kind=kind, source=source, details=details, **audit.by(actor)))
