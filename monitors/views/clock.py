"""The clock that somebody reads: remembered by a cookie, for whoever signs in at this browser."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from monitors.models import Right
from monitors.views.access import DeskRequest, needs
from monitors.views.answers import safe_next
from monitors.wording import zones

REMEMBERED = timedelta(days=365)


@require_POST
@needs(Right.LOOK)
def clock(request: DeskRequest) -> HttpResponse:
    """Back to where somebody was, in the zone that they chose; what is no zone changes nothing."""
    response = HttpResponseRedirect(safe_next(request, "/"))
    name = request.POST.get("zone", "")
    if zones.named(name):
        response.set_cookie(
            zones.COOKIE,
            name,
            max_age=REMEMBERED,
            secure=settings.HTTPS_ONLY,
            httponly=True,
            samesite="Lax",
        )
    return response
