"""Which columns of a long table somebody sees, and how close its rows stand."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from monitors.models import Right
from monitors.views.access import DeskRequest, needs
from monitors.views.answers import safe_next
from monitors.wording import tables

REMEMBERED = timedelta(days=365)


@require_POST
@needs(Right.LOOK)
def choose(request: DeskRequest) -> HttpResponse:
    """Back to the table; nothing for a page that has followed the choice already. No such table is no choice."""
    table = request.POST.get("table", "")
    if table not in tables.COLUMNS:
        return HttpResponseRedirect(safe_next(request, "/"))
    put_away = set(tables.COLUMNS[table]) - set(request.POST.getlist("column"))
    tight = {tables.TIGHT} & {request.POST.get("density", "")}
    choices = tables.read(request.COOKIES.get(tables.COOKIE, "")) | {table: frozenset(put_away | tight)}
    response = HttpResponse(status=204) if request.htmx else HttpResponseRedirect(safe_next(request, "/"))
    response.set_cookie(
        tables.COOKIE,
        tables.write(choices),
        max_age=REMEMBERED,
        secure=settings.HTTPS_ONLY,
        httponly=True,
        samesite="Lax",
    )
    return response
