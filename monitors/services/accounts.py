"""Accounts as administrators keep them: who may come in, under which name, in which roles.

Each change is an audit event with before and after (services.people_log). Whoever changes something is looked at again
under the writers' lock, so that two administrators cannot take each other's right at one moment.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from monitors.models import AccessLink, Kind, Right, Role, RoleGroup, SsoRole
from monitors.models.person import display_name, is_invited
from monitors.services import (
    invitations,
    people_log,
    rights,
    second_factors,
    user_sessions,
    writers_lock,
)
from monitors.services.errors import Invalid

_is_username = ASCIIUsernameValidator()  # letters of other scripts can look like these


def add(
    *, actor: User, username: str, first_name: str, last_name: str, email: str, roles: Collection[Role]
) -> User:
    """An account without a password yet. Raises Denied, Invalid."""
    person = User(username=username, first_name=first_name, last_name=last_name, email=email)
    person.set_unusable_password()
    with _changing(actor):
        _check_username(username)
        _check(person)
        person.save()
        _give(person, roles)
    return person


def change(*, actor: User, person: User, first_name: str, last_name: str, email: str) -> None:
    """What somebody is called, and their e-mail address. The username stays. Raises Denied, Invalid."""
    with _changing(actor) as now:
        person = _locked(person, by=now)
        person.first_name, person.last_name, person.email = first_name, last_name, email
        _check(person)
        person.save(update_fields=["first_name", "last_name", "email"])


def set_roles(*, actor: User, person: User, roles: Collection[Role]) -> None:
    """These, those of single sign-on, and no others. Raises Denied, Invalid."""
    with _changing(actor) as now:
        person = _locked(person, by=now)
        is_own_right = person.pk == now.pk and not now.is_superuser
        if is_own_right and Role.ADMINISTRATORS not in roles:
            raise Invalid(
                "roles", "Nobody takes the role of an administrator from themselves. Ask another one."
            )
        _give(person, {*roles, *_of_single_sign_on(person)})


def make_link(*, actor: User, person: User) -> invitations.Delivery:
    """A one-time link by which they choose a password: an invitation for somebody who never had one.

    For anybody else it takes the password and all sessions away at once. Raises Denied, Invalid.
    """
    with _changing(actor) as now:
        person = _locked(person, by=now)
        if person.pk == now.pk:
            raise Invalid(None, "Nobody resets their own password. Change it under Your account.")
        if not person.is_active:
            raise Invalid(None, "Nobody signs in under this account. Reactivate it first.")
    make = invitations.invite if is_invited(person) else invitations.reset
    return make(actor=actor, person=person)


def end_sessions(*, actor: User, person: User) -> int:
    """Sign them out everywhere; of how many sessions. Raises Denied, Invalid."""
    with _changing(actor) as now:
        return user_sessions.end_all(actor=now, person=_locked(person, by=now))


def forget_second_factor(*, actor: User, person: User) -> int:
    """Take their second factors away, as when a telephone was lost; how many. Raises Denied, Invalid."""
    with _changing(actor) as now:
        person = _locked(person, by=now)
        if person.pk == now.pk:
            raise Invalid(None, "Nobody takes their own second factor away here. Do it under Your account.")
        user_sessions.end_all(actor=now, person=person)
        return second_factors.forget(actor=now, person=person)


def deactivate(*, actor: User, person: User) -> None:
    """They may not sign in any more, and are signed out everywhere. Raises Denied, Invalid."""
    with _changing(actor) as now:
        person = _locked(person, by=now)
        if person.pk == now.pk:
            raise Invalid(None, "Nobody deactivates their own account. Ask another administrator.")
        _switch(person, is_active=False)
        AccessLink.objects.filter(person=person).delete()
        user_sessions.end_all(actor=now, person=person)


def reactivate(*, actor: User, person: User) -> None:
    """They may sign in again, with the password and the roles that they had. Raises Denied, Invalid."""
    with _changing(actor) as now:
        _switch(_locked(person, by=now), is_active=True)


@contextmanager
def _changing(actor: User) -> Iterator[User]:
    """One change of people at a time, by whoever still has the right to; Denied for anybody else."""
    with transaction.atomic(), people_log.acting(actor):
        writers_lock.take()
        now = User.objects.get(pk=actor.pk)
        rights.demand(now, Right.GOVERN)
        yield now


def _locked(person: User, *, by: User) -> User:
    """The account as it stands now; Invalid where it is beyond an administrator's reach."""
    person = User.objects.get(pk=person.pk)
    if person.is_superuser and not by.is_superuser:
        name = display_name(person)
        raise Invalid(None, f"{name} is a superuser. Only another superuser may change this account.")
    return person


def _check_username(username: str) -> None:
    try:
        _is_username(username)
    except ValidationError as error:
        raise Invalid("username", "Letters A to Z, digits and @ . + - _ only.") from error
    if User.objects.filter(username__iexact=username).exists():
        raise Invalid("username", "Somebody has this username already, perhaps deactivated.")


def _check(person: User) -> None:
    try:
        person.full_clean(exclude=["password"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Invalid(field, messages[0]) from error


def _give(person: User, roles: Collection[Role]) -> None:
    """As one change, where Django's own `set` would make two of it."""
    before = people_log.role_names(person)
    groups = {row.group_id: row.role for row in RoleGroup.objects.all()}
    memberships = User.groups.through.objects
    memberships.filter(user=person, group__in=groups).exclude(group__in=_of(groups, roles)).delete()
    own = set(memberships.filter(user=person).values_list("group_id", flat=True))
    memberships.bulk_create(
        User.groups.through(user_id=person.pk, group_id=group)
        for group in _of(groups, roles)
        if group not in own
    )
    after = people_log.role_names(person)
    if after != before:
        people_log.write(Kind.ROLES_CHANGED, person, {"before": before, "after": after})


def _of_single_sign_on(person: User) -> list[Role]:
    """The identity provider takes them away again, nobody here."""
    return [Role(role) for role in SsoRole.objects.filter(person=person).values_list("role", flat=True)]


def _of(groups: dict[int, Role], roles: Collection[Role]) -> list[int]:
    return [group for group, role in groups.items() if role in roles]


def _switch(person: User, *, is_active: bool) -> None:
    person.is_active = is_active
    person.save(update_fields=["is_active"])
