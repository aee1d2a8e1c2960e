"""Single sign-on: which account somebody has, and which roles their groups give."""

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from monitors.models import Kind, Role, RoleGroup, SsoRole
from monitors.services import people_log, writers_lock

MAX_NAME = 150  # characters of Django's own columns
MAX_USERNAME = 140  # and room for a number
_NOT_IN_USERNAMES = re.compile(r"[^A-Za-z0-9@.+_-]")


class NotWelcome(Exception):
    """Somebody whom the provider knows has no account here and gets none."""


def person_of(claims: dict[str, Any]) -> User:
    """The account of somebody who comes for the first time: theirs by e-mail, or a new one. Raises NotWelcome.

    By an address that the provider has verified; never a superuser's. A new one needs a group that gives a role.
    """
    return _by_email(claims) or _new(claims)


def give_roles(person: User, claims: dict[str, Any]) -> None:
    """The roles of somebody's groups, at each sign-in. What was given by hand stays, what groups gave may go."""
    wanted = roles_of(claims)
    with transaction.atomic(), people_log.acting(None):
        writers_lock.take()
        groups = {row.role: row.group_id for row in RoleGroup.objects.all()}
        memberships = User.groups.through.objects.filter(user=person)
        held = {
            role for role in groups if groups[role] in set(memberships.values_list("group_id", flat=True))
        }
        given = {Role(role) for role in SsoRole.objects.filter(person=person).values_list("role", flat=True)}
        before = people_log.role_names(person)
        _add(person, wanted - held, groups)
        _remove(person, given - wanted, groups)
        after = people_log.role_names(person)
        if after != before:
            people_log.write(
                Kind.ROLES_CHANGED, person, {"before": before, "after": after, "by": "single sign-on"}
            )
    vars(person).pop("_desk_roles", None)


def roles_of(claims: dict[str, Any]) -> set[Role]:
    """By OIDC_GROUP_MAP, of the groups in the claim that OIDC_GROUPS_CLAIM names (`a.b`: b within a)."""
    return {Role(role) for group in _groups(claims) for role in settings.OIDC_GROUP_MAP.get(group, ())}


def used_second_factor(claims: dict[str, Any]) -> bool:
    """Whether the provider says that it asked for one (RFC 8176)."""
    methods = claims.get("amr")
    return isinstance(methods, list) and "mfa" in methods


def _groups(claims: dict[str, Any]) -> list[str]:
    found: Any = claims
    for part in settings.OIDC_GROUPS_CLAIM.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    found = [found] if isinstance(found, str) else found
    return [group for group in found if isinstance(group, str)] if isinstance(found, list) else []


def _by_email(claims: dict[str, Any]) -> User | None:
    email = claims.get("email")
    if not isinstance(email, str) or not email or claims.get("email_verified") is not True:
        return None
    found = list(User.objects.filter(email__iexact=email, is_superuser=False)[:2])
    return found[0] if len(found) == 1 else None


def _new(claims: dict[str, Any]) -> User:
    if not roles_of(claims):
        raise NotWelcome
    email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
    person = User(
        username=_free_username(str(claims.get("preferred_username") or email.partition("@")[0] or "person")),
        first_name=str(claims.get("given_name") or "")[:MAX_NAME],
        last_name=str(claims.get("family_name") or "")[:MAX_NAME],
        email=email[:254],
    )
    person.set_unusable_password()
    with people_log.acting(None):
        person.save()
    return person


def _free_username(wanted: str) -> str:
    """Nobody's yet, in any case: a name that looks like another one's would mislead."""
    base = _NOT_IN_USERNAMES.sub("", wanted)[:MAX_USERNAME] or "person"
    names = (base, *(f"{base}{number}" for number in range(2, 10_000)))
    return next(name for name in names if not User.objects.filter(username__iexact=name).exists())


def _add(person: User, roles: Iterable[Role], groups: dict[Role, int]) -> None:
    for role in roles:
        User.groups.through.objects.get_or_create(user_id=person.pk, group_id=groups[role])
        SsoRole.objects.get_or_create(person=person, role=role)


def _remove(person: User, roles: set[Role], groups: dict[Role, int]) -> None:
    SsoRole.objects.filter(person=person, role__in=roles).delete()
    User.groups.through.objects.filter(
        user_id=person.pk, group_id__in=[groups[role] for role in roles]
    ).delete()
