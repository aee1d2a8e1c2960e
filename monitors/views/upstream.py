"""The upstream's health, asking for a new list, and deciding on a held one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from monitors import moments
from monitors.models import Refresh, RefreshOutcome, Right
from monitors.selectors import held, lists
from monitors.selectors import mirror as mirrors
from monitors.services import held_lists, refreshes
from monitors.services.errors import Invalid
from monitors.services.outbound import preview
from monitors.views import listing
from monitors.views.access import DeskRequest, fresh, needs, or_404
from monitors.views.answers import safe_next
from monitors.views.frame import ASKED_AT_KEY, build
from monitors.wording.held import GROUPS

NOT_APPLIED = (RefreshOutcome.HELD, RefreshOutcome.REJECTED)


@require_safe
@needs(Right.LOOK)
def upstream(request: DeskRequest) -> HttpResponse:
    if request.GET.get("part") == "frame":
        return _changed_frame(request)
    latest, is_each = mirrors.latest_with_anomalies(), request.GET.get("each") == "yes"
    return render(
        request,
        "monitors/upstream.html",
        {
            "page": lists.page(request.GET.get("before"), is_each=is_each),
            "is_each": is_each,
            "is_newest": "before" not in request.GET,
            "anomalous_refresh": latest,
            "anomalies": mirrors.anomalies(latest) if latest else None,
            "call": preview.api_call(task="list", parameters={}),
        },
    )


@require_safe
@needs(Right.LOOK)
def refreshed(request: DeskRequest, refresh_id: int) -> HttpResponse:
    refresh = or_404(mirrors.refresh(refresh_id))
    return render(
        request,
        "monitors/refreshed.html",
        {
            "refresh": refresh,
            "anomalies": mirrors.anomalies(refresh, request.GET.get("page")),
            "differences": mirrors.differences_of(refresh),
            "settled_operations": mirrors.settled_by(refresh),
            **_held_changes(request, refresh),
        },
    )


def _held_changes(request: DeskRequest, refresh: Refresh) -> dict[str, object]:
    """What a list that was not applied would change; nothing of any other."""
    if refresh.outcome not in NOT_APPLIED:
        return {}
    counts = held.counts(refresh)
    if counts is None:
        return {"is_held": True}
    query = listing.list_query(request, default_sort="")
    page = held.search(
        refresh,
        kind=query.filter,
        text=query.text,
        place=query.place,
        count=None if query.text else counts.of(query.filter),
    )
    groups = ((kind, GROUPS[kind], counts.of(kind)) for kind in held.KINDS if counts.of(kind))
    return {
        "is_held": True,
        "query": query,
        "counts": counts,
        "results": page,
        "known": held.known(page.rows),
        "most_affected": held.most_affected(refresh),
        "choices": listing.choices(query, ("", "All", counts.all), *groups),
        "turns": listing.turns(query, page),
        "file_query": query.address().removeprefix("?"),
    }


def _changed_frame(request: DeskRequest) -> HttpResponse:
    """Chip and banners where they differ from the page's own (`version`); events tell the page what else is new."""
    frame = build(request)
    if frame is None or frame.version == request.GET.get("version"):
        return HttpResponse(status=204)
    list_of_page = moments.parse(request.GET.get("list", ""))
    if list_of_page is None and frame.mirror.asked_at is not None:
        return HttpResponseClientRefresh()
    response = render(request, "monitors/_frame.html", {"frame": frame})
    trigger_client_event(response, "framed")
    if list_of_page is not None and mirrors.has_changed_since(list_of_page):
        trigger_client_event(response, "listed")
    return response


@require_POST
@needs(Right.LOOK)
def refresh(request: DeskRequest) -> HttpResponse:
    asked_at = timezone.now()
    answer = refreshes.request_list(actor=request.user)
    if answer.refresh is None:
        request.session[ASKED_AT_KEY] = asked_at.isoformat()
    else:
        messages.info(request, answer.sentence)
    return redirect(safe_next(request, "/upstream/"))


@require_POST
@needs(Right.GOVERN)
@fresh
def decide(request: DeskRequest, refresh_id: int) -> HttpResponse:
    refresh = get_object_or_404(Refresh, pk=refresh_id)
    try:
        if request.POST.get("decision") == "accept":
            held_lists.accept(actor=request.user, refresh=refresh)
            messages.info(request, "Accepted: the next list is applied if it changes about as much.")
        elif request.POST.get("decision") == "reject":
            held_lists.reject(actor=request.user, refresh=refresh)
            messages.info(
                request, "Rejected: the desk keeps its current data until a different list arrives."
            )
    except Invalid as error:
        messages.info(request, f"No decision was recorded. {error.message}")
    return redirect("upstream")
