"""How old the copy is, and how the upstream has been answering."""

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from monitors.models import Mirror, Refresh, RefreshAnomaly

WORKER_SILENT_SECONDS = 20


def get() -> Mirror:
    """The one row; a fresh database without it counts as never loaded."""
    return Mirror.objects.select_related("held").filter(pk=1).first() or Mirror()


def age_seconds(mirror: Mirror) -> float | None:
    """None: never loaded."""
    return None if mirror.asked_at is None else (timezone.now() - mirror.asked_at).total_seconds()


def is_outdated(mirror: Mirror) -> bool:
    """Whether a page should ask for a new list in the background."""
    age = age_seconds(mirror)
    return age is None or age > settings.REFRESH_SECONDS * 1.5


def is_worker_silent(mirror: Mirror) -> bool:
    seen = mirror.worker_seen_at
    return seen is None or (timezone.now() - seen).total_seconds() > WORKER_SILENT_SECONDS


def latest_refreshes(count: int = 20) -> QuerySet[Refresh]:
    return Refresh.objects.select_related("actor").order_by("-asked_at", "-pk")[:count]


def latest_anomalies(count: int = 50) -> QuerySet[RefreshAnomaly]:
    """What was odd in the newest list that held anything odd."""
    newest = Refresh.objects.filter(anomalies__gt=0).order_by("-asked_at", "-pk").values("pk")[:1]
    return RefreshAnomaly.objects.filter(
        refresh__in=list(newest.values_list("pk", flat=True))
    ).select_related("refresh")[:count]
