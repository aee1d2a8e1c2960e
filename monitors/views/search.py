"""The search box of the bar: customers and records together."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import search as selectors
from monitors.selectors.matching import MAX_HITS
from monitors.views.access import DeskRequest, needs
from monitors.views.listing import list_query


@require_safe
@needs(Right.LOOK)
def search(request: DeskRequest) -> HttpResponse:
    query = list_query(request, default_sort="name")
    context: dict[str, object] = {"query": query}
    if query.text:
        context |= {"results": selectors.search(query.text, query.page), "max_hits": MAX_HITS}
    return render(request, "monitors/search.html", context)
