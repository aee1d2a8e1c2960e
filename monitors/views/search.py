"""The search box of the bar: customers and records together."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import search as selectors
from monitors.views import found_rows, palette
from monitors.views.access import DeskRequest, needs
from monitors.views.listing import list_query


@require_safe
@needs(Right.LOOK)
def search(request: DeskRequest) -> HttpResponse:
    """What is called just so, and nothing else is found, opens."""
    query = list_query(request, default_sort="name")
    context: dict[str, object] = {"query": query}
    if query.text:
        results = selectors.search(query.text, query.page)
        found = results.found
        rest = list(palette.of_the_rest(query.text, found))
        exact = palette.sole_exact([*palette.of_names(query.text, found), *rest]) if found.is_one else ""
        if exact:
            return redirect(exact)
        groups = [
            *(each for each in rest if each.name != "former"),
            palette.others(request, query.text, found),
        ]
        context |= {
            "results": results,
            "customer_rows": found_rows.of_customers(results.customers.rows),
            "record_rows": found_rows.of_records(results.records.rows),
            "max_hits": selectors.MAX_HITS,
            "groups": [group for group in groups if any(each.address for each in group.options)],
        }
    return render(request, "monitors/search.html", context)
