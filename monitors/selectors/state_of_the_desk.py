"""The state of the desk in numbers, for machines that watch it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils import timezone

from monitors.models import UNDER_WAY, Mirror, Operation, State
from monitors.selectors import mirror as mirrors


@dataclass(frozen=True, slots=True)
class Numbers:
    """Ages in seconds; None where there is nothing that could be old. `operations` are those that are not settled."""

    operations: dict[str, int]
    queue_age: float | None
    list_age: float | None
    is_failing: bool
    worker_age: float | None
    is_worker_alive: bool


def numbers() -> Numbers:
    mirror, now = mirrors.get(), timezone.now()
    waiting = Operation.objects.filter(state=State.QUEUED).aggregate(oldest=Min("started_at"))["oldest"]
    return Numbers(
        operations=_operations(),
        queue_age=_age(waiting, now),
        list_age=_age(mirror.asked_at, now),
        is_failing=mirror.failing_since is not None,
        worker_age=_age(mirror.worker_seen_at, now),
        is_worker_alive=not mirrors.is_worker_silent(mirror),
    )


def what_is_degraded(mirror: Mirror) -> list[str]:
    """What does not work though the desk does, in a few words each."""
    found = []
    if mirror.failing_since is not None:
        found.append("SendGrid sends no usable list")
    if mirrors.is_worker_silent(mirror):
        found.append("no worker is alive")
    return found


def _operations() -> dict[str, int]:
    """Those that are settled would be all that ever were."""
    counted = Operation.objects.filter(state__in=UNDER_WAY, settled_at=None).order_by().values("state")
    found = dict(counted.annotate(count=Count("pk")).values_list("state", "count"))
    return {state.value: found.get(state, 0) for state in UNDER_WAY}


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max(now - moment, timedelta(0)).total_seconds()
