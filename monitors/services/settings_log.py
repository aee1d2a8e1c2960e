"""Settings that change what the desk does or where its data go are evidence too: each change becomes an audit event."""

import logging
import re
import socket
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from monitors.models import AuditChain, AuditEvent, Kind, prepared
from monitors.services import writers_lock
from monitors.services.log import audit

logger = logging.getLogger(__name__)
WATCHED = (
    "DEBUG",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "HTTPS_ONLY",
    "TRUST_PROXY",
    "DATABASE_URL",
    "ALLOW_PLAIN_DATABASE",
    "QUEUE_URL",
    "SPOOL_DIR",
    "DESK_URL",
    "REQUIRE_MFA",
    "BREACHED_PASSWORDS",
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_GROUPS_CLAIM",
    "OIDC_GROUP_MAP",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "EMAIL_HOST_USER",
    "EMAIL_USE_TLS",
    "EMAIL_USE_SSL",
    "DEFAULT_FROM_EMAIL",
    "TICKET_URL",
    "TICKET_PATTERN",
    "TIME_ZONE",
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

ADDRESSES = ("SENDGRID_API_URL", "SENDGRID_PROXY", "QUEUE_URL", "DESK_URL", "OIDC_ISSUER")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def note_start(process: str) -> None:
    """Called once when the web server or the worker starts. A database that is not there yet does not stop it."""
    try:
        note_settings(process=process)
    except (DatabaseError, AuditChain.DoesNotExist):
        logger.warning("the settings could not be noted at the start of the %s", process)


def note_settings(*, process: str) -> None:
    """Write an event when they are not those that this process on this host noted last; so too for a new host.

    `process` is web, worker or command. The key is never among them, nor a password in an address.
    """
    now, host = {name: _plain(name) for name in WATCHED}, socket.gethostname()
    with transaction.atomic():
        writers_lock.take()
        last = _last(process, host)
        if last and last.details["now"] == now:
            return
        last = last or _newest().first()
        before: dict[str, Any] = last.details["now"] if last else {}
        changed = sorted(name for name in now if name not in before or now[name] != before[name])
        details = {"now": now, "before": before, "changed": changed, "process": process, "host": host}
        audit.write(audit.Event(kind=Kind.SETTINGS_CHANGED, details=details))


def _last(process: str, host: str) -> AuditEvent | None:
    of = {"details__process": process, "details__host": host}
    rows = prepared.read(("settings", process, host), lambda: _newest().filter(**of)[:1])
    return next(iter(rows), None)


def _newest() -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(kind=Kind.SETTINGS_CHANGED).order_by("-number")


def _plain(name: str) -> Any:
    value = _database() if name == "DATABASE_URL" else getattr(settings, name)
    if name in ADDRESSES:
        return _without_password(value)
    if isinstance(value, dict):
        return sorted(f"{name}={_joined(entry)}" if name else entry for name, entry in value.items())
    if isinstance(value, frozenset | list):
        return sorted(value)
    return str(value) if isinstance(value, Path) else value


def _joined(entry: Any) -> str:
    return "+".join(entry) if isinstance(entry, tuple) else str(entry)


def _database() -> str:
    """Where the database is and as whom, without its password."""
    database = settings.DATABASES["default"]
    kind = str(database["ENGINE"]).rpartition(".")[2]
    user, host, port = (str(database.get(part) or "") for part in ("USER", "HOST", "PORT"))
    place = f"{user}@{host}:{port}" if host or user else ""
    return f"{kind}://{place}/{database['NAME']}"


def _without_password(address: str) -> str:
    """Whatever stands before the last @; an address of a proxy needs no scheme, and a password may hold anything."""
    if "@" not in address:
        return address
    scheme = _SCHEME.match(address)
    return (scheme[0] if scheme else "") + address.rpartition("@")[2]
