"""The audit log: its pages, one event, and the filters that people keep."""

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from monitors.filters.audit import AuditFilter
from monitors.filters.fields import chosen, query, tidied
from monitors.models import AuditEvent, Right, SavedFilter
from monitors.selectors import audit as selectors
from monitors.services import saved_filters
from monitors.services.errors import Invalid
from monitors.views.access import DeskRequest, needs


@require_safe
@needs(Right.AUDIT)
def audit(request: DeskRequest) -> HttpResponse:
    tidy = tidied(request.GET)
    if tidy is not None:
        return HttpResponseRedirect(f"{request.path}?{tidy}" if tidy else request.path)
    filters = AuditFilter(request.GET, AuditEvent.objects.all())
    if not filters.is_valid():
        return again(request, filters)
    return _log(request, filters)


@require_safe
@needs(Right.AUDIT)
def event(request: DeskRequest, number: int) -> HttpResponse:
    return render(
        request,
        "monitors/audit_event.html",
        {"event": selectors.get(number), "length": selectors.length()},
    )


@require_POST
@needs(Right.AUDIT)
def save_filter(request: DeskRequest) -> HttpResponse:
    filters = AuditFilter(QueryDict(request.POST.get("query", "")), AuditEvent.objects.all())
    if not filters.is_valid():
        return again(request, filters)
    kept = urlencode(query(filters))
    try:
        saved_filters.save(actor=request.user, name=request.POST.get("name", ""), query=kept)
    except Invalid as error:
        return _log(request, filters, problem=error.message)
    return HttpResponseRedirect(f"{reverse('audit')}?{kept}")


@require_POST
@needs(Right.AUDIT)
def delete_filter(request: DeskRequest, filter_id: int) -> HttpResponse:
    saved_filters.delete(actor=request.user, saved=get_object_or_404(SavedFilter, pk=filter_id))
    return HttpResponseRedirect(reverse("audit"))


def again(request: DeskRequest, filters: AuditFilter) -> HttpResponse:
    """The filters once more, with what was wrong in them."""
    return render(request, "monitors/audit.html", {"filters": filters}, status=400)


def _log(request: DeskRequest, filters: AuditFilter, *, problem: str = "") -> HttpResponse:
    kept, saved = urlencode(query(filters)), selectors.saved_filters()
    context = {
        "filters": filters,
        "chosen": chosen(filters),
        "kept": kept,
        "is_saved": any((it.owner_id, it.query) == (request.user.pk, kept) for it in saved),
        "log": selectors.page(filters.qs, before=request.GET.get("before"), after=request.GET.get("after")),
        "length": selectors.length(),
        "saved": saved,
        "problem": problem,
    }
    return render(request, "monitors/audit.html", context, status=422 if problem else 200)
