"""What every view builds on: the request as our middleware leaves it, and the right it takes."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django_htmx.middleware import HtmxDetails

from monitors.forms import TaskForm
from monitors.models import Operation, Right
from monitors.services import rights, until
from monitors.services.sessions import SIGNED_IN_AT, SSO_PROVEN_AT
from monitors.services.submission import Submission

ANYWAY = "anyway"  # somebody was told that SendGrid does not answer, and sends it nevertheless

P = ParamSpec("P")
T = TypeVar("T")


class DeskRequest(HttpRequest):
    """A request of somebody signed in."""

    user: User
    htmx: HtmxDetails
    request_id: str
    client_address: str | None
    operation: Operation  # what a write began, once it is over


View = Callable[Concatenate[DeskRequest, P], HttpResponseBase]


def needs(right: Right) -> Callable[[View[P]], View[P]]:
    """Refuse, with the page that names the roles, whoever lacks the right."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: DeskRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            rights.demand(request.user, right)
            return view(request, *args, **kwargs)

        return cast(View[P], guarded)

    return decorate


def fresh(view: View[P]) -> View[P]:
    """Ask for the password or a second factor again where neither was given within the last ten minutes.

    Reading goes on afterwards. What was sent is not kept: it leads back to the page that it came from.
    """

    @wraps(view)
    def guarded(request: DeskRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not is_fresh(request):
            return _confirm(request)
        return view(request, *args, **kwargs)

    return cast(View[P], guarded)


def _confirm(request: DeskRequest) -> HttpResponseBase:
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    if not methods:
        raise PermissionDenied
    is_reading = request.method in ("GET", "HEAD")
    if not is_reading:
        messages.info(request, "Nothing was done yet. Confirm that it is you, then do it again.")
    back = request.get_full_path() if is_reading else _page_before(request)
    return redirect(f"{methods[0]['url']}?{urlencode({'next': back})}")


def _page_before(request: DeskRequest) -> str:
    """The page of ours whose form was sent."""
    page = urlsplit(request.headers.get("Referer", ""))
    is_ours = page.netloc == request.get_host() and page.path.startswith("/")
    return page._replace(scheme="", netloc="", fragment="").geturl() if is_ours else "/"


def is_fresh(request: HttpRequest) -> bool:
    """Whether whoever is signed in has proven that within FRESH_SECONDS."""
    records = get_authentication_records(request, cast(User, request.user))
    # Single sign-on may let somebody in whom it has not asked for hours: what it says counts, not when they came.
    proven_at = [float(record["at"]) for record in records if record["method"] != "socialaccount"]
    came_at = request.session.get(SSO_PROVEN_AT, request.session.get(SIGNED_IN_AT, 0.0))
    proven_at.append(float(came_at))
    return bool(time.time() - max(proven_at) < settings.FRESH_SECONDS)


def or_404(row: T | None) -> T:
    """What a selector answered; the page "not found" where that is nothing."""
    if row is None:
        raise Http404
    return row


def until_choices(request: DeskRequest) -> dict[str, Any]:
    """What the person may choose for how long, as the forms take it."""
    return {
        "default_until": until.default_of(request.user),
        "is_endless_allowed": until.longest_of(request.user) == until.NO_END,
    }


def submission(request: DeskRequest, form: TaskForm) -> Submission:
    """Who asks and why, as the services take it."""
    return Submission(
        actor=request.user,
        reason=form.cleaned_data["reason"],
        token=form.cleaned_data["token"],
        request_id=request.request_id,
        is_insisted=ANYWAY in request.POST,
    )
