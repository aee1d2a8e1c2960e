"""The API call that a half-filled form would make, written out while somebody types."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.services import preview
from monitors.views.access import DeskRequest, needs

PARAMETERS = {
    "create": ("name", "email", "frequency"),
    "edit": ("name", "new_name", "new_email", "new_frequency"),
    "delete": ("name",),
    "append": ("name", "user"),
    "detach": ("name", "user"),
}


@require_safe
@needs(Right.LOOK)
def api_call(request: DeskRequest, task: str) -> HttpResponse:
    if task not in PARAMETERS:
        raise Http404("There is no such task.")
    given = {name: request.GET[name] for name in PARAMETERS[task] if name in request.GET}
    return render(request, "monitors/_call.html", {"call": preview.api_call(task=task, parameters=given)})
