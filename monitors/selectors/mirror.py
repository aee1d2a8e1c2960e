"""How old the copy is, and how the upstream has been answering."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from monitors.models import Gate, Mirror, Refresh, RefreshAnomaly, RefreshOutcome
from monitors.models.refresh import WORKER_SILENT_AFTER

LONGEST = timedelta(minutes=10)  # no list takes longer from being asked for to being written


@dataclass(frozen=True, slots=True)
class Pause:
    """The upstream is left alone until then: it asked for it, or (the breaker) it kept failing."""

    until: datetime
    is_asked: bool


def get() -> Mirror:
    """The one row; a fresh database without it counts as never loaded."""
    return Mirror.objects.select_related("held__decided_by").filter(pk=1).first() or Mirror()


def age_seconds(mirror: Mirror) -> float | None:
    """None: never loaded."""
    return None if mirror.asked_at is None else (timezone.now() - mirror.asked_at).total_seconds()


def is_outdated(mirror: Mirror) -> bool:
    """Whether a page should ask for a new list in the background."""
    age = age_seconds(mirror)
    return age is None or age > settings.REFRESH_SECONDS * 1.5


def is_worker_silent(mirror: Mirror) -> bool:
    seen = mirror.worker_seen_at
    return seen is None or timezone.now() - seen > WORKER_SILENT_AFTER


def is_fetching(mirror: Mirror) -> bool:
    """Whether somebody holds the lease: a list is on its way or being written."""
    return mirror.lease_until is not None and mirror.lease_until > timezone.now()


def gate() -> Gate:
    """The one row, like `get`."""
    return Gate.objects.filter(pk=1).first() or Gate()


def pause(gate: Gate) -> Pause | None:
    now = timezone.now()
    if gate.closed_until and gate.closed_until > now:
        return Pause(gate.closed_until, is_asked=True)
    if gate.open_until and gate.open_until > now:
        return Pause(gate.open_until, is_asked=False)
    return None


def has_finished_since(moment: datetime) -> bool:
    """Whether a list asked for then has come, or has failed to."""
    return Refresh.objects.filter(asked_at__gt=moment - LONGEST, finished_at__gte=moment).exists()


def has_changed_since(moment: datetime) -> bool:
    """Whether a list asked for after that one changed anything."""
    return Refresh.objects.filter(asked_at__gt=moment, outcome=RefreshOutcome.APPLIED).exists()


def latest_refreshes(count: int = 20) -> QuerySet[Refresh]:
    return Refresh.objects.select_related("actor", "decided_by").order_by("-asked_at", "-pk")[:count]


def latest_anomalies(count: int = 50) -> QuerySet[RefreshAnomaly]:
    """What was odd in the newest list that held anything odd."""
    newest = Refresh.objects.filter(anomalies__gt=0).order_by("-asked_at", "-pk").values("pk")[:1]
    return RefreshAnomaly.objects.filter(
        refresh__in=list(newest.values_list("pk", flat=True))
    ).select_related("refresh")[:count]
