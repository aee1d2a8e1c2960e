"""When the next list is due, and waking the worker for that moment."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeGuard
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from monitors.models import Mirror, Operation, Refresh, State, fixed, prepared
from monitors.services import clock, worker

LIST_UNLESS_RESTING = """
    UPDATE monitors_mirror SET due_at = %(moment)s WHERE id = 1 AND (due_at IS NULL OR due_at > %(moment)s)
        AND (confirm_from IS NULL OR confirm_from <= %(moment)s OR confirm_from > %(longest)s)
"""
WAKE_UP_MARGIN_SECONDS = 0.05  # so that the moment has certainly come when the worker looks


def list_after_writes(ended: Iterable[Operation], now: datetime) -> datetime | None:
    """Writes ended: their confirmation is due shortly, or once the desk has rested from the last list; the
    judgement of unknown ones after their deadlines.

    The moment for which the worker must be woken; None where an earlier list is due and somebody has woken it.
    """
    rows = list(ended)
    deadlines = [each.deadline_at for each in rows if each.state == State.UNKNOWN]
    is_confirming = any(each.state == State.ACCEPTED for each in rows)
    due = _confirmation_at(now + settings.PACE.confirm_after) if is_confirming else None
    judgement = min(deadlines) + settings.PACE.judge_after if deadlines else None
    return judgement if judgement is not None and list_at(judgement) else due


def list_at(moment: datetime) -> bool:
    """The next list is due at `moment`; False where it already was earlier. Inside the caller's transaction."""
    due_later = Mirror.objects.filter(Q(due_at=None) | Q(due_at__gt=moment), pk=1)
    return due_later.update(due_at=moment) > 0


def _confirmation_at(moment: datetime) -> datetime | None:
    """At `moment`, or when the rest ends; None where a list is due by then, which mostly is so."""
    due_at, resting = prepared.only("due list", _due_and_rest)
    if due_at is not None and due_at <= moment:
        return None
    # A rest beyond the interval was noted before a clock was set back.
    longest = moment + timedelta(seconds=settings.REFRESH_SECONDS)
    if not _is_resting(resting, moment, longest):
        if _list_unless_resting(moment, longest):
            return moment
        _, resting = prepared.only("due list", _due_and_rest)  # a rest began meanwhile, or somebody asked
    is_later = _is_resting(resting, moment, longest) and list_at(resting)
    return resting if is_later else None


def _is_resting(until: datetime | None, moment: datetime, longest: datetime) -> TypeGuard[datetime]:
    return until is not None and moment < until <= longest


def _list_unless_resting(moment: datetime, longest: datetime) -> bool:
    moments = {"moment": moment, "longest": longest}
    adapted = {key: connection.ops.adapt_datetimefield_value(at) for key, at in moments.items()}
    with fixed.cursor() as cursor:
        cursor.execute(LIST_UNLESS_RESTING, adapted)
        return bool(cursor.rowcount)


def _due_and_rest() -> "QuerySet[Mirror, tuple[datetime | None, datetime | None]]":
    return Mirror.objects.filter(pk=1).values_list("due_at", "confirm_from")


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


def rest(refresh: Refresh, seconds: float) -> None:
    """The list that just ended took so many seconds of processor: one that only confirms waits accordingly."""
    pause = timedelta(seconds=seconds / settings.PACE.list_share)
    if pause <= settings.PACE.confirm_after:
        return
    others = _moment_for_others(refresh)
    with transaction.atomic():
        mirror = Mirror.objects.select_for_update().get(pk=1)
        mirror.confirm_from = min(clock.now() + pause, others)
        if mirror.due_at is not None and not mirror.is_forced:
            mirror.due_at = max(mirror.due_at, mirror.confirm_from)
        mirror.save(update_fields=["confirm_from", "due_at"])


def _moment_for_others(refresh: Refresh) -> datetime:
    """When a list is due for anything but to confirm: the interval, or to judge."""
    return min([_interval_after(refresh.asked_at), *_moments_to_judge(refresh.asked_at)])


def moment_after(asked_at: datetime, *, can_settle: bool = True) -> datetime:
    """When to ask again after a list asked for at `asked_at`: the interval, or as soon as an operation needs it."""
    moments = [_interval_after(asked_at)]
    if can_settle:
        moments += [*_moments_to_judge(asked_at), *_moments_to_confirm()]
    return max(min(moments), clock.now())


def _interval_after(asked_at: datetime) -> datetime:
    return asked_at + timedelta(seconds=settings.REFRESH_SECONDS)


def _moments_to_judge(asked_at: datetime) -> list[datetime]:
    # An unknown one that the list could have judged, and did not, waits for a younger one of the same
    # customer or record, which has a moment here; or it is unreadable there, and waits for the usual interval.
    deadlines = prepared.read("deadlines", _deadlines, asked_at)
    return [deadline + settings.PACE.judge_after for deadline in deadlines]


def _deadlines(asked_at: datetime) -> QuerySet[Operation, datetime]:
    open_ended = Q(state=State.PENDING) | Q(state=State.UNKNOWN, deadline_at__gte=asked_at)
    return Operation.objects.filter(open_ended, settled_at=None).values_list("deadline_at", flat=True)


def _moments_to_confirm() -> list[datetime]:
    # One that no list could judge for a while (unreadable there) waits for the usual interval.
    since = clock.now() - settings.PACE.confirm_within
    is_waiting = prepared.read("waits for a list", _one_that_waits, since)
    return [clock.now() + settings.PACE.confirm_after] if is_waiting else []


def _one_that_waits(since: datetime) -> QuerySet[Operation, UUID]:
    waiting = Operation.objects.filter(settled_at=None, state=State.ACCEPTED, ended_at__gte=since)
    return waiting.values_list("pk", flat=True)[:1]
