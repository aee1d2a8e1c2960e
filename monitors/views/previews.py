"""The API call that a half-filled form would make, written out while somebody types."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.forms import PLACEHOLDER
from monitors.models import Right, Task
from monitors.models.task import RULES
from monitors.services.outbound import preview
from monitors.views.access import DeskRequest, needs


@require_safe
@needs(Right.LOOK)
def api_call(request: DeskRequest, task: str) -> HttpResponse:
    if task not in Task.values:
        raise Http404
    names = [name for name in RULES[Task(task)].parameters if _is_sent(request, name)]
    call = preview.api_call(task=task, parameters={name: request.GET[name] or PLACEHOLDER for name in names})
    return render(request, "monitors/_call_text.html", {"call": call})


def _is_sent(request: DeskRequest, name: str) -> bool:
    """Edit sends only what differs from what its page showed, and nothing empty."""
    value = request.GET.get(name)
    initial = request.GET.get(f"initial-{name}")
    return value is not None and (initial is None or value not in {"", initial})
