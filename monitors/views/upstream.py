"""The upstream's health, asking for a new list, and deciding on a held one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from monitors.models import Refresh, Right
from monitors.selectors import mirror as mirrors
from monitors.services import holding, preview
from monitors.services import refresh as services
from monitors.services.errors import Invalid
from monitors.views.access import DeskRequest, needs
from monitors.views.answers import safe_next
from monitors.views.frame import freshness


@require_safe
@needs(Right.LOOK)
def upstream(request: DeskRequest) -> HttpResponse:
    mirror = mirrors.get()
    if request.GET.get("part") == "chip":
        return render(request, "monitors/_freshness.html", {"freshness": freshness(mirror)})
    return render(
        request,
        "monitors/upstream.html",
        {
            "mirror": mirror,
            "refreshes": mirrors.latest_refreshes(),
            "anomalies": mirrors.latest_anomalies(),
            "call": preview.api_call(task="list", parameters={}),
        },
    )


@require_POST
@needs(Right.LOOK)
def refresh(request: DeskRequest) -> HttpResponse:
    asked = services.ask(actor=request.user)
    messages.info(request, asked.sentence)
    return redirect(safe_next(request, "/upstream/"))


@require_POST
@needs(Right.GOVERN)
def decide(request: DeskRequest, refresh_id: int) -> HttpResponse:
    held = get_object_or_404(Refresh, pk=refresh_id)
    try:
        if request.POST.get("decision") == "accept":
            holding.accept(actor=request.user, refresh=held)
            messages.info(request, "Accepted: the next list is taken over as it is.")
        elif request.POST.get("decision") == "reject":
            holding.reject(actor=request.user, refresh=held)
            messages.info(request, "Rejected: the copy stays as it was.")
    except Invalid as error:
        messages.info(request, f"Nothing was decided. {error.message}")
    return redirect("upstream")
