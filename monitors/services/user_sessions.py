"""Where somebody is signed in, and ending that."""

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from monitors.models import Kind
from monitors.services.log import audit


def of(person: User) -> "QuerySet[UserSession]":
    """The sessions that are still good, the newest first; each with its address, its browser and when it began."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    rows: QuerySet[UserSession] = UserSession.objects.filter(user=person, session_key__in=alive)
    return rows.order_by("-created_at", "-pk")


def end(*, actor: User, person: User, number: int) -> bool:
    """End one of somebody's sessions, by the key of its row; whether there was such a one."""
    return _end(of(person).filter(pk=number), actor, person) > 0


def end_all(*, actor: User, person: User, but: str | None = None) -> int:
    """End all of somebody's sessions but the one with the key `but`; how many."""
    return _end(of(person).exclude(session_key=but or ""), actor, person)


def has_moved(before: str | None, after: str | None) -> None:
    """A session goes on under another key."""
    UserSession.objects.filter(session_key=before).update(session_key=after)


def forget_old() -> None:
    """Remove sessions that have expired, and what was known of them."""
    Session.objects.filter(expire_date__lte=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def _end(sessions: QuerySet[UserSession], actor: User, person: User) -> int:
    keys = list(sessions.values_list("session_key", flat=True))
    if not keys:
        return 0
    with transaction.atomic():
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(session_key__in=keys).delete()
        details = {"person": person.get_username(), "sessions": len(keys)}
        event = audit.Event(
            kind=Kind.SESSIONS_ENDED, source="web", person_id=person.pk, details=details, **audit.by(actor)
        )
        audit.write(event)
    return len(keys)
