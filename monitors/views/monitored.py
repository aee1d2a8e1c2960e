"""Who is or was monitored, at any moment: the table and its print view."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.filters.fields import active_filters, query_parameters, settled
from monitors.filters.monitored import MonitoredFilter
from monitors.models import Mirror, Right
from monitors.models.day_totals import totals_of
from monitors.selectors import exports
from monitors.selectors import monitored as selectors
from monitors.selectors import monitored_pages as pages
from monitors.selectors.trend import FIRST_LIST
from monitors.services import rights
from monitors.views import comparing, evidence_rows
from monitors.views.access import DeskRequest, needs
from monitors.views.chart import first_list_of
from monitors.views.frame import desk_of
from monitors.views.listing import ListQuery, heads, list_query

MAX_PRINTED_ROWS = 5000  # more is a file's job
DEFAULT_SORT = "customer"


@require_safe
@needs(Right.AUDIT)
def monitored(request: DeskRequest) -> HttpResponse:
    if comparing.is_asked(request):
        return comparing.compare(request)
    short = settled(request.GET)
    if short is not None:
        return HttpResponseRedirect(f"{request.path}?{short}" if short else request.path)
    filters, query = MonitoredFilter(request.GET), list_query(request, default_sort=DEFAULT_SORT)
    if not filters.is_valid():
        return filters_page(request, filters)
    return render(
        request, "monitors/monitored.html", table_context(filters, query) | _table(request, filters, query)
    )


def _table(request: DeskRequest, filters: MonitoredFilter, query: ListQuery) -> dict[str, Any]:
    """One page of it, its totals, and which lists it rests on. `totals` is None where a filter has too many hits."""
    moment, desk = filters.moment, desk_of(request)
    everybody = pages.known_totals(moment, desk.version, is_now=filters.is_now)
    chosen = _chosen(filters, is_few=everybody.attachments <= pages.FEW)
    page = pages.table_page(chosen, moment=moment, sort=query.sort, place=_place(request))
    has_boxes = filters.is_now and rights.may(request.user, Right.ATTACH)
    return {
        "totals": page.found if filters.is_narrowing else everybody,
        "limit": pages.MAX_COUNTED,
        "page": page,
        "rows": evidence_rows.of_monitored(page.rows, has_boxes=has_boxes),
        "picks": has_boxes,
        "lists": _evidence(filters, desk.mirror, is_empty=not page.rows),
    }


def _chosen(filters: MonitoredFilter, *, is_few: bool) -> pages.Chosen:
    if not is_few and not filters.is_narrowing:
        return pages.EVERYBODY
    attachments = filters.attachments() if is_few else filters.narrow(pages.existing_at(filters.moment))
    return pages.Chosen(attachments, is_few=is_few, is_counted=filters.is_narrowing)


def _evidence(filters: MonitoredFilter, mirror: Mirror, *, is_empty: bool) -> selectors.Evidence:
    """Of now, the copy itself knows its list, and no later one can have come."""
    if filters.is_now and not is_empty:
        return selectors.Evidence(None, mirror.asked_at, None, 0)
    if not filters.is_narrowing:
        return selectors.evidence_of_all(filters.moment)
    return selectors.evidence(filters.moment, filters.narrow(selectors.possible(filters.moment)))


def _place(request: DeskRequest) -> pages.Place:
    return pages.Place.parse(after=request.GET.get("after"), before=request.GET.get("before"))


@require_safe
@needs(Right.AUDIT)
def monitored_print(request: DeskRequest) -> HttpResponse:
    filters, query = MonitoredFilter(request.GET), list_query(request, default_sort=DEFAULT_SORT)
    if not filters.is_valid():
        return filters_page(request, filters)
    moment, attachments = filters.moment, filters.attachments()
    first_list = first_list_of(desk_of(request, FIRST_LIST))
    keys = exports.keys(selectors.in_order(attachments, query.sort)[:MAX_PRINTED_ROWS])
    rows = exports.attachments(keys, moment=moment)
    context = table_context(filters, query) | {
        "totals": totals_of(attachments),
        "rows": evidence_rows.of_monitored(rows),
        "row_count": len(keys),
        "is_known": first_list and first_list.answered_at and first_list.answered_at <= moment,
    }
    return render(request, "monitors/monitored_print.html", context)


def table_context(filters: MonitoredFilter, query: ListQuery) -> dict[str, Any]:
    """What the table says of itself; `permalink` is its query string at this very moment."""
    permalink = query_parameters(filters, at=filters.moment.isoformat())
    if query.sort != DEFAULT_SORT:
        permalink["sort"] = query.sort
    return {
        "filters": filters,
        "query": query,
        "heads": heads(query, *evidence_rows.COLUMNS),
        "moment": filters.moment,
        "active_filters": [active for active in active_filters(filters) if active.name != "at"],
        "permalink": urlencode(permalink),
    }


def filters_page(request: DeskRequest, filters: MonitoredFilter, problem: str = "") -> HttpResponse:
    """The filters once more, with what was wrong in them."""
    return render(request, "monitors/monitored.html", {"filters": filters, "problem": problem}, status=400)
