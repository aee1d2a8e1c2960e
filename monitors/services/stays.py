"""Deciding how long customers stay on their records: another end, an end now, or that they stay; for many at once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from monitors.models import Attachment, Kind, Operation, Right, Source, State, Task
from monitors.services import clock, expiry, rights, until, writers_lock
from monitors.services.errors import Invalid
from monitors.services.log import audit
from monitors.services.submission import Submission

MAX_AT_ONCE = 100
NO_REASON = "Give a reason: a few words or a ticket."


def extend(*, submission: Submission, keys: Sequence[int], until_text: str) -> list[Attachment]:
    """Another end for each of these attachments, counted from now where it is a duration.

    Returns those that were changed: who has left meanwhile is left alone. Raises Denied, Invalid.
    """
    _demand_reason(submission)
    chosen = until.chosen(submission.actor, until_text, read_clock=clock.now)

    def change(row: Attachment, now: datetime) -> Kind:
        row.expires_at, row.is_endless, row.retry_at = chosen.end(now), chosen.is_endless, None
        row.kept_at = now
        return Kind.END_SET

    return _decide(submission, keys, change)


def end_now(*, submission: Submission, keys: Sequence[int]) -> list[Attachment]:
    """Their end is now; they are detached as at any end. Raises Denied, Invalid."""

    def change(row: Attachment, now: datetime) -> Kind:
        row.expires_at, row.is_endless, row.retry_at = now, False, None
        return Kind.END_SET

    ending = _decide(submission, keys, change)
    expiry.end_here([row.pk for row in ending])
    return ending


def keep(*, submission: Submission, keys: Sequence[int]) -> list[Attachment]:
    """They stay as they are, for the reason given; one without a reason gets this one. Raises Denied, Invalid."""
    _demand_reason(submission)

    def change(row: Attachment, now: datetime) -> Kind:
        row.kept_at, row.reason = now, row.reason or submission.reason
        return Kind.KEPT

    return _decide(submission, keys, change)


def _demand_reason(submission: Submission) -> None:
    rights.demand(submission.actor, Right.ATTACH)
    if not submission.reason.strip():
        raise Invalid("reason", NO_REASON)


def _decide(
    submission: Submission, keys: Sequence[int], change: Callable[[Attachment, datetime], Kind]
) -> list[Attachment]:
    """In one transaction, each with an event that says what was before and after."""
    rights.demand(submission.actor, Right.ATTACH)
    if len(keys) > MAX_AT_ONCE:
        raise Invalid(None, f"At most {MAX_AT_ONCE} customers at once.")
    with transaction.atomic():
        chain = writers_lock.take()
        now = clock.now()
        lasting = Attachment.objects.lasting().filter(~Exists(_ending()), pk__in=keys)
        rows = list(lasting.select_related("record", "customer").order_by("sort_name", "pk"))
        events = [_changed(submission, row, now, change) for row in rows]
        if events:
            audit.append(chain, *events, at=now)
    return rows


def _ending() -> QuerySet[Operation]:
    """Detaches at an end that are queued or under way: it is too late for another decision."""
    leaving = Operation.objects.filter(
        settled_at=None, state__in=(State.QUEUED, State.PENDING, State.UNKNOWN)
    )
    at_end = leaving.filter(source=Source.EXPIRY, task=Task.DETACH)
    return at_end.filter(record=OuterRef("record"), customer=OuterRef("customer"))


def _changed(
    submission: Submission, row: Attachment, now: datetime, change: Callable[[Attachment, datetime], Kind]
) -> audit.Event:
    before = _state(row)
    kind = change(row, now)
    row.save(update_fields=["expires_at", "is_endless", "retry_at", "kept_at", "reason"])
    return audit.Event(
        kind=kind,
        **audit.by(submission.actor),
        source=submission.source,
        **audit.on(row.record, row.customer),
        reason=submission.reason,
        details={"attachment": row.pk, "before": before, "after": _state(row)},
    )


def _state(row: Attachment) -> dict[str, Any]:
    """What a decision may change, as evidence."""
    return {
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "is_endless": row.is_endless,
        "kept_at": row.kept_at.isoformat() if row.kept_at else None,
        "reason": row.reason,
    }
