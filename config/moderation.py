"""What one person or one request may ask for at most."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.middleware import Handler
from monitors.limits import MAX_BODY_BYTES
from monitors.services.errors import TooMany
from monitors.views import errors
from monitors.views.buckets import Buckets

SLOW_DOWN = "You asked for more pages in a minute than one person can read. Wait a few seconds, then go on."


class Moderation:
    """At most so many requests of one person in a minute, and a page with words for whoever asks for too much."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._buckets = Buckets(per_minute=settings.REQUESTS_PER_MINUTE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> HttpResponse | None:
        """Only where somebody signed in is asked for anyway: signs of life and the sign-in page need nobody."""
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return None
        wait = self._buckets.take(request.user.pk)
        return errors.too_many(SLOW_DOWN, retry_after=wait) if wait else None

    def process_exception(self, _request: HttpRequest, error: Exception) -> HttpResponse | None:
        return errors.too_many(str(error)) if isinstance(error, TooMany) else None


def bounded_bodies(get_response: Handler) -> Handler:
    """Refuse what is too large before it is read; a body whose length nobody says is never read at all."""

    def respond(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()) or int(length) > MAX_BODY_BYTES:
            return errors.too_large()
        return get_response(request)

    return respond
