"""Settings that change what the desk does are evidence too: each change becomes an audit event."""

from typing import Any

from django.conf import settings

from monitors.models import AuditEvent
from monitors.services import audit

KIND = "settings_changed"
_WATCHED = (
    "SENDGRID_API_URL",
    "SENDGRID_API_USER",
    "SENDGRID_API_FORMAT",
    "SENDGRID_RATE_PER_MINUTE",
    "REFRESH_SECONDS",
    "MONITOR_EMAIL_DOMAINS",
    "REQUIRE_REASON",
)


def note_settings() -> None:
    """Write an event when the settings are not those of the last one; the key is never among them."""
    now = {name: _plain(getattr(settings, name)) for name in _WATCHED}
    last = AuditEvent.objects.filter(kind=KIND).order_by("-number").first()
    before: dict[str, Any] = last.details["now"] if last else {}
    if now != before:
        changed = sorted(name for name in now if now[name] != before.get(name))
        audit.write(audit.Event(kind=KIND, details={"now": now, "before": before, "changed": changed}))


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset | list) else value
