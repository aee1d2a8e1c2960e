"""What a write answers: the form again with the reason, or the page that shows what became of it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from monitors.forms import PLACEHOLDER, TaskForm, until
from monitors.models import Operation
from monitors.selectors import operations
from monitors.services import dismissals
from monitors.services.errors import Busy, Elsewhere, Invalid
from monitors.services.outbound import preview
from monitors.views.access import ANYWAY, DeskRequest, until_choices
from monitors.views.frame import desk_of
from monitors.views.in_place import of_operations, place_of
from monitors.wording.again import UNDONE, may_be_repeated
from monitors.wording.trouble import trouble

UNPROCESSABLE = 422


def attempt(request: DeskRequest, form: TaskForm, act: Callable[[], Operation]) -> Operation | None:
    """The operation when there is something to show of it; None when the form must be shown again."""
    if not form.is_valid():
        return None
    if ANYWAY not in request.POST:
        desk = desk_of(request)
        form.trouble = trouble(desk.mirror, desk.throttle)
        if form.trouble:
            return None
    try:
        request.operation = operation = act()  # an error page must be able to name it
    except (Invalid, Busy) as error:
        _say_why(form, error)
        return None
    _dismiss_former(request, operation)
    if operation.state in UNDONE:
        form.show_outcome(operation)
        return None
    return operation


def _say_why(form: TaskForm, error: Invalid | Busy) -> None:
    if isinstance(error, Busy):
        form.blocking = error.operation
    elif isinstance(error, Elsewhere):
        form.elsewhere_user, form.elsewhere_on = error.user, error.records
    else:
        form.error(error.field, error.message)


def show(request: DeskRequest, operation: Operation, *, to: str) -> HttpResponse:
    """What it changes, to a page that stays where it is; else a page that begins with the operation's present state."""
    place = place_of(request.POST)
    if place is not None:
        return of_operations(request, place, [operation], notice=operation, is_new=True)
    return redirect_with_notice(request, operation, to=to)


def redirect_with_notice(request: DeskRequest, operation: Operation, *, to: str) -> HttpResponseRedirect:
    path = safe_next(request, to).partition("?")[0]
    return HttpResponseRedirect(f"{path}?{urlencode({'operation': str(operation.pk)})}")


def form_page(request: DeskRequest, template: str, form: TaskForm, **context: object) -> HttpResponse:
    """200 when the form is asked for, 422 when it comes back with a reason; a page that stays gets the reason alone."""
    status = UNPROCESSABLE if request.method == "POST" else 200
    if place_of(request.POST) is not None:
        return render(request, "monitors/_problem.html", {"form": form, **context}, status=status)
    if request.method != "POST":
        _fill_in_again(request, form)
    return render(request, template, {"form": form, "call": call_of(form), **context}, status=status)


def _fill_in_again(request: DeskRequest, form: TaskForm) -> None:
    """A link in the notice of what was refused or not sent leads to its form."""
    operation = operations.parse_and_get(request.GET.get("again", ""))
    if operation is not None and operation.task == form.task and may_be_repeated(operation):
        form.fill_in_again(operation)


def _dismiss_former(request: DeskRequest, operation: Operation) -> None:
    """What is tried again needs nobody any more; the new one tells how it went."""
    if "again" in request.GET:
        former = operations.parse_and_get(request.GET["again"])
        if former is not None and former.task == operation.task:
            dismissals.dismiss_operation(former, by=request.user)


def call_of(form: TaskForm) -> str:
    """The API call that the form would make as it is filled in."""
    return preview.api_call(task=form.task, parameters=form.as_call())


def append_here(request: DeskRequest, *, name: str = PLACEHOLDER, user: str = PLACEHOLDER) -> dict[str, Any]:
    """What `_append_here.html` needs on the page of a record (`name`) or of a customer (`user`)."""
    call = preview.api_call(task="append", parameters={"name": name, "user": user})
    return {"until_row": until.row(**until_choices(request)), "call": call}


def safe_next(request: DeskRequest, fallback: str) -> str:
    """The address that the form says to go back to, if it is one of ours."""
    return ours(request, request.POST.get("next", ""), fallback)


def ours(request: DeskRequest, address: str, fallback: str) -> str:
    """The address, if it leads to a page of this desk."""
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_ours and address.startswith("/") else fallback
