"""The whole story of a record or of a customer, page by page."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import customers, history, records
from monitors.selectors.audit import number_of
from monitors.services import rights
from monitors.views.access import DeskRequest, needs


@require_safe
@needs(Right.LOOK)
def of_record(request: DeskRequest, record_id: int) -> HttpResponse:
    shown = records.get(record_id)
    story = history.of_record(shown, before=number_of(request.GET.get("before")), count=history.PAGE)
    context = {
        "name": shown.name,
        "back": reverse("record", args=[shown.pk]),
        "log": _log(request, record=f"#{shown.pk}"),
        "history": story,
        "first_seen": shown.first_seen,
    }
    return render(request, "monitors/history.html", context)


@require_safe
@needs(Right.LOOK)
def of_customer(request: DeskRequest, customer_id: int) -> HttpResponse:
    shown = customers.get(customer_id)
    story = history.of_customer(shown, before=number_of(request.GET.get("before")), count=history.PAGE)
    context = {
        "name": shown.username,
        "back": reverse("customer", args=[shown.pk]),
        "log": _log(request, customer=f"#{shown.pk}"),
        "history": story,
        "first_seen": shown.first_seen,
    }
    return render(request, "monitors/history.html", context)


def _log(request: DeskRequest, **filters: str) -> str:
    if not rights.may(request.user, Right.AUDIT):
        return ""
    return f"{reverse('audit')}?{urlencode(filters)}"
