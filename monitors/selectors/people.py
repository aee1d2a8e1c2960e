"""Reads of accounts: whom to ask, and the pages of people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest, Lower
from django.utils import timezone

from monitors.models import AuditEvent, Role, SsoRole, prepared
from monitors.models.person import is_invited
from monitors.selectors.paging import Results, paginate

MAX_NAMED = 5  # of the administrators whom a page names
EVENTS_SHOWN = 8  # about one account, on its page
DEACTIVATED, NO_ROLE = "deactivated", "no-role"
_HAS = {role: f"has_{role.name.lower()}" for role in Role}
_FROM_SSO = {role: f"sso_{role.name.lower()}" for role in Role}
_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
_BY_NAME = (Lower("first_name"), Lower("last_name"), "username")
_SORTS = {
    "name": _BY_NAME,
    "-name": tuple(Lower(name).desc() for name in ("first_name", "last_name", "username")),
    "seen": ("last_seen", *_BY_NAME),
    "-seen": ("-last_seen", *_BY_NAME),
}


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with the roles that they were given, and when they last signed in or did something here.

    `sso_roles`, those that single sign-on gave, and `sessions`, where they are signed in, are told by `get` alone.
    """

    person: User
    roles: tuple[Role, ...]
    last_seen: datetime | None
    has_second_factor: bool
    sso_roles: tuple[Role, ...]
    sessions: int

    @property
    def is_invited(self) -> bool:
        return is_invited(self.person)


def everybody() -> list[tuple[str, str, str]]:
    """Username, first and last name of everybody with an account, in the order of their names."""
    return prepared.read("everybody", named)


def named() -> QuerySet[User, tuple[str, str, str]]:
    people = User.objects.order_by("first_name", "last_name", "username")
    return people.values_list("username", "first_name", "last_name")


def get(person_id: int) -> Account | None:
    from_sso = {name: Exists(_sso_role(role)) for role, name in _FROM_SSO.items()}
    person = _accounts().annotate(sessions=_sessions(), **from_sso).filter(pk=person_id).first()
    return _account(person) if person else None


def counts(text: str) -> dict[str, int]:
    """How many accounts that have the text each choice has; "" are all who may sign in."""
    choices = _choices()
    columns = {f"n{number}": Count("pk", filter=it) for number, it in enumerate(choices.values())}
    found = _accounts().filter(_has_text(text)).aggregate(**columns)
    return dict(zip(choices, (found[name] for name in columns), strict=True))


def page(*, choice: str, text: str, sort: str, number: str | None) -> Results[User]:
    """Those of a choice that have the text, each as `account` takes it."""
    condition = _choices().get(choice, _choices()[""])
    found = _accounts().filter(condition, _has_text(text))
    return paginate(found.order_by(*_SORTS.get(sort, _BY_NAME)), number)


def accounts(people: list[User]) -> list[Account]:
    return [_account(person) for person in people]


def events_about(person: User) -> list[AuditEvent]:
    """The latest of an account."""
    return list(AuditEvent.objects.filter(person_id=person.pk).order_by("-number")[:EVENTS_SHOWN])


def to_ask() -> list[User]:
    """A few administrators who may sign in, for a page that says whom to ask: first those with an e-mail address."""
    holders = _accounts().filter(_choices()[Role.ADMINISTRATORS.key]).order_by(*_BY_NAME)
    return sorted(holders[: 4 * MAX_NAMED], key=lambda person: not person.email)[:MAX_NAMED]


def _accounts() -> QuerySet[User]:
    acts = AuditEvent.objects.filter(actor_id=OuterRef("pk")).order_by("-number")
    last_act = Subquery(acts.values("at")[:1])
    return User.objects.annotate(
        **{name: _is_in(role) for role, name in _HAS.items()},
        last_seen=Greatest(Coalesce("last_login", last_act), Coalesce(last_act, "last_login")),
        has_second_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=_FACTORS)),
    )


def _sessions() -> Subquery:
    """How many that are still good."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    own = UserSession.objects.filter(user=OuterRef("pk"), session_key__in=alive).order_by()
    return Subquery(own.values("user").annotate(n=Count("pk")).values("n"))


def _sso_role(role: Role) -> QuerySet[SsoRole]:
    return SsoRole.objects.filter(person=OuterRef("pk"), role=role.value)


def _is_in(role: Role) -> Exists:
    memberships = User.groups.through.objects.filter(user_id=OuterRef("pk"), group__desk_role=role.key)
    return Exists(memberships)


def _choices() -> dict[str, Q]:
    """What narrows the list, by the query string; a superuser counts as an administrator."""
    roles = {role.key: Q(**{name: True}) for role, name in _HAS.items()}
    roles[Role.ADMINISTRATORS.key] |= Q(is_superuser=True)
    none = Q(is_superuser=False, **dict.fromkeys(_HAS.values(), False))
    active = {"": Q(), **roles, NO_ROLE: none}
    return {name: Q(is_active=True) & it for name, it in active.items()} | {DEACTIVATED: Q(is_active=False)}


def _has_text(text: str) -> Q:
    fields = ("username", "first_name", "last_name", "email")
    found = Q()
    for field in fields:
        found |= Q(**{f"{field}__icontains": text})
    return found if text else Q()


def _account(person: Any) -> Account:
    roles, sso_roles = (
        tuple(role for role, name in names.items() if getattr(person, name, False))
        for names in (_HAS, _FROM_SSO)
    )
    return Account(
        person=person,
        roles=roles,
        last_seen=person.last_seen,
        has_second_factor=person.has_second_factor,
        sso_roles=sso_roles,
        sessions=getattr(person, "sessions", None) or 0,
    )
