"""The customers page, one customer's page, and the suggestions while somebody types."""

from typing import cast

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.models import Customer, Right, SavedFilter
from monitors.selectors import customers as selectors
from monitors.selectors import history, operations, records, saved_filters
from monitors.services import rights
from monitors.views import listing, rows
from monitors.views.access import DeskRequest, needs, or_404
from monitors.views.answers import append_here
from monitors.views.frame import desk_of
from monitors.views.listing import list_query
from monitors.views.saved_filters import kept, saved_views

# Sort, label and CSS class; templates/monitors/customers.html has the cells.
COLUMNS = (
    ("name", "Customer", "c-name"),
    ("", "On records", "c-on"),
    ("records", "Records", "num c-count"),
    ("seen", "First seen", "c-when"),
)


@require_safe
@needs(Right.LOOK)
def customers(request: DeskRequest) -> HttpResponse:
    query = list_query(request, default_sort="name")
    desk = desk_of(request, saved_filters.beside(SavedFilter.Page.CUSTOMERS))
    counts = selectors.counts(desk.version)
    results = selectors.search(
        query=query.text,
        group=query.filter,
        sort=query.sort,
        place=query.place,
        count=None if query.text else counts.of(query.filter),
    )
    has_boxes = rights.may(request.user, Right.PLAN)
    return render(
        request,
        "monitors/customers.html",
        {
            "query": query,
            **saved_views(request, desk, kept(query.kept)),
            "results": results,
            "rows": rows.of_customers(results.rows, has_boxes=has_boxes),
            "has_boxes": has_boxes,
            "counts": counts,
            "heads": listing.heads(query, *COLUMNS),
            "turns": listing.turns(query, results),
            "choices": listing.choices(
                query,
                ("", "All", counts.all),
                ("monitored", "Monitored", counts.monitored),
                ("several", "On several records", counts.several),
                ("not-monitored", "Not monitored now", counts.not_monitored),
            ),
        },
    )


@require_safe
@needs(Right.LOOK)
def customer(request: DeskRequest, customer_id: int) -> HttpResponse:
    beside = desk_of(request, selectors.to_show(customer_id)).beside
    customer = or_404(cast("Customer | None", beside.rows["customer"]))
    # Read first: a row beside it may say more by then, never less.
    notice = operations.parse_and_get(request.GET.get("operation", ""))
    story = selectors.story(customer)
    is_any = beside.truths["is_any_under_way"]
    under_way = operations.under_way_on_customer(customer, story.now, is_any=is_any)
    return render(
        request,
        "monitors/customer.html",
        {
            "customer": customer,
            "attachments": story.now,
            "past_attachments": story.past,
            "operations_under_way": under_way.on_attachments,
            "appends": under_way.appends,
            "timeline": history.of_customer(customer),
            **append_here(request, user=customer.username),
            "notice": notice,
        },
    )


@require_safe
@needs(Right.LOOK)
def suggest(request: DeskRequest) -> HttpResponse:
    typed = request.GET.get("q") or request.GET.get("user", "")
    return render(request, "monitors/_suggestions.html", {"customers": selectors.suggest(typed)})


@require_safe
@needs(Right.LOOK)
def suggest_record(request: DeskRequest) -> HttpResponse:
    typed = request.GET.get("q") or request.GET.get("name", "")
    return render(request, "monitors/_suggestions.html", {"records": records.suggest(typed)})
