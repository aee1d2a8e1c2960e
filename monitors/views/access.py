"""What every view builds on: the request as our middleware leaves it, and the right it takes."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from monitors.forms import TaskForm
from monitors.models import Operation, Right
from monitors.services import rights, until
from monitors.services.operations import Submission

ANYWAY = "anyway"  # somebody was told that SendGrid does not answer, and sends it nevertheless

P = ParamSpec("P")
T = TypeVar("T")


class DeskRequest(HttpRequest):
    """A request of somebody signed in."""

    user: User
    htmx: HtmxDetails
    request_id: str
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
