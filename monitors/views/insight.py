"""What an administrator should look at."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import insight as selectors
from monitors.selectors.trend import trend
from monitors.views.access import DeskRequest, needs
from monitors.views.chart import Chart

PERIODS = {30: "30 days", 90: "90 days", 365: "1 year"}
DEFAULT_PERIOD_DAYS = 90
DEFAULT_VOLUME_MESSAGES = 1000  # what each customer is assumed to send
MAX_VOLUME_MESSAGES = 10**12


@require_safe
@needs(Right.GOVERN)
def insight(request: DeskRequest) -> HttpResponse:
    now = timezone.now()
    days = _whole_number(request.GET.get("days"), DEFAULT_PERIOD_DAYS)
    period = days if days in PERIODS else DEFAULT_PERIOD_DAYS
    context = {
        "chart": Chart(trend(now, period)),
        "period": period,
        "periods": PERIODS,
        "domains": settings.MONITOR_EMAIL_DOMAINS,
        "people": selectors.busiest_people(now),
        "samples": selectors.samples(_whole_number(request.GET.get("volume"), DEFAULT_VOLUME_MESSAGES)),
        **_first("idle", selectors.without_customers()),
        **_first("several", selectors.on_several()),
        **_first("old", selectors.old_without_reason(now)),
        **_first("outside_allow_list", selectors.outside_allow_list()),
    }
    return render(request, "monitors/insight.html", context)


def _first(name: str, rows: QuerySet[Any]) -> dict[str, Any]:
    """The first of them, and how many there are."""
    return {name: rows[: selectors.ROWS_PER_PANEL], f"{name}_count": rows.count()}


def _whole_number(text: str | None, default: int) -> int:
    is_number = text and text.isascii() and text.isdigit() and len(text) < 14
    return min(max(int(text), 1), MAX_VOLUME_MESSAGES) if text and is_number else default
