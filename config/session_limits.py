"""What a session may not do: live on without anybody at it, or go on without the second factor that a role needs."""

import hashlib
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from monitors.services import second_factors
from monitors.services.sessions import SIGNED_IN_AT, SessionStore

Handler = Callable[[HttpRequest], HttpResponse]
BACKGROUND = "X-Background"  # a header of what an open page asks for by itself
SEEN_EVERY_SECONDS = 60  # between two cookies that say that somebody is there
ENDED = "You were signed out: for {} minutes nobody did anything here."
_SIGNER = signing.Signer(salt="desk.seen")


class IdleLimit:
    """Ends a session that nobody used for SESSION_IDLE_SECONDS; what a page asks for by itself is no use.

    When somebody was last there stands in a signed cookie of their own, so that reading a page writes nothing.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if BACKGROUND not in request.headers:
            _note_activity(request, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, _args: Any, _options: Any) -> None:
        """The request goes on as a stranger's; the next middleware leads to the sign-in page."""
        if not getattr(view, "login_required", True) or SIGNED_IN_AT not in request.session:
            return
        if time.time() - _last_seen(request) < settings.SESSION_IDLE_SECONDS:
            return
        request.session = SessionStore()
        request.user = AnonymousUser()
        messages.info(request, ENDED.format(settings.SESSION_IDLE_SECONDS // 60))


class SecondFactorRequired:
    """Whoever has a role of REQUIRE_MFA and has shown no second factor gets no further than to setting one up."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, _args: Any, _options: Any
    ) -> HttpResponseBase | None:
        if not settings.REQUIRE_MFA or not getattr(view, "login_required", True):
            return None
        if getattr(view, "may_precede_second_factor", False) or not request.user.is_authenticated:
            return None
        if not second_factors.is_required_of(request.user):
            return None
        if second_factors.is_shown(request.session, request.user):
            return None
        return HttpResponseRedirect(reverse("mfa_index"))


def _last_seen(request: HttpRequest) -> float:
    """Seconds since 1970: what the cookie says that belongs to this session, at least the sign-in."""
    signed_in_at = float(request.session[SIGNED_IN_AT])
    return max(signed_in_at, _cookie_time(request) or 0)


def _cookie_time(request: HttpRequest) -> float | None:
    try:
        owner, at = _SIGNER.unsign(request.COOKIES.get(settings.SEEN_COOKIE_NAME, "")).split(".")
    except (signing.BadSignature, ValueError):
        return None
    return float(at) if owner == _owner(request) else None


def _note_activity(request: HttpRequest, response: HttpResponse) -> None:
    # A page that did not ask who it is for must not begin to: the database may be away.
    session = getattr(request, "session", None)
    if session is None or not session.accessed or SIGNED_IN_AT not in session:
        return
    seen_at, now = _cookie_time(request), int(time.time())
    if seen_at is not None and now - seen_at < SEEN_EVERY_SECONDS:
        return
    response.set_cookie(
        settings.SEEN_COOKIE_NAME,
        _SIGNER.sign(f"{_owner(request)}.{now}"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _owner(request: HttpRequest) -> str:
    return hashlib.sha256(str(request.session.session_key).encode()).hexdigest()[:32]
