"""When the next list is due, and the bell that wakes whoever fetches it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from monitors import wiring
from monitors.models import UNSETTLED, Mirror, Operation, State
from monitors.models.refresh import WORKER_SILENT_AFTER
from monitors.services import clock

SOON = timedelta(seconds=2)  # writes that follow each other closely share one list
EAGER = timedelta(minutes=1)


def after(operation: Operation) -> None:
    """A write ended: its confirmation is due soon, the judgement of an unknown one after its deadline."""
    if operation.state == State.ACCEPTED:
        at(clock.now() + SOON)
    elif operation.state == State.UNKNOWN:
        at(operation.deadline_at + SOON / 4)


def at(moment: datetime) -> None:
    """The next list is due at `moment`, or earlier if it already was."""
    mirror = Mirror.objects.select_for_update().get(pk=1)
    if mirror.due_at is None or mirror.due_at > moment:
        mirror.due_at = moment
        mirror.save(update_fields=["due_at"])


def soon(*, forced: bool = False) -> None:
    """The next list is due now; `forced` when a person asked, so that the breaker lets it try."""
    with transaction.atomic():
        at(clock.now())
        if forced:
            Mirror.objects.filter(pk=1).update(is_forced=True)


def ring() -> None:
    """Wake the worker for the moment the next list is due."""
    due_at = Mirror.objects.get(pk=1).due_at
    if due_at is not None:
        delay = (due_at - clock.now()).total_seconds() + 0.05
        wiring.wake_worker(delay=max(delay, 0))


def next_after(asked_at: datetime, *, can_settle: bool = True) -> datetime:
    """When to ask again after a list asked for at `asked_at`: the interval, or as soon as something waits for it."""
    moments = [asked_at + timedelta(seconds=settings.REFRESH_SECONDS)]
    if not can_settle:
        return max(moments[0], clock.now())
    waiting = Operation.objects.filter(settled_at=None)
    deadlines = waiting.filter(state__in=UNSETTLED).values_list("deadline_at", flat=True)
    moments += [deadline + SOON / 4 for deadline in deadlines]
    # One that no list could judge for a while (unreadable there) waits for the usual interval.
    if waiting.filter(state=State.ACCEPTED, ended_at__gte=clock.now() - EAGER).exists():
        moments.append(clock.now() + SOON)
    return max(min(moments), clock.now())


def is_worker_alive(mirror: Mirror, now: datetime) -> bool:
    return mirror.worker_seen_at is not None and now - mirror.worker_seen_at < WORKER_SILENT_AFTER
