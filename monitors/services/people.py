"""Coming, going and failing to come in: Django's own signals become audit events."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from monitors.models import Kind
from monitors.services import dismissals
from monitors.services.log import audit


def watch() -> None:
    """Called once, when the application is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="desk-signed-in")
    user_logged_out.connect(_signed_out, dispatch_uid="desk-signed-out")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="desk-sign-in-failed")


def _signed_in(user: User, **_: Any) -> None:
    dismissals.begin_visit(user)
    audit.write(audit.Event(kind=Kind.SIGN_IN, source="web", **audit.by(user)))


def _signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        audit.write(audit.Event(kind=Kind.SIGN_OUT, source="web", **audit.by(user)))


def _sign_in_failed(credentials: dict[str, Any], **_: Any) -> None:
    # What was typed as a name may be a password in the wrong field, so only known names are recorded.
    typed = str(credentials.get("username", ""))[:150]
    known = get_user_model().objects.filter(username=typed).exists()
    audit.write(
        audit.Event(kind=Kind.SIGN_IN_FAILED, source="web", actor_name=typed if known else "somebody unknown")
    )
