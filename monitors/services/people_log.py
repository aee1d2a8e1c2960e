"""Accounts, their roles and permissions: every change becomes an audit event with before and after.

Django's own signals tell it, so it does not matter who changes them: a page, the admin or a command.
"""

from collections.abc import Iterator, Set
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_save, pre_delete, pre_save

from monitors.models import Kind
from monitors.services.log import audit

WATCHED = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser")
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
    pre_save.connect(_remember, sender=get_user_model(), dispatch_uid="desk-person-before")
    post_save.connect(_person_changed, sender=get_user_model(), dispatch_uid="desk-person-after")
    pre_delete.connect(_person_removed, sender=get_user_model(), dispatch_uid="desk-person-gone")
    for number, watched in enumerate(_MEMBERSHIPS):
        m2m_changed.connect(
            watched.changed, sender=watched.through, weak=False, dispatch_uid=f"desk-membership-{number}"
        )


def write(kind: Kind, person: User, details: dict[str, Any]) -> None:
    """An event about somebody's account, as made by whoever is acting."""
    _write(kind, {"person": person.get_username()} | details, person_id=person.pk)


def role_names(person: User) -> list[str]:
    """What somebody is a member of, by what the groups are called."""
    return sorted(person.groups.values_list("name", flat=True))


def _remember(instance: User, **_: Any) -> None:
    before = User.objects.filter(pk=instance.pk).values(*WATCHED, "password").first() if instance.pk else None
    instance._desk_before = before  # type: ignore[attr-defined]


def _person_changed(instance: User, created: bool, raw: bool = False, **_: Any) -> None:
    before, after = getattr(instance, "_desk_before", None) or {}, _state(instance)
    changed = [name for name in WATCHED if before.get(name) != after[name]]
    details: dict[str, Any] = {"before": {name: before[name] for name in changed if before}}
    details["after"] = {name: after[name] for name in changed}
    if before and before["password"] != instance.password:
        details["password"] = "changed"  # noqa: S105 - a word, not a password
    if raw or not (created or changed or "password" in details):
        return
    write(Kind.PERSON_ADDED if created else Kind.PERSON_CHANGED, instance, details)


def _person_removed(instance: User, **_: Any) -> None:
    before = _state(instance) | {"roles": role_names(instance)}
    write(Kind.PERSON_REMOVED, instance, {"before": before, "after": {}})


def _state(person: User) -> dict[str, Any]:
    return {name: getattr(person, name) for name in WATCHED}


@dataclass(frozen=True, slots=True)
class _Membership:
    """A relation that gives rights: `attribute` of `owner` leads to the members of `other`."""

    kind: Kind
    owner: type[User] | type[Group]
    attribute: str
    other: type[Group] | type[Permission]

    @property
    def through(self) -> type[Model]:
        through: type[Model] = getattr(self.owner, self.attribute).through
        return through

    def changed(self, instance: Any, action: str, pk_set: Set[int] | None, reverse: bool, **_: Any) -> None:
        if action not in ("post_add", "post_remove", "pre_clear"):
            return
        for owner in self._owners(instance, pk_set) if reverse else [instance]:
            touched = {_name(instance)} if reverse else self._names(owner, pk_set)
            before, after = _sides(action, self._names(owner), touched)
            if before != after:
                self._write(owner, {"before": sorted(before), "after": sorted(after)})

    def _owners(self, instance: Group | Permission, pks: Set[int] | None) -> list[Any]:
        owners = self.owner._default_manager.all()
        return list(owners.filter(**{self.attribute: instance}) if pks is None else owners.filter(pk__in=pks))

    def _names(self, owner: Any, pks: Set[int] | None = None) -> set[str]:
        """Of all that the owner has, or of these."""
        rows = getattr(owner, self.attribute).all() if pks is None else self.other.objects.filter(pk__in=pks)
        return {
            _name(row) for row in rows.select_related(*(["content_type"] if self.other is Permission else []))
        }

    def _write(self, owner: User | Group, details: dict[str, Any]) -> None:
        if isinstance(owner, User):
            write(self.kind, owner, details)
        else:
            _write(self.kind, {"group": owner.name} | details)


_MEMBERSHIPS = (
    _Membership(Kind.ROLES_CHANGED, User, "groups", Group),
    _Membership(Kind.PERMISSIONS_CHANGED, User, "user_permissions", Permission),
    _Membership(Kind.PERMISSIONS_CHANGED, Group, "permissions", Permission),
)


def _name(row: Group | Permission) -> str:
    return row.name if isinstance(row, Group) else f"{row.content_type.app_label}.{row.codename}"


def _sides(action: str, now: set[str], touched: set[str]) -> tuple[set[str], set[str]]:
    """What there was before, and is afterwards."""
    if action == "post_add":
        return now - touched, now
    return (now | touched, now) if action == "post_remove" else (now, now - touched)


def _write(kind: Kind, details: dict[str, Any], **columns: Any) -> None:
    actor = _acting.get()
    source = "web" if actor else "command"
    audit.write(audit.Event(kind=kind, source=source, details=details, **columns, **audit.by(actor)))
