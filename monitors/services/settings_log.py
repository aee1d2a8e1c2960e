"""Settings that change what the desk does are evidence too: each change becomes an audit event."""

import logging
import re
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction

from monitors.models import AuditChain, AuditEvent, Kind
from monitors.services import writers_lock
from monitors.services.log import audit

logger = logging.getLogger(__name__)
WATCHED = (
    "SENDGRID_API_URL",
    "SENDGRID_API_USER",
    "SENDGRID_API_FORMAT",
    "SENDGRID_RATE_PER_MINUTE",
    "SENDGRID_PROXY",
    "SENDGRID_CA_BUNDLE",
    "REFRESH_SECONDS",
    "SENDERS",
    "SEND_WITHIN",
    "MONITOR_EMAIL_DOMAINS",
    "REQUIRE_REASON",
    "DEFAULT_UNTIL",
    "LONGEST_UNTIL",
    "PLAN_LIMITS",
    "REVIEW_DAYS",
)

ADDRESSES = ("SENDGRID_API_URL", "SENDGRID_PROXY")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def note_start(process: str) -> None:
    """Called once when the web server or the worker starts. A database that is not there yet does not stop it."""
    try:
        note_settings(process=process)
    except (DatabaseError, AuditChain.DoesNotExist):
        logger.warning("the settings could not be noted at the start of the %s", process)


def note_settings(*, process: str) -> None:
    """Write an event when the settings are not those of the last one; `process` is web, worker or command.

    The key is never among them, nor a password in an address.
    """
    now = {name: _plain(name) for name in WATCHED}
    with transaction.atomic():
        writers_lock.take()
        last = AuditEvent.objects.filter(kind=Kind.SETTINGS_CHANGED).order_by("-number").first()
        before: dict[str, Any] = last.details["now"] if last else {}
        if now == before:
            return
        changed = sorted(name for name in now if now[name] != before.get(name))
        details = {"now": now, "before": before, "changed": changed, "process": process}
        audit.write(audit.Event(kind=Kind.SETTINGS_CHANGED, details=details))


def _plain(name: str) -> Any:
    value = getattr(settings, name)
    if name in ADDRESSES:
        return _without_password(value)
    if isinstance(value, dict):
        return sorted(f"{role}={entry}" if role else entry for role, entry in value.items())
    return sorted(value) if isinstance(value, frozenset | list) else value


def _without_password(address: str) -> str:
    """Whatever stands before the last @; an address of a proxy needs no scheme, and a password may hold anything."""
    if "@" not in address:
        return address
    scheme = _SCHEME.match(address)
    return (scheme[0] if scheme else "") + address.rpartition("@")[2]
