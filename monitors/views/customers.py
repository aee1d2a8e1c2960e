"""The customers page, one customer's page, and the suggestions while somebody types."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.forms import AppendForm
from monitors.models import Right
from monitors.selectors import customers as selectors
from monitors.selectors import history, operations, records
from monitors.views import rows
from monitors.views.access import DeskRequest, needs, or_404, until_choices
from monitors.views.answers import call_of
from monitors.views.frame import desk_of
from monitors.views.listing import FilterChoice, list_query


@require_safe
@needs(Right.LOOK)
def customers(request: DeskRequest) -> HttpResponse:
    query = list_query(request, default_sort="name")
    counts = selectors.counts(desk_of(request).version)
    results = selectors.search(
        query=query.text,
        group=query.filter,
        sort=query.sort,
        page=query.page,
        count=None if query.text else counts.of(query.filter),
    )
    return render(
        request,
        "monitors/customers.html",
        {
            "query": query,
            "results": results,
            "rows": rows.of_customers(results.rows),
            "counts": counts,
            "choices": (
                FilterChoice("", "All", counts.all),
                FilterChoice("monitored", "Monitored", counts.monitored),
                FilterChoice("several", "On several records", counts.several),
                FilterChoice("not-monitored", "Not monitored now", counts.not_monitored),
            ),
        },
    )


@require_safe
@needs(Right.LOOK)
def customer(request: DeskRequest, customer_id: int) -> HttpResponse:
    customer = or_404(selectors.get(customer_id))
    attachments = selectors.attachments(customer)
    under_way = operations.under_way_on_customer(customer, attachments)
    form = AppendForm(customer=customer, **until_choices(request)).inline()
    return render(
        request,
        "monitors/customer.html",
        {
            "customer": customer,
            "attachments": attachments,
            "past_attachments": selectors.past_attachments(customer),
            "operations_under_way": under_way.on_attachments,
            "appends": under_way.appends,
            "timeline": history.of_customer(customer),
            "form": form,
            "call": call_of(form),
            "notice": operations.parse_and_get(request.GET.get("operation", "")),
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
