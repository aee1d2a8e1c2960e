"""One operation: its whole story, or just its notice or chip for a page that waits for the truth."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from monitors.models import Operation, Right
from monitors.selectors import mirror as mirrors
from monitors.selectors import operations as selectors
from monitors.services.outbound import preview
from monitors.views.access import DeskRequest, needs
from monitors.wording.states import is_under_way, version

PARTS = {"notice": "monitors/_notice.html", "chip": "monitors/_chip.html"}


@require_safe
@needs(Right.LOOK)
def operation(request: DeskRequest, uuid: UUID) -> HttpResponse:
    shown = selectors.get(uuid)
    part = PARTS.get(request.GET.get("part", ""))
    if part is None:
        return render(
            request,
            "monitors/operation.html",
            {
                "operation": shown,
                "events": selectors.events(shown),
                "call": preview.api_call(task=shown.task, parameters=shown.parameters),
            },
        )
    if is_under_way(shown) and request.GET.get("version") == _version(shown, part):
        return HttpResponse(status=204)
    response = render(request, part, {"operation": shown})
    return trigger_client_event(response, "settled")


def _version(operation: Operation, part: str) -> str:
    is_alone = part == PARTS["notice"] and mirrors.is_worker_silent(mirrors.get())
    return version(operation) + ("-alone" if is_alone else "")
