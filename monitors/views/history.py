"""All history of a record or of a customer, page by page, and a record's customers over time."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import customers, history, records, trend
from monitors.selectors.audit import parse_number
from monitors.services import rights
from monitors.views.access import DeskRequest, needs, or_404
from monitors.views.chart import PERIODS, Chart, chosen_period, first_list_of
from monitors.views.frame import desk_of


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


@require_safe
@needs(Right.LOOK)
def trend_of_record(request: DeskRequest, record_id: int) -> HttpResponse:
    desk, period = desk_of(request, trend.FIRST_LIST), chosen_period(request)
    record = or_404(records.get(record_id))
    days = trend.of_record(record, timezone.now(), period, first_list_of(desk))
    context = {"record": record, "chart": Chart(days, "Customers"), "period": period, "periods": PERIODS}
    return render(request, "monitors/record_trend.html", context)


def _before(request: DeskRequest) -> int | None:
    return parse_number(request.GET.get("before"))


def _audit_address(request: DeskRequest, **filters: str) -> str:
    """Of the same events in the audit log; empty for somebody who may not see it."""
    if not rights.may(request.user, Right.AUDIT):
        return ""
    return f"{reverse('audit')}?{urlencode(filters)}"
