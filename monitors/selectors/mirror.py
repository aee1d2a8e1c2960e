"""How old the copy is, and how the upstream has been answering."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from monitors.models import AuditEvent, Mirror, Operation, Refresh, RefreshAnomaly, RefreshOutcome, Throttle
from monitors.selectors import paging

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
    return seen is None or timezone.now() - seen > settings.PACE.worker_silent_after


def is_fetching(mirror: Mirror) -> bool:
    """Whether somebody holds the lease: a list is on its way or being written."""
    return mirror.lease_until is not None and mirror.lease_until > timezone.now()


def throttle() -> Throttle:
    """The one row, like `get`."""
    return Throttle.objects.filter(pk=1).first() or Throttle()


def pause(throttle: Throttle) -> Pause | None:
    now = timezone.now()
    if throttle.paused_until and throttle.paused_until > now:
        return Pause(throttle.paused_until, is_asked=True)
    if throttle.broken_until and throttle.broken_until > now:
        return Pause(throttle.broken_until, is_asked=False)
    return None


def has_finished_since(moment: datetime) -> bool:
    """Whether a list asked for then has come, or has failed to."""
    return Refresh.objects.filter(asked_at__gt=moment - LONGEST, finished_at__gte=moment).exists()


def has_changed_since(moment: datetime) -> bool:
    """Whether a list asked for after that one changed anything."""
    return Refresh.objects.filter(asked_at__gt=moment, outcome=RefreshOutcome.APPLIED).exists()


def latest_refreshes(count: int = 20) -> QuerySet[Refresh]:
    return Refresh.objects.select_related("actor", "decided_by").order_by("-asked_at", "-pk")[:count]


def refresh(refresh_id: int) -> Refresh:
    """Raises Http404."""
    found = Refresh.objects.select_related("actor", "decided_by").filter(pk=refresh_id).first()
    if found is None:
        raise Http404("There is no such list.")
    return found


def latest_odd() -> Refresh | None:
    """The newest list that held anything odd."""
    return Refresh.objects.filter(anomalies__gt=0).order_by("-asked_at", "-pk").first()


def anomalies(of: Refresh, number: str | None = None) -> paging.Slice[RefreshAnomaly]:
    """What was odd in a list: of very many the first are kept, `of.anomalies` counts all."""
    return paging.page(of.anomaly_rows.order_by("pk"), number)


def differences_of(of: Refresh, count: int = 50) -> QuerySet[AuditEvent]:
    """What a list changed, as the audit log keeps it; of the very first list that is one event alone."""
    events = AuditEvent.objects.filter(refresh_id=of.pk, kind="list.difference")
    return events.order_by("number")[:count]


def settled_by(of: Refresh, count: int = 50) -> QuerySet[Operation]:
    """The operations that a list was the evidence for."""
    return of.settled.select_related("record", "customer").order_by("-started_at")[:count]
