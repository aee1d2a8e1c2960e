"""Signs of life for whoever watches the processes; no names, no secrets, no sign-in."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, transaction
from django.db.models import F
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
    """The database is migrated and takes a write. A dead upstream does not make the desk unready."""
    try:
        with transaction.atomic():
            is_there = Mirror.objects.filter(pk=1).update(worker_seen_at=F("worker_seen_at"))
            transaction.set_rollback(True)
    except DatabaseError:
        is_there = 0
    if not is_there:
        return HttpResponse("the database is not ready\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
