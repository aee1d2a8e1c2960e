"""The customers page, one customer's page, and the suggestions while somebody types."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.forms import AppendForm
from monitors.models import Right
from monitors.selectors import customers as selectors
from monitors.selectors import history, operations, records
from monitors.views.access import DeskRequest, needs
from monitors.views.answers import call_of
from monitors.views.listing import Choice, listing


@require_safe
@needs(Right.LOOK)
def customers(request: DeskRequest) -> HttpResponse:
    asked = listing(request, default_sort="name")
    counts = selectors.counts()
    found = selectors.search(q=asked.q, chosen=asked.filter, sort=asked.sort, number=asked.page)
    return render(
        request,
        "monitors/customers.html",
        {
            "asked": asked,
            "found": found,
            "counts": counts,
            "choices": (
                Choice("", "All", counts.all),
                Choice("monitored", "Monitored", counts.monitored),
                Choice("several", "On several records", counts.several),
                Choice("not-monitored", "Not monitored now", counts.not_monitored),
            ),
        },
    )


@require_safe
@needs(Right.LOOK)
def customer(request: DeskRequest, customer_id: int) -> HttpResponse:
    shown = selectors.get(customer_id)
    attachments = selectors.attachments(shown)
    form = AppendForm(customer=shown).inline()
    return render(
        request,
        "monitors/customer.html",
        {
            "customer": shown,
            "attachments": attachments,
            "past": selectors.past_attachments(shown),
            "under_way": operations.on_attachments(attachments),
            "appends": operations.appends_without_attachment(username=shown.username),
            "history": history.of_customer(shown),
            "form": form,
            "call": call_of(form),
            "notice": operations.find(request.GET.get("operation", "")),
        },
    )


@require_safe
@needs(Right.LOOK)
def suggest(request: DeskRequest) -> HttpResponse:
    q = request.GET.get("q") or request.GET.get("user", "")
    return render(request, "monitors/_suggestions.html", {"customers": selectors.suggest(q)})


@require_safe
@needs(Right.LOOK)
def suggest_record(request: DeskRequest) -> HttpResponse:
    q = request.GET.get("q") or request.GET.get("name", "")
    return render(request, "monitors/_suggestions.html", {"records": records.suggest(q)})
