"""Signs of life for whoever watches the processes; no names, no secrets, no sign-in."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from monitors.models import Mirror
from monitors.services import storage


@login_not_required
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """The database is migrated, takes a write and has room. A dead upstream does not make the desk unready."""
    error: DatabaseError | None = None
    try:
        with transaction.atomic():
            is_there = Mirror.objects.filter(pk=1).update(worker_seen_at=F("worker_seen_at"))
            transaction.set_rollback(True)
    except DatabaseError as failure:
        is_there, error = 0, failure
    if storage.is_full(error):  # SQLite takes the probe, which is taken back, also on a full disk
        return HttpResponse("the disk of the database is full\n", status=503, content_type="text/plain")
    if not is_there:
        return HttpResponse("the database is not ready\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
