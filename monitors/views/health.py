"""Signs of life for whoever watches the processes; no names, no secrets, no sign-in."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from monitors.models import Mirror
from monitors.selectors import mirror as mirrors
from monitors.selectors.state_of_the_desk import what_is_degraded
from monitors.services import storage


@login_not_required
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """The database is migrated, takes a write and has room. Without the rest the desk works on, *degraded*."""
    error: DatabaseError | None = None
    try:
        is_there, mirror = _takes_a_write(), mirrors.get()
        is_migrated = storage.is_migrated()
    except DatabaseError as failure:
        is_there, error = False, failure
    if storage.is_full(error):  # SQLite takes the probe, which is taken back, also on a full disk
        return _line("the disk of the database is full", status=503)
    if not is_there:
        return _line("the database is not ready", status=503)
    if not is_migrated:
        return _line("the database is of another version: run migrate", status=503)
    degraded = what_is_degraded(mirror)
    return _line(f"degraded: {', '.join(degraded)}" if degraded else "ok")


def _takes_a_write() -> bool:
    with transaction.atomic():
        is_there = Mirror.objects.filter(pk=1).update(worker_seen_at=F("worker_seen_at"))
        transaction.set_rollback(True)
    return bool(is_there)


def _line(text: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
