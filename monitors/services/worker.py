"""The worker as services see it: a port to wake it through, and its sign of life."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError
from django.db.models import QuerySet

from monitors.models import Mirror, prepared
from monitors.services import clock

logger = logging.getLogger(__name__)
Wake = Callable[[float], None]


class _Port:
    """Where wake-ups go; `apps.ready()` connects the queue."""

    wake: Wake | None = None


def connect(wake: Wake) -> None:
    """`wake` takes seconds from now. It may fail: what is due stays due, and each minute looks for it."""
    _Port.wake = wake


def wake(*, delay: float = 0) -> None:
    """Ask the worker to look for due work in `delay` seconds."""
    if _Port.wake is None:
        return
    try:
        _Port.wake(delay)
    except Exception:  # the queue raises its driver's own errors; the row that is due stays due
        logger.exception("the queue did not take a wake-up")


def beat() -> None:
    """Called by the worker every PACE.heartbeat, so that pages know somebody fetches lists for them."""
    try:
        Mirror.objects.filter(pk=1).update(worker_seen_at=clock.now())
    except DatabaseError:  # the next beat tries again
        logger.exception("the heartbeat could not be written")


def is_there(now: datetime) -> bool:
    """Whether a worker is alive, by one statement."""
    return is_among(prepared.by_key("sign of life", signs_of_life), now)


def is_among(signs: Iterable[Mirror], now: datetime) -> bool:
    """The same of the rows of `signs_of_life`, for whoever reads them beside others."""
    return any(is_alive(mirror, now) for mirror in signs)


def signs_of_life() -> QuerySet[Mirror]:
    return Mirror.objects.only("worker_seen_at").filter(pk=1)


def is_alive(mirror: Mirror, now: datetime) -> bool:
    """A sign of life from the future is one from before a clock was set back."""
    seen: datetime | None = mirror.worker_seen_at
    return seen is not None and abs(now - seen) < settings.PACE.worker_silent_after
