"""Who is or was monitored, at any moment: the table and its print view."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.filters.fields import chosen, query, tidied
from monitors.filters.monitored import MonitoredFilter
from monitors.models import Right
from monitors.selectors import monitored as selectors
from monitors.views.access import DeskRequest, needs
from monitors.views.listing import Asked, listing

PRINTED = 5000  # rows; more is a file's job
SORT = "customer"


@require_safe
@needs(Right.AUDIT)
def monitored(request: DeskRequest) -> HttpResponse:
    tidy = tidied(request.GET)
    if tidy is not None:
        return HttpResponseRedirect(f"{request.path}?{tidy}" if tidy else request.path)
    filters, asked = MonitoredFilter(request.GET), listing(request, default_sort=SORT)
    if not filters.is_valid():
        return again(request, filters)
    moment, attachments = filters.moment, filters.living()
    totals = selectors.totals(attachments)
    found = selectors.page(
        attachments, moment=moment, sort=asked.sort, number=asked.page, count=totals.attachments
    )
    context = shown(filters, asked) | {
        "totals": totals,
        "found": found,
        "horizon": selectors.around(moment),
        "perhaps": filters.narrowed(selectors.perhaps(moment)).count(),
    }
    return render(request, "monitors/monitored.html", context)


@require_safe
@needs(Right.AUDIT)
def monitored_print(request: DeskRequest) -> HttpResponse:
    filters, asked = MonitoredFilter(request.GET), listing(request, default_sort=SORT)
    if not filters.is_valid():
        return again(request, filters)
    attachments = filters.living()
    context = shown(filters, asked) | {
        "totals": selectors.totals(attachments),
        "rows": list(selectors.rows(attachments, moment=filters.moment, sort=asked.sort, most=PRINTED)),
    }
    return render(request, "monitors/monitored_print.html", context)


def shown(filters: MonitoredFilter, asked: Asked) -> dict[str, Any]:
    """What the table says of itself; `pinned` is its query string at this very moment."""
    pinned = query(filters, at=filters.moment.isoformat()) | (
        {"sort": asked.sort} if asked.sort != SORT else {}
    )
    return {
        "filters": filters,
        "asked": asked,
        "moment": filters.moment,
        "chosen": [it for it in chosen(filters) if it.name != "at"],
        "pinned": urlencode(pinned),
    }


def again(request: DeskRequest, filters: MonitoredFilter, problem: str = "") -> HttpResponse:
    """The filters once more, with what was wrong in them."""
    return render(request, "monitors/monitored.html", {"filters": filters, "problem": problem}, status=400)
