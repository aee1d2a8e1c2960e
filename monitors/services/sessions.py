"""Django's sessions in the database; reading one is a prepared query."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from monitors.models import prepared


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        for session in prepared.read("session", _by_key, self.session_key or ""):
            if session.expire_date > timezone.now():
                return session
        self._session_key = None
        return None


def _by_key(key: str) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key)
