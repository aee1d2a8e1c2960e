"""One-time links by which a person chooses a password: an invitation, or a new password.

Whoever is allowed to decides about that (`demand(actor, Right.GOVERN)` is asked for here too). Where e-mail is
configured and the person has an address the link goes there and nowhere else; otherwise the caller shows it, once:
only its hash is kept.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from monitors.models import AccessLink, Kind, Right
from monitors.models.person import display_name
from monitors.services import clock, people_log, rights, user_sessions
from monitors.services.log import audit

logger = logging.getLogger(__name__)
INVITATION_LASTS, RESET_LASTS = timedelta(days=3), timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Delivery:
    """`link` is to be shown to whoever asked for it; it is empty where it was sent to `sent_to`."""

    link: str
    sent_to: str
    expires_at: datetime


def invite(*, actor: User, person: User) -> Delivery:
    """Let somebody who has no password yet choose one, within three days. Raises Denied."""
    rights.demand(actor, Right.GOVERN)
    with transaction.atomic():
        secret, expires_at = _make(person, is_invitation=True)
        _log(actor, person, is_invitation=True)
    return _deliver(person, secret, expires_at, is_invitation=True)


def reset(*, actor: User, person: User) -> Delivery:
    """Take somebody's password and sessions away and let them choose another, within four hours. Raises Denied.

    Their second factor stays; services.second_factors.forget takes it away.
    """
    rights.demand(actor, Right.GOVERN)
    with transaction.atomic(), people_log.acting(actor):
        person.set_unusable_password()
        person.save(update_fields=["password"])
        user_sessions.end_all(actor=actor, person=person)
        secret, expires_at = _make(person, is_invitation=False)
        _log(actor, person, is_invitation=False)
    return _deliver(person, secret, expires_at, is_invitation=False)


def invite_link(person: User) -> str:
    """The address of a fresh link that invites; every older one of this person is void. For commands and tests."""
    return _address(_make(person, is_invitation=True)[0])


def link_of(secret: str) -> AccessLink | None:
    """The link of a secret, with its person; None where it is unknown, used, replaced or too old."""
    found = AccessLink.objects.select_related("person").filter(digest=_digest(secret)).first()
    if found is None or found.expires_at <= clock.now() or not found.person.is_active:
        return None
    return found


def use(secret: str, password: str) -> User | None:
    """Set the password and end every session of the person; None where the link is no longer good.

    Raises ValidationError for a password that is too weak.
    """
    link = link_of(secret)
    if link is None:
        return None
    validate_password(password, link.person)
    link.person.set_password(password)  # outside the transaction: it takes long
    with transaction.atomic(), people_log.acting(link.person):
        if not AccessLink.objects.filter(pk=link.pk, digest=link.digest).delete()[0]:
            return None
        link.person.save(update_fields=["password"])
        user_sessions.end_all(actor=link.person, person=link.person)
    return link.person


def forget_old() -> int:
    """Remove what nobody may use any more; how many."""
    return AccessLink.objects.filter(expires_at__lte=clock.now()).delete()[0]


def _log(actor: User, person: User, *, is_invitation: bool) -> None:
    details = {"person": person.get_username(), "invitation": is_invitation}
    event = audit.Event(
        kind=Kind.LINK_MADE, source="web", person_id=person.pk, details=details, **audit.by(actor)
    )
    audit.write(event)


def _deliver(person: User, secret: str, expires_at: datetime, *, is_invitation: bool) -> Delivery:
    """After the transaction: an e-mail may take long."""
    link = _address(secret)
    is_sent = _send(person, link, is_invitation=is_invitation)
    return Delivery("" if is_sent else link, person.email if is_sent else "", expires_at)


def _make(person: User, *, is_invitation: bool) -> tuple[str, datetime]:
    secret = secrets.token_urlsafe(32)
    expires_at = clock.now() + (INVITATION_LASTS if is_invitation else RESET_LASTS)
    values = {"digest": _digest(secret), "is_invitation": is_invitation, "expires_at": expires_at}
    AccessLink.objects.update_or_create(person=person, defaults=values)
    return secret, expires_at


def _send(person: User, link: str, *, is_invitation: bool) -> bool:
    if not settings.EMAIL_HOST or not person.email:
        return False
    subject = "Monitor Desk: your account" if is_invitation else "Monitor Desk: a new password"
    begin = "An account was made for you" if is_invitation else "You may choose a new password"
    text = f"Hello {display_name(person)},\n\n{begin}. Choose your password here; the link works once:\n\n{link}\n"
    try:
        send_mail(subject, text, None, [person.email])
    except (SMTPException, OSError) as error:
        logger.warning("the link of %s could not be sent: %s", person.pk, error)
        return False
    return True


def _address(secret: str) -> str:
    return settings.DESK_URL.rstrip("/") + reverse("use_link", args=[secret])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
