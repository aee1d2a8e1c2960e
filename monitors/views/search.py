"""The search box of the bar: customers and records together."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import customers, records
from monitors.views.access import DeskRequest, needs
from monitors.views.listing import listing


@require_safe
@needs(Right.LOOK)
def search(request: DeskRequest) -> HttpResponse:
    asked = listing(request, default_sort="name")
    context: dict[str, object] = {"asked": asked}
    if asked.q:
        context |= {
            "records": records.search(q=asked.q, chosen="", sort="name", number=asked.page),
            "renamed": records.renamed(asked.q),
            "gone": records.search_gone(q=asked.q, number=asked.page),
            "customers": customers.search(q=asked.q, chosen="", sort="name", number=asked.page),
        }
    return render(request, "monitors/search.html", context)
