"""Second factors: who has one, who needs one, and what the log says of them."""

import time
from collections.abc import Iterable
from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from monitors.models import Kind
from monitors.services import people_log, rights, sign_ins

PROOF = "second_factor"  # in a session: whose, and when (seconds since 1970) it was shown
_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
_WORDS = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery codes",
}


def has(person: User) -> bool:
    return bool(Authenticator.objects.filter(user=person, type__in=_FACTORS).exists())


def with_one(people: Iterable[User]) -> set[int]:
    """The keys of those who have one, by one query."""
    rows = Authenticator.objects.filter(user__in=people, type__in=_FACTORS)
    return set(rows.values_list("user_id", flat=True))


def is_required_of(person: User) -> bool:
    """By role; REQUIRE_MFA says which."""
    return any(role in settings.REQUIRE_MFA for role in rights.roles(person))


def is_shown(session: Any, person: User) -> bool:
    """Whether this session has shown one of this person's."""
    proof = session.get(PROOF)
    return bool(proof) and proof[0] == person.pk


def show(session: Any, person: User) -> None:
    session[PROOF] = [person.pk, time.time()]


def forget(*, actor: User, person: User) -> int:
    """Take all of somebody's away, as when a telephone was lost; how many. Whoever may is asked before."""
    with transaction.atomic(), people_log.acting(actor):
        rows = list(Authenticator.objects.filter(user=person))
        for row in rows:
            row.delete()
    return len(rows)


def watch() -> None:
    """Called once, when the application is ready."""
    post_save.connect(_saved, sender=Authenticator, dispatch_uid="desk-factor-saved")
    post_delete.connect(_deleted, sender=Authenticator, dispatch_uid="desk-factor-deleted")
    signals.authenticator_added.connect(_added, dispatch_uid="desk-factor-added")
    signals.authenticator_removed.connect(_removed, dispatch_uid="desk-factor-removed")
    signals.authenticator_used.connect(_used, dispatch_uid="desk-factor-used")
    signals.authentication_failed.connect(_failed, dispatch_uid="desk-factor-failed")


def _saved(instance: Authenticator, created: bool, raw: bool = False, **_: Any) -> None:
    if created and not raw:
        _log("added", instance)


def _deleted(instance: Authenticator, **_: Any) -> None:
    _log("removed", instance)


def _log(change: str, factor: Authenticator) -> None:
    what = _WORDS[Authenticator.Type(factor.type)]
    people_log.write(Kind.SECOND_FACTOR, factor.user, {"change": change, "what": what})


def _added(request: Any, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type in _FACTORS:
        show(request.session, user)


def _removed(request: Any, user: User, **_: Any) -> None:
    if not has(user):
        request.session.pop(PROOF, None)


def _used(request: Any, user: User, **_: Any) -> None:
    show(request.session, user)


def _failed(request: Any, user: User, **_: Any) -> None:
    sign_ins.second_factor_failed(user, address=request.client_address)
