"""The audit log: its pages, one event, and saved filters."""

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from monitors.filters.audit import AuditFilter
from monitors.filters.fields import active_filters, query_parameters, settled
from monitors.models import AuditEvent, ProofCheck, Right, SavedFilter
from monitors.selectors import audit as selectors
from monitors.selectors import saved_filters
from monitors.services import saved_filters as services
from monitors.services.errors import Invalid
from monitors.views import evidence_rows
from monitors.views.access import DeskRequest, needs, or_404
from monitors.views.frame import desk_of
from monitors.views.saved_filters import saved_views


@require_safe
@needs(Right.AUDIT)
def audit(request: DeskRequest) -> HttpResponse:
    short = settled(request.GET)
    if short is not None:
        return HttpResponseRedirect(f"{request.path}?{short}" if short else request.path)
    beside = selectors.beside()
    filters = AuditFilter(request.GET, AuditEvent.objects.all(), named=beside.named)
    if not filters.is_valid():
        return filters_page(request, filters)
    return _log(request, filters, beside.checks)


@require_safe
@needs(Right.AUDIT)
def event(request: DeskRequest, number: int) -> HttpResponse:
    return render(
        request,
        "monitors/audit_event.html",
        {"event": or_404(selectors.get(number)), "length": selectors.length()},
    )


@require_POST
@needs(Right.AUDIT)
def save_filter(request: DeskRequest) -> HttpResponse:
    beside, asked = selectors.beside(), QueryDict(request.POST.get("query", ""))
    filters = AuditFilter(asked, AuditEvent.objects.all(), named=beside.named)
    if not filters.is_valid():
        return filters_page(request, filters)
    query = urlencode(query_parameters(filters))
    try:
        services.save(
            actor=request.user, page=SavedFilter.Page.AUDIT, name=request.POST.get("name", ""), query=query
        )
    except Invalid as error:
        return _log(request, filters, beside.checks, problem=error.message)
    return HttpResponseRedirect(f"{reverse('audit')}?{query}")


def filters_page(request: DeskRequest, filters: AuditFilter) -> HttpResponse:
    """The filters once more, with what was wrong in them."""
    return render(request, "monitors/audit.html", {"filters": filters}, status=400)


def _log(
    request: DeskRequest, filters: AuditFilter, checks: list[ProofCheck], *, problem: str = ""
) -> HttpResponse:
    query, desk = (
        urlencode(query_parameters(filters)),
        desk_of(request, saved_filters.beside(SavedFilter.Page.AUDIT)),
    )
    log = selectors.log_page(
        filters.qs if query else None, before=request.GET.get("before"), after=request.GET.get("after")
    )
    context = {
        "filters": filters,
        "active_filters": active_filters(filters),
        "query": query,
        "log": log,
        "rows": evidence_rows.of_events(log.events),
        "limit": selectors.MAX_COUNTED,
        "length": desk.log_length,
        **saved_views(request, desk, query),
        "problem": problem,
        "proof_broken": [check for check in checks if check.problem],
        "proof_whole": [check for check in checks if not check.problem],
    }
    return render(request, "monitors/audit.html", context, status=422 if problem else 200)
