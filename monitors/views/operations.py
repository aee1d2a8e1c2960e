"""One operation: its page, or just its notice or chip for a page that waits for the outcome."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from monitors.models import Operation, Right
from monitors.selectors import mirror as mirrors
from monitors.selectors import operations as selectors
from monitors.selectors.operation_lists import neighbours
from monitors.services.outbound import preview
from monitors.views.access import DeskRequest, needs, or_404
from monitors.wording.states import is_under_way, notice_version, version

PARTS = {"notice": "monitors/_notice.html", "chip": "monitors/_chip.html"}


@require_safe
@needs(Right.LOOK)
def operation(request: DeskRequest, uuid: UUID) -> HttpResponse:
    operation = or_404(selectors.get(uuid))
    part = PARTS.get(request.GET.get("part", ""))
    if part is None:
        return render(
            request,
            "monitors/operation.html",
            {
                "operation": operation,
                "events": selectors.events(operation),
                "neighbours": neighbours(operation),
                "call": preview.api_call(task=operation.task, parameters=operation.parameters),
            },
        )
    if is_under_way(operation) and request.GET.get("version") == _version(operation, part):
        return HttpResponse(status=204)
    response = render(request, part, {"operation": operation})
    return trigger_client_event(response, "settled")


def _version(operation: Operation, part: str) -> str:
    if part != PARTS["notice"]:
        return version(operation)
    return notice_version(operation, mirrors.is_worker_silent(mirrors.get()))
