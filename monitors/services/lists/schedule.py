"""When the next list is due, and waking the worker for that moment."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from monitors.models import Mirror, Operation, State
from monitors.services import clock, worker

WAKE_UP_MARGIN_SECONDS = 0.05  # so that the moment has certainly come when the worker looks


def list_after_writes(ended: Iterable[Operation], now: datetime) -> datetime | None:
    """Writes ended: their confirmation is due shortly, the judgement of an unknown one after its deadline.

    The moment for which the worker must be woken; None where an earlier list is due and somebody has woken it.
    """
    moments = [moment for operation in ended if (moment := _moment_of_list(operation, now)) is not None]
    moment = min(moments, default=None)
    return moment if moment is not None and list_at(moment) else None


def _moment_of_list(operation: Operation, now: datetime) -> datetime | None:
    if operation.state == State.ACCEPTED:
        return now + settings.PACE.confirm_after
    if operation.state == State.UNKNOWN:
        return operation.deadline_at + settings.PACE.judge_after
    return None


def list_at(moment: datetime) -> bool:
    """The next list is due at `moment`; False where it already was earlier. Inside the caller's transaction."""
    later = Mirror.objects.filter(Q(due_at=None) | Q(due_at__gt=moment), pk=1)
    return later.update(due_at=moment) > 0


def list_now(*, is_forced: bool = False) -> None:
    """The next list is due now; `is_forced` when a person asked, so that the circuit breaker lets it try."""
    with transaction.atomic():
        list_at(clock.now())
        if is_forced:
            Mirror.objects.filter(pk=1).update(is_forced=True)


def wake_worker() -> None:
    """Wake the worker for the moment the next list is due."""
    due_at = Mirror.objects.get(pk=1).due_at
    if due_at is not None:
        wake_worker_in(_seconds_until(due_at))


def wake_worker_in(seconds: float) -> None:
    worker.wake(delay=max(seconds, 0) + WAKE_UP_MARGIN_SECONDS)


def is_due(mirror: Mirror) -> bool:
    return mirror.due_at is None or _seconds_until(mirror.due_at) <= 0


def _seconds_until(due_at: datetime) -> float:
    """A moment further ahead than any list is ever scheduled was set before a clock was set back: it has come."""
    seconds = (due_at - clock.now()).total_seconds()
    call = (
        timedelta(seconds=settings.SENDGRID_DEADLINE) + settings.PACE.call_margin + settings.PACE.judge_after
    )
    return seconds if seconds <= max(settings.REFRESH_SECONDS, call.total_seconds()) + 1 else 0


def claim(mirror: Mirror) -> None:
    """A list is being asked for: what is scheduled from here on is a request for another one."""
    mirror.due_at, mirror.is_forced = None, False


def next_list(mirror: Mirror, moment: datetime) -> None:
    """The list after the one that just ended is due at `moment`, or earlier if somebody asked meanwhile."""
    mirror.due_at = moment if mirror.due_at is None else min(mirror.due_at, moment)


def moment_after(asked_at: datetime, *, can_settle: bool = True) -> datetime:
    """When to ask again after a list asked for at `asked_at`: the interval, or as soon as an operation needs it."""
    moments = [asked_at + timedelta(seconds=settings.REFRESH_SECONDS)]
    if can_settle:
        moments += _moments_to_settle(asked_at)
    return max(min(moments), clock.now())


def _moments_to_settle(asked_at: datetime) -> list[datetime]:
    waiting = Operation.objects.filter(settled_at=None)
    # An unknown one that the list could have judged, and did not, waits for a younger one of the same
    # customer or record, which has a moment here; or it is unreadable there, and waits for the usual interval.
    unsettled = waiting.filter(Q(state=State.PENDING) | Q(state=State.UNKNOWN, deadline_at__gte=asked_at))
    deadlines = unsettled.values_list("deadline_at", flat=True)
    moments = [deadline + settings.PACE.judge_after for deadline in deadlines]
    # One that no list could judge for a while (unreadable there) waits for the usual interval.
    since = clock.now() - settings.PACE.confirm_within
    if waiting.filter(state=State.ACCEPTED, ended_at__gte=since).exists():
        moments.append(clock.now() + settings.PACE.confirm_after)
    return moments
