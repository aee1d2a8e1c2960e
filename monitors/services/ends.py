"""The end of a call: its outcome, its audit event and the mirror's change, in one transaction and once."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from monitors.limits import MAX_NOTE
from monitors.models import AuditChain, Kind, Mirror, Operation, State, Task, prepared
from monitors.models.saving import save_each
from monitors.services import details, metrics, writers_lock
from monitors.services.errors import NotRecorded
from monitors.services.lists import accepted, schedule
from monitors.services.log import audit
from monitors.services.outbound import spool
from monitors.services.outbound.spool import CallEnd

logger = logging.getLogger(__name__)

# What the end of a call may change; no other process writes the rest.
CLOSED_COLUMNS = (
    *("record", "customer", "state", "ended_at", "deadline_at", "settled_at", "settled_by"),
    *("words", "http_status", "outcome_note", "retry_after"),
)
Ended = tuple[Operation, CallEnd]


@dataclass(frozen=True, slots=True)
class Closed:
    """The operations as they are now, and in how many seconds the list is due that nobody has woken the worker for."""

    rows: dict[UUID, Operation]
    due_in: float | None

    def wake_worker(self) -> None:
        """Once it is committed."""
        if self.due_in is not None:
            schedule.wake_worker_in(self.due_in)


def finish(operation: Operation, end: CallEnd) -> Operation:
    """Close one call in a transaction of its own; the operation as it is then."""
    with transaction.atomic():
        chain, now = writers_lock.take_at()
        closed = close(chain, [(operation, end)], now)
    closed.wake_worker()
    return closed.rows[operation.pk]


def record_end(operation: Operation, end: CallEnd) -> Operation:
    """`finish`, tried again for a while where the database is locked or restarting. Raises NotRecorded."""
    give_up_at = time.monotonic() + settings.PACE.recording_patience.total_seconds()
    while True:
        try:
            return finish(operation, end)
        except DatabaseError as error:
            logger.warning("the end of operation %s could not be recorded: %s", operation.uuid, end.state)
            if time.monotonic() > give_up_at:
                is_kept = spool.keep(operation.uuid, end)
                raise NotRecorded(operation, end.state, is_kept=is_kept) from error
            if not connection.in_atomic_block:  # never in the product, always in a test
                connection.close()
            time.sleep(settings.PACE.recording_pause.total_seconds())


def record_kept() -> int:
    """Record what no database took before; how many were recorded."""
    recorded = 0
    for uuid, end, path in spool.kept_ends():
        operation = Operation.objects.filter(pk=uuid).first()
        if operation is None:
            logger.error("%s belongs to no operation of this database", path)
            continue
        if operation.ended_at is None:
            finish(operation, end)
            recorded += 1
        path.unlink(missing_ok=True)
    return recorded


def close(chain: AuditChain, ends: Sequence[Ended], now: datetime) -> Closed:
    """Close calls under the caller's lock, which holds `chain`. Those that are closed already stay as they are.

    `now` was read under the lock.
    """
    keys = [operation.pk for operation, _ in ends]
    rows = {row.pk: row for row in prepared.of_keys("ends of calls", _locked, keys)}
    # Closed: by a commit of which the answer was lost, or by another process.
    open_ends = [(rows[operation.pk], operation, end) for operation, end in ends]
    open_ends = [each for each in open_ends if each[0].ended_at is None]
    if not open_ends:
        return Closed(rows, None)
    late = {current.pk for current, *_ in open_ends if current.state not in (State.QUEUED, State.PENDING)}
    for current, operation, end in open_ends:
        current.actor = operation.actor  # with the roles that the call was begun with
        _note_end(current, end, now)
    closed = [current for current, *_ in open_ends]
    changing = [row for row in closed if _changes_the_mirror(row, is_late=row.pk in late)]
    since = accepted.apply(*changing)
    save_each(closed, CLOSED_COLUMNS)
    for current in closed:
        metrics.ENDED.labels(current.task, current.state).inc()
        with structlog.contextvars.bound_contextvars(operation=str(current.uuid)):
            logger.info("operation %s %s: %s", current.uuid, current.task, current.state)
    applied = {row.pk for row in changing}
    events = [
        _ended(row, since.get(row.pk), is_late=row.pk in late, is_applied=row.pk in applied) for row in closed
    ]
    begun = details.begin((row.record, row) for row in changing if row.task == Task.CREATE and row.record)
    audit.append(chain, *events, *begun, at=now)
    due_at = schedule.list_after_writes(closed, now)
    return Closed(rows, None if due_at is None else (due_at - now).total_seconds())


def _locked(*keys: UUID) -> QuerySet[Operation]:
    rows = Operation.objects.select_related("record", "customer").select_for_update(of=("self",))
    return rows.filter(pk__in=keys)


def _note_end(current: Operation, end: CallEnd, now: datetime) -> None:
    current.words, current.http_status = list(end.words), end.http_status
    current.outcome_note, current.retry_after = end.note[:MAX_NOTE], end.retry_after
    current.ended_at = end.at or now
    # A clock that was set back may have brought it nearer: no call ends after its deadline.
    current.deadline_at = max(current.deadline_at, current.ended_at)
    _move(current, end.state)


def _changes_the_mirror(operation: Operation, *, is_late: bool) -> bool:
    return operation.state == State.ACCEPTED and not (is_late and _has_a_newer_list(operation))


def _has_a_newer_list(operation: Operation) -> bool:
    """Whether the mirror shows a list asked for after the call ended: what has come since, only a list can tell."""
    return Mirror.objects.filter(pk=1, asked_at__gt=operation.ended_at).exists()


def _move(operation: Operation, state: State) -> None:
    """A list may have judged the operation before its own answer came: a success then asks for a new look.

    Not where that list has shown it.
    """
    is_judged = operation.settled_at is not None
    if is_judged and (state != State.ACCEPTED or operation.state == State.CONFIRMED):
        return
    operation.state = state
    operation.settled_at = operation.ended_at if state in (State.REFUSED, State.NOT_SENT) else None
    operation.settled_by = None


def _ended(operation: Operation, since: datetime | None, *, is_late: bool, is_applied: bool) -> audit.Event:
    """With the moment of the answer, which is that of whatever it changed in the mirror unless `since` is another."""
    answered_at = operation.ended_at
    assert answered_at is not None
    window = {"at": (since or answered_at).isoformat()}
    said: dict[str, Any] = {"words": operation.words, "note": operation.outcome_note, "window": window}
    if since not in (None, answered_at):
        said["answered_at"] = answered_at.isoformat()
    if is_late:
        said |= {"late": True, "applied": is_applied}
    return audit.Event(
        kind=Kind.ENDED,
        **audit.by(operation.actor),
        **audit.about(operation),
        details=said | {"parameters": operation.parameters, "before": operation.before},
    )
