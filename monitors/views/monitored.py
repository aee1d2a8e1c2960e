"""Who is or was monitored, at any moment: the table and its print view."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.filters.fields import active_filters, query_parameters, without_empty_fields
from monitors.filters.monitored import MonitoredFilter
from monitors.models import Right
from monitors.selectors import monitored as selectors
from monitors.views.access import DeskRequest, needs
from monitors.views.listing import ListQuery, list_query

MAX_PRINTED_ROWS = 5000  # more is a file's job
DEFAULT_SORT = "customer"


@require_safe
@needs(Right.AUDIT)
def monitored(request: DeskRequest) -> HttpResponse:
    short = without_empty_fields(request.GET)
    if short is not None:
        return HttpResponseRedirect(f"{request.path}?{short}" if short else request.path)
    filters, query = MonitoredFilter(request.GET), list_query(request, default_sort=DEFAULT_SORT)
    if not filters.is_valid():
        return filters_page(request, filters)
    moment, attachments = filters.moment, filters.attachments()
    totals = selectors.totals(attachments)
    context = table_context(filters, query) | {
        "totals": totals,
        "results": selectors.table_page(
            attachments, moment=moment, sort=query.sort, page=query.page, count=totals.attachments
        ),
        "lists": selectors.lists_around(moment),
        "possible_count": filters.narrow(selectors.possible(moment)).count(),
    }
    return render(request, "monitors/monitored.html", context)


@require_safe
@needs(Right.AUDIT)
def monitored_print(request: DeskRequest) -> HttpResponse:
    filters, query = MonitoredFilter(request.GET), list_query(request, default_sort=DEFAULT_SORT)
    if not filters.is_valid():
        return filters_page(request, filters)
    moment, attachments = filters.moment, filters.attachments()
    rows = selectors.rows(attachments, moment=moment, sort=query.sort, limit=MAX_PRINTED_ROWS)
    context = table_context(filters, query) | {"totals": selectors.totals(attachments), "rows": list(rows)}
    return render(request, "monitors/monitored_print.html", context)


def table_context(filters: MonitoredFilter, query: ListQuery) -> dict[str, Any]:
    """What the table says of itself; `permalink` is its query string at this very moment."""
    permalink = query_parameters(filters, at=filters.moment.isoformat())
    if query.sort != DEFAULT_SORT:
        permalink["sort"] = query.sort
    return {
        "filters": filters,
        "query": query,
        "moment": filters.moment,
        "active_filters": [active for active in active_filters(filters) if active.name != "at"],
        "permalink": urlencode(permalink),
    }


def filters_page(request: DeskRequest, filters: MonitoredFilter, problem: str = "") -> HttpResponse:
    """The filters once more, with what was wrong in them."""
    return render(request, "monitors/monitored.html", {"filters": filters, "problem": problem}, status=400)
