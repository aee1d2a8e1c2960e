"""What an administrator should look at."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import insight as selectors
from monitors.views.access import DeskRequest, needs


@require_safe
@needs(Right.GOVERN)
def insight(request: DeskRequest) -> HttpResponse:
    now = timezone.now()
    idle, old, strange = (
        selectors.without_customers(),
        selectors.old_without_reason(now),
        selectors.strange_mailboxes(),
    )
    several = selectors.on_several()
    shown = selectors.SHOWN
    context = {
        "trend": selectors.trend(now),
        "width": selectors.WIDTH,
        "height": selectors.HEIGHT,
        "idle": idle[:shown],
        "idle_count": idle.count(),
        "several": several[:shown],
        "several_count": several.count(),
        "old": old[:shown],
        "old_count": old.count(),
        "strange": strange[:shown],
        "strange_count": len(strange),
        "domains": settings.MONITOR_EMAIL_DOMAINS,
        "people": selectors.busiest_people(now),
        "samples": selectors.samples(),
    }
    return render(request, "monitors/insight.html", context)
