"""Django's sessions in the database; reading one is a prepared query, and none outlives its absolute limit.

What a visitor's session holds who is not signed in stands in the cookie itself, signed: a visitor must not be able to
fill a table.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.core import signing
from django.db.models import QuerySet
from django.utils import timezone

from monitors.models import prepared

SIGNED_IN_AT = "signed_in_at"  # seconds since 1970
SSO_PROVEN_AT = (
    "sso_proven_at"  # the same: when the identity provider asked for a password, 0 where it does not say
)
VISITOR_SECONDS = 15 * 60  # to come back from single sign-on, or to touch a passkey
_SEALED = "visitor."
_SALT = "desk.visitor"
# Of somebody whose password was right at least.
_PERSONAL = (SESSION_KEY, "account_login")


class SessionStore(db.SessionStore):
    def get_expiry_age(self, **_: Any) -> int:
        """Seconds: what is left of the absolute limit, whatever is written meanwhile."""
        began_at = self.get(SIGNED_IN_AT)
        if began_at is None:
            return settings.SESSION_COOKIE_AGE if self._is_personal() else VISITOR_SECONDS
        return max(int(began_at + settings.SESSION_COOKIE_AGE - time.time()), 0)

    def get_expiry_date(self, **_: Any) -> datetime:
        return timezone.now() + timedelta(seconds=self.get_expiry_age())

    def load(self) -> dict[str, Any]:
        if not _is_sealed(self.session_key):
            return super().load()
        sealed = str(self.session_key).removeprefix(_SEALED)
        try:
            held: dict[str, Any] = signing.loads(sealed, salt=_SALT, max_age=VISITOR_SECONDS)
        except signing.BadSignature:
            self._session_key = None
            return {}
        return held

    def create(self) -> None:
        if self._is_personal():
            super().create()
        else:
            self._seal()

    def save(self, must_create: bool = False) -> None:
        if not self._is_personal():
            self._seal()
        elif _is_sealed(self.session_key):
            self._session_key = None
            super().create()
        else:
            super().save(must_create)

    def exists(self, session_key: str) -> bool:
        return not _is_sealed(session_key) and super().exists(session_key)

    def delete(self, session_key: str | None = None) -> None:
        if not _is_sealed(session_key or self.session_key):
            super().delete(session_key)

    def _is_personal(self) -> bool:
        return any(key in self._held() for key in _PERSONAL)

    def _held(self) -> dict[str, Any]:
        held: dict[str, Any] = self._session  # type: ignore[attr-defined]
        return held

    def _seal(self) -> None:
        self._session_key = _SEALED + signing.dumps(self._held(), salt=_SALT, compress=True)
        self.modified = True

    def _get_session_from_db(self) -> Session | None:
        for session in prepared.by_key("session", _by_key, self.session_key or ""):
            if session.expire_date > timezone.now():
                return session
        self._session_key = None
        return None


def _is_sealed(key: str | None) -> bool:
    return (key or "").startswith(_SEALED)


def _by_key(key: str) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key)
