"""All history of a record or of a customer, page by page."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import customers, history, records
from monitors.selectors.audit import parse_number
from monitors.services import rights
from monitors.views.access import DeskRequest, needs, or_404


@require_safe
@needs(Right.LOOK)
def of_record(request: DeskRequest, record_id: int) -> HttpResponse:
    record = or_404(records.get(record_id))
    context = {
        "name": record.name,
        "parent": reverse("record", args=[record.pk]),
        "audit_address": _audit_address(request, record=f"#{record.pk}"),
        "timeline": history.of_record(record, before=_before(request), count=history.ENTRIES_PER_PAGE),
        "first_seen": record.first_seen,
    }
    return render(request, "monitors/history.html", context)


@require_safe
@needs(Right.LOOK)
def of_customer(request: DeskRequest, customer_id: int) -> HttpResponse:
    customer = or_404(customers.get(customer_id))
    context = {
        "name": customer.username,
        "parent": reverse("customer", args=[customer.pk]),
        "audit_address": _audit_address(request, customer=f"#{customer.pk}"),
        "timeline": history.of_customer(customer, before=_before(request), count=history.ENTRIES_PER_PAGE),
        "first_seen": customer.first_seen,
    }
    return render(request, "monitors/history.html", context)


def _before(request: DeskRequest) -> int | None:
    return parse_number(request.GET.get("before"))


def _audit_address(request: DeskRequest, **filters: str) -> str:
    """Of the same events in the audit log; empty for somebody who may not see it."""
    if not rights.may(request.user, Right.AUDIT):
        return ""
    return f"{reverse('audit')}?{urlencode(filters)}"
