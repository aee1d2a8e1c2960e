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
from monitors.selectors.trend import HEIGHT, PERIODS, WIDTH, trend
from monitors.views.access import DeskRequest, needs

PERIOD, VOLUME = 90, 1000  # days of the trend, messages a customer is assumed to send
MOST = 10**12


@require_safe
@needs(Right.GOVERN)
def insight(request: DeskRequest) -> HttpResponse:
    now = timezone.now()
    days = _whole(request.GET.get("days"), PERIOD)
    shown = days if days in PERIODS else PERIOD
    context = {
        "trend": trend(now, shown),
        "days": shown,
        "periods": PERIODS,
        "width": WIDTH,
        "height": HEIGHT,
        "domains": settings.MONITOR_EMAIL_DOMAINS,
        "people": selectors.busiest_people(now),
        "samples": selectors.samples(_whole(request.GET.get("volume"), VOLUME)),
        **_first("idle", selectors.without_customers()),
        **_first("several", selectors.on_several()),
        **_first("old", selectors.old_without_reason(now)),
        **_first("strange", selectors.strange_mailboxes()),
    }
    return render(request, "monitors/insight.html", context)


def _first(name: str, rows: QuerySet[Any]) -> dict[str, Any]:
    """A few of them, and how many there are."""
    return {name: rows[: selectors.SHOWN], f"{name}_count": rows.count()}


def _whole(text: str | None, default: int) -> int:
    is_number = text and text.isascii() and text.isdigit() and len(text) < 14
    return min(max(int(text), 1), MOST) if text and is_number else default
