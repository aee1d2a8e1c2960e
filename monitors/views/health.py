"""Signs of life for whoever watches the processes; no names, no secrets, no sign-in."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from monitors.models import Mirror


@login_not_required
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """The database answers and is migrated. A dead upstream does not make the desk unready."""
    try:
        Mirror.objects.get(pk=1)
    except (DatabaseError, Mirror.DoesNotExist):
        return HttpResponse("the database is not ready\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
