"""How old the copy is, and how the upstream has been answering."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from monitors.models import (
    AuditChain,
    AuditEvent,
    Kind,
    Mirror,
    Operation,
    Refresh,
    RefreshAnomaly,
    RefreshOutcome,
    Throttle,
)
from monitors.selectors import paging, single_rows, totals
from monitors.selectors.single_rows import NOTHING_COUNTED, Answer, Beside, Counts, Question

_BESIDE = {
    "throttle": Beside(Throttle, "throttle.id = 1"),
    "chain": Beside(AuditChain, "chain.id = 1"),
    "held": Beside(Refresh, "held.id = first.held_id"),
    "decider": Beside(User, "decider.id = held.decided_by_id"),
}
FRAME_ALONE = Question()
MAX_LIST_DURATION = timedelta(minutes=10)  # from being asked for to being written


@dataclass(frozen=True, slots=True)
class Pause:
    """No calls until then: the upstream requested a pause, or it kept failing and the circuit is broken."""

    until: datetime
    is_requested: bool


def get() -> Mirror:
    """The one row; a fresh database without it counts as never loaded."""
    return Mirror.objects.select_related("held__decided_by").filter(pk=1).first() or Mirror()


@dataclass(frozen=True, slots=True)
class Desk:
    """The rows that the frame of every page needs; `version` changes with whatever is written (None: just now).

    `log_length` is the number of events in the audit log, `beside` what the page itself asked for.
    """

    mirror: Mirror
    throttle: Throttle
    version: totals.Version | None
    log_length: int
    beside: Answer


def desk(question: Question = FRAME_ALONE, counts: Counts = NOTHING_COUNTED) -> Desk:
    """All of it by one query."""
    answer = single_rows.read(Mirror, _BESIDE, question, counts)
    rows = answer.rows
    mirror = cast("Mirror", rows["first"] or Mirror())
    held = cast("Refresh | None", rows["held"])
    if held is not None:
        held.decided_by = cast("User | None", rows["decider"])
        mirror.held = held
    throttle = cast("Throttle", rows["throttle"] or Throttle())
    chain = cast("AuditChain | None", rows["chain"])
    return Desk(mirror, throttle, _version(mirror, chain), chain.length if chain else 0, answer)


def _version(mirror: Mirror, chain: AuditChain | None) -> totals.Version | None:
    if chain is None or mirror.lease_until is not None:
        return None
    return mirror.asked_at, chain.length


def age_seconds(mirror: Mirror) -> float | None:
    """None: never loaded."""
    return None if mirror.asked_at is None else (timezone.now() - mirror.asked_at).total_seconds()


def is_worker_silent(mirror: Mirror) -> bool:
    seen_at = mirror.worker_seen_at
    return seen_at is None or abs(timezone.now() - seen_at) > settings.PACE.worker_silent_after


def is_fetching(mirror: Mirror) -> bool:
    """Whether somebody holds the lease: a list is on its way or being written."""
    if mirror.lease_until is None:
        return False
    # One that ends later than any lease could was taken before a clock was set back.
    return timedelta(0) < mirror.lease_until - timezone.now() <= 2 * settings.PACE.lease


def pause(throttle: Throttle) -> Pause | None:
    now = timezone.now()
    if throttle.paused_until and throttle.is_paused(now):
        return Pause(throttle.paused_until, is_requested=True)
    if throttle.broken_until and throttle.is_broken(now):
        return Pause(throttle.broken_until, is_requested=False)
    return None


def has_finished_since(moment: datetime) -> bool:
    """Whether a list asked for then has come, or has failed to."""
    return Refresh.objects.filter(asked_at__gt=moment - MAX_LIST_DURATION, finished_at__gte=moment).exists()


def has_changed_since(moment: datetime) -> bool:
    """Whether a list asked for after that one changed anything."""
    return Refresh.objects.filter(asked_at__gt=moment, outcome=RefreshOutcome.APPLIED).exists()


def refresh(refresh_id: int) -> Refresh | None:
    return Refresh.objects.select_related("actor", "decided_by").filter(pk=refresh_id).first()


def latest_with_anomalies() -> Refresh | None:
    return Refresh.objects.filter(anomalies__gt=0).order_by("-asked_at", "-pk").first()


def anomalies(refresh: Refresh, page: str | None = None) -> paging.Results[RefreshAnomaly]:
    """The anomalies of a list: of very many the first are kept, `refresh.anomalies` counts all."""
    rows = RefreshAnomaly.objects.filter(refresh=refresh.anomalies_of_id or refresh.pk)
    return paging.paginate(rows.order_by("pk"), page)


def differences_of(refresh: Refresh, count: int = 50) -> QuerySet[AuditEvent]:
    """What a list changed, as the audit log keeps it; of the very first list that is one event alone."""
    events = AuditEvent.objects.filter(refresh_id=refresh.pk, kind=Kind.DIFFERENCE)
    return events.order_by("number")[:count]


def settled_by(refresh: Refresh, count: int = 50) -> QuerySet[Operation]:
    """The operations that a list was the evidence for."""
    return refresh.settled.select_related("record", "customer").order_by("-started_at")[:count]
