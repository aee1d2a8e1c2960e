"""Coming and going: Django's own signals become audit events."""

import time
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out

from monitors.models import Kind
from monitors.services import dismissals, failed_sign_ins
from monitors.services.log import audit
from monitors.services.sessions import SIGNED_IN_AT

PROOFS = "account_authentication_methods"  # where allauth keeps them in a session


def watch() -> None:
    """Called once, when the application is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="desk-signed-in")
    user_logged_out.connect(_signed_out, dispatch_uid="desk-signed-out")


def _signed_in(user: User, request: Any, **_: Any) -> None:
    request.session[SIGNED_IN_AT] = time.time()
    failed_sign_ins.note()  # the worker does that too, while there is one
    dismissals.begin_visit(user)
    details = {"by": _proofs(request.session)}
    audit.write(audit.Event(kind=Kind.SIGN_IN, source="web", details=details, **audit.by(user)))


def _proofs(session: Any) -> list[str]:
    """What was shown, in order: password, totp, recovery_codes, webauthn, socialaccount."""
    return [str(record.get("type") or record["method"]) for record in session.get(PROOFS, ())]


def _signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        audit.write(audit.Event(kind=Kind.SIGN_OUT, source="web", **audit.by(user)))
