"""Pages for requests that cannot be answered; they say whether anything left.

Where the desk itself may be broken they ask nothing of the database.
"""

import math
import sys

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from monitors.models import Operation
from monitors.selectors import people
from monitors.services import storage
from monitors.services.errors import NotRecorded

RETRY_AFTER_SECONDS = 10


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """503 where the desk's database did not answer, 500 for everything that should never happen."""
    error = sys.exc_info()[1]
    if isinstance(error, NotRecorded):
        is_full = storage.is_full(error.__cause__)
        return _unavailable(operation=error.operation, not_recorded=error, is_full=is_full)
    if isinstance(error, OperationalError | InterfaceError):
        operation: Operation | None = getattr(request, "operation", None)
        is_write = request.method == "POST"
        return _unavailable(operation=operation, is_write=is_write, is_full=storage.is_full(error))
    return HttpResponse(render_to_string("500.html"), status=500)


@requires_csrf_token
def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Which roles may, and whom to ask."""
    context = {"exception": str(exception), "administrators": people.to_ask()}
    return render(request, "403.html", context, status=403)


def form_expired(request: HttpRequest, **_: object) -> HttpResponse:
    """With the usual navigation, or without it where the desk cannot draw that."""
    try:
        return render(request, "monitors/form_expired.html", status=403)
    except (DatabaseError, ValueError):  # the latter: nobody has collected the static files
        return HttpResponse(render_to_string("403_csrf.html"), status=403)


@requires_csrf_token
def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return too_large()
    return HttpResponse(render_to_string("400.html"), status=400)


def too_many(sentence: str, *, retry_after: float = RETRY_AFTER_SECONDS) -> HttpResponse:
    """Somebody asks for more than the desk gives one person."""
    headers = {"Retry-After": str(math.ceil(retry_after))}
    return HttpResponse(render_to_string("429.html", {"sentence": sentence}), status=429, headers=headers)


def too_large() -> HttpResponse:
    return HttpResponse(render_to_string("413.html"), status=413)


def too_many_codes(_request: HttpRequest) -> HttpResponse:
    """Somebody tried too often to confirm who they are."""
    return too_many("Wait a few minutes, then try again.", retry_after=300)


def _unavailable(**context: object) -> HttpResponse:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return HttpResponse(render_to_string("503.html", context), status=503, headers=headers)
