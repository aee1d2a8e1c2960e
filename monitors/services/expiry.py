"""Carrying out ends: whoever is still on a record when its end comes is detached, once, however many workers run.

What is due are rows, so an end that came while nobody worked is carried out later. A try that came to nothing is made
again, each time after twice the wait, and never before it is settled.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q, QuerySet

from monitors.models import Attachment, AuditEvent, Kind, Mirror, Operation, Source, State, Task
from monitors.services import attachments, clock, worker, writers_lock
from monitors.services.errors import Busy, Invalid
from monitors.services.lists import schedule
from monitors.services.log import audit
from monitors.services.submission import Submission
from monitors.services.targets import Target

logger = logging.getLogger(__name__)

AT_ONCE = 20  # detaches that are queued or under way: what waits too long for its turn would not be sent
NEEDLESS_ROWS = 100  # in one transaction
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
WAKE_WITHIN = timedelta(seconds=61)  # longer than the minute after which the worker looks by itself
_TOKENS = UUID("6f1f6bb2-35a7-4b52-9d0b-0a2f7f7a9c11")
END_CAME = "Its end came."


def run_due(*, keys: Sequence[int] | None = None) -> None:
    """Carry out the ends that have come; `keys` of attachments where only those are meant."""
    close_needless()
    room = AT_ONCE - _under_way()
    for attachment in _due(keys)[: max(room, 0)]:
        _end(attachment)
    close_needless()
    if keys is None and _due(None).exists():
        worker.wake(delay=1)


def wake_for_the_next_minute() -> None:
    """An end within the next minute is carried out at its moment, not at the next full minute."""
    now = clock.now()
    coming = Attachment.objects.filter(expired_at=None, expires_at__gt=now, expires_at__lte=now + WAKE_WITHIN)
    rows = coming.only("expires_at").order_by("expires_at")[:AT_ONCE]
    for moment in {row.expires_at for row in rows if row.expires_at}:
        schedule.wake_worker_in((moment - now).total_seconds())


def close_needless() -> None:
    """Ends of attachments that are over: carried out, or nothing is left to do, which is said where it may surprise."""
    while _over().exists() and (rows := _close_some()):
        logger.info("%d ends had come for attachments that were over", rows)


def _close_some() -> int:
    with transaction.atomic():
        chain = writers_lock.take()
        now = clock.now()
        related = _over().select_related("record", "customer", "ended_by")
        rows = list(related.order_by("expires_at")[:NEEDLESS_ROWS])
        events = [event for event in map(_why_nothing, rows) if event]
        if events:
            audit.append(chain, *events, at=now)
        Attachment.objects.filter(pk__in=[row.pk for row in rows]).update(expired_at=now, retry_at=None)
    return len(rows)


def _over() -> QuerySet[Attachment]:
    due = Attachment.objects.filter(expired_at=None, expires_at__lte=clock.now())
    return due.exclude(detached_at=None)


def _why_nothing(row: Attachment) -> audit.Event | None:
    """Where the customer is monitored all the same: moved, or appended anew. None where its end needs no word."""
    if row.ended_by is not None and row.ended_by.source == Source.EXPIRY:
        return None
    # A move begins the new attachment before the old one ends.
    began_after = row.attached_at if _may_have_moved(row) else row.detached_at
    after = Attachment.objects.lasting().filter(customer=row.customer, attached_at__gte=began_after)
    present = after.select_related("record").order_by("attached_at").first()
    if present is None:
        return None
    is_same = present.record_id == row.record_id
    return _event(
        Kind.END_NEEDLESS,
        row,
        {
            "why": "appended anew" if is_same else "moved",
            "now_on": present.record.name,
            "end": _iso(row.expires_at),
        },
    )


def _may_have_moved(row: Attachment) -> bool:
    """Rather than been detached by somebody who meant just that."""
    operation = row.ended_by
    return operation is None or operation.task == Task.APPEND or "moving_to" in operation.before


def _due(keys: Sequence[int] | None) -> QuerySet[Attachment]:
    now = clock.now()
    due = Attachment.objects.lasting().filter(expired_at=None, expires_at__lte=now)
    if keys is not None:
        due = due.filter(pk__in=keys)
    ready = due.filter(Q(retry_at=None) | Q(retry_at__lte=now))
    return ready.select_related("record", "customer", "began_by").order_by("expires_at")


def _under_way() -> int:
    leaving = Operation.objects.filter(settled_at=None, state__in=(State.QUEUED, State.PENDING))
    return leaving.filter(source=Source.EXPIRY).count()


def _end(attachment: Attachment) -> None:
    """One try, or the next one later."""
    tried = tries(attachment)
    last = tried[-1] if tried else None
    if last is not None and not _may_try_again(last, len(tried)):
        _put_off(attachment, _next_try(last, len(tried)))
        return
    try:
        _detach(attachment, len(tried))
    except (Busy, Invalid) as error:
        logger.info("the end of attachment %d waits: %s", attachment.pk, error)
    _put_off(attachment, clock.now() + _wait(len(tried) + 1))


def tries(attachment: Attachment) -> list[Operation]:
    """The detaches that were to carry out this end, the oldest first."""
    own = Operation.objects.filter(customer=attachment.customer_id, record=attachment.record_id)
    made = own.filter(source=Source.EXPIRY, task=Task.DETACH, started_at__gte=attachment.expires_at)
    return list(made.order_by("started_at"))


def _may_try_again(last: Operation, count: int) -> bool:
    return last.settled_at is not None and clock.now() >= _next_try(last, count)


def _next_try(last: Operation, count: int) -> datetime:
    if last.settled_at is None:
        return clock.now() + FIRST_WAIT
    asked = timedelta(seconds=last.retry_after or 0)
    return max(last.settled_at + _wait(count), (last.ended_at or last.settled_at) + asked)


def _wait(count: int) -> timedelta:
    doublings = min(count - 1, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _put_off(attachment: Attachment, moment: datetime) -> None:
    """Unless somebody has set another end meanwhile."""
    same = Attachment.objects.filter(pk=attachment.pk, expires_at=attachment.expires_at)
    same.update(retry_at=moment)


def _detach(attachment: Attachment, number: int) -> Operation:
    """The token is made of the attachment and its end, so that two workers make one operation."""
    end = attachment.expires_at
    note = {"end": _iso(end), "set_by": set_by(attachment)}

    def check(_target: Target) -> dict[str, str]:
        same = Attachment.objects.lasting().filter(pk=attachment.pk, expires_at=end)
        if not same.exists():
            raise Invalid(None, "It has another end now.")
        return note

    submission = Submission(
        actor=None,
        reason=attachment.reason or END_CAME,
        token=uuid5(_TOKENS, f"{attachment.pk} {_iso(end)} {number}"),
        source=Source.EXPIRY,
    )
    return attachments.detach_with(
        submission=submission, record=attachment.record, user=attachment.customer.username, check=check
    )


def set_by(attachment: Attachment) -> str:
    """Who chose the end that holds."""
    changed = AuditEvent.objects.filter(kind=Kind.END_SET, customer_id=attachment.customer_id)
    last = changed.filter(record_id=attachment.record_id).order_by("-number").first()
    if last is not None and last.details.get("attachment") == attachment.pk:
        return last.actor_name
    return attachment.began_by.actor_name if attachment.began_by else ""


def end_here(keys: Sequence[int]) -> None:
    """Ends that were just set to now: by a worker, or here where none is alive."""
    if worker.is_alive(Mirror.objects.get(pk=1), clock.now()):
        worker.wake()
    else:
        run_due(keys=keys)


def _event(kind: Kind, row: Attachment, details: dict[str, object]) -> audit.Event:
    return audit.Event(
        kind=kind,
        **audit.by(None),
        source=Source.EXPIRY,
        **audit.on(row.record, row.customer),
        details={"attachment": row.pk} | details,
    )


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
