"""The search box of the bar: customers and records together."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import customers, records
from monitors.views.access import DeskRequest, needs
from monitors.views.listing import list_query


@require_safe
@needs(Right.LOOK)
def search(request: DeskRequest) -> HttpResponse:
    query = list_query(request, default_sort="name")
    context: dict[str, object] = {"query": query}
    if query.text:
        context |= {
            "records": records.search(query=query.text, group="", sort="name", page=query.page),
            "former_names": records.search_former_names(query.text),
            "gone": records.search_gone(query=query.text, page=query.page),
            "customers": customers.search(query=query.text, group="", sort="name", page=query.page),
        }
    return render(request, "monitors/search.html", context)
