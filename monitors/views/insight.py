"""What an administrator should look at."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import insight as selectors
from monitors.selectors.trend import FIRST_LIST, trend
from monitors.views.access import DeskRequest, needs
from monitors.views.chart import PERIODS, Chart, chosen_period, chosen_volume, first_list_of
from monitors.views.frame import desk_of


@require_safe
@needs(Right.GOVERN)
def insight(request: DeskRequest) -> HttpResponse:
    now, desk = timezone.now(), desk_of(request, FIRST_LIST)
    period, volume = chosen_period(request), chosen_volume(request)
    panels = selectors.panels(now, desk.version)
    context = {
        "chart": Chart(trend(now, period, desk.version, first_list_of(desk)), "Monitored customers"),
        "period": period,
        "periods": PERIODS,
        "domains": settings.MONITOR_EMAIL_DOMAINS,
        "panels": panels,
        "limit": selectors.MAX_COUNTED,
        "volume": volume,
        "sample_count": volume * panels.samples.share,
    }
    return render(request, "monitors/insight.html", context)
