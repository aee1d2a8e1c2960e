"""What an administrator should look at."""

from typing import cast

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitors.models import Refresh, Right
from monitors.selectors import insight as selectors
from monitors.selectors.mirror import Desk
from monitors.selectors.trend import FIRST_LIST, trend
from monitors.views.access import DeskRequest, needs
from monitors.views.chart import Chart
from monitors.views.frame import desk_of

PERIODS = {30: "30 days", 90: "90 days", 365: "1 year"}
DEFAULT_PERIOD_DAYS = 90
DEFAULT_VOLUME_MESSAGES = 1000  # what each customer is assumed to send
MAX_VOLUME_MESSAGES = 10**12


@require_safe
@needs(Right.GOVERN)
def insight(request: DeskRequest) -> HttpResponse:
    now, desk = timezone.now(), desk_of(request, FIRST_LIST)
    days = _whole_number(request.GET.get("days"), DEFAULT_PERIOD_DAYS)
    period = days if days in PERIODS else DEFAULT_PERIOD_DAYS
    panels = selectors.panels(now, desk.version)
    volume = _whole_number(request.GET.get("volume"), DEFAULT_VOLUME_MESSAGES)
    context = {
        "chart": Chart(trend(now, period, desk.version, _first_list(desk))),
        "period": period,
        "periods": PERIODS,
        "domains": settings.MONITOR_EMAIL_DOMAINS,
        "panels": panels,
        "limit": selectors.MAX_COUNTED,
        "volume": volume,
        "sample_count": volume * panels.samples.share,
    }
    return render(request, "monitors/insight.html", context)


def _first_list(desk: Desk) -> Refresh | None:
    return cast("Refresh | None", desk.beside.rows["first_list"])


def _whole_number(text: str | None, default: int) -> int:
    is_number = text and text.isascii() and text.isdigit() and len(text) < 14
    return min(max(int(text), 1), MAX_VOLUME_MESSAGES) if text and is_number else default
