"""The life of one operation: committed, called outside any transaction, closed.

Every task goes through `perform`; the services of each task say what to check and what to call.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from monitors.gateway.client import Gateway
from monitors.limits import MAX_NOTE
from monitors.models import (
    Kind,
    Mirror,
    MonitorRecord,
    Operation,
    Source,
    State,
    Task,
)
from monitors.models.person import display_name
from monitors.services import clock, policy, writers_lock
from monitors.services.errors import Busy, Invalid, NotRecorded
from monitors.services.lists import accepted, schedule
from monitors.services.log import audit
from monitors.services.outbound import call as outbound_call
from monitors.services.outbound import spool, throttle
from monitors.services.outbound.spool import CallEnd

logger = logging.getLogger(__name__)

# What the end of a call may change; no other process writes the rest.
CLOSED_COLUMNS = (
    *("record", "customer", "state", "ended_at", "settled_at", "settled_by"),
    *("words", "http_status", "outcome_note", "retry_after"),
)
SENT_BEFORE = "This form was sent before with other values. Load the page again, then change it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Who asks for a write and why, from the form to the operation.

    `token` is the form's own number, which makes a double click one operation; `request_id` finds the web
    request in the log.
    """

    actor: User | None  # None: the desk itself, at an end that was set
    reason: str = ""
    token: UUID | None = None
    request_id: str = ""
    source: Source = Source.WEB


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an operation touches, as the mirror knows it."""

    customer_id: int | None = None
    before: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One task to be done: `parameters` are the API's own names and values."""

    submission: Submission
    task: Task
    parameters: dict[str, str]
    record: MonitorRecord | None = None
    until: str = ""

    @property
    def record_name(self) -> str:
        return self.parameters.get("name", "")

    @property
    def new_record_name(self) -> str:
        return self.parameters.get("new_name", "")

    @property
    def username(self) -> str:
        return self.parameters.get("user", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beginning:
    """An operation that is committed: when it began by the stopwatch, and whether its call is admitted already."""

    operation: Operation
    at: float
    is_admitted: bool


def perform(
    request: Request, *, find_target: Callable[[], Target], call: Callable[[Gateway], None]
) -> Operation:
    """Run one task to the end of its call and return its operation, whatever the outcome.

    `find_target` reads the mirror under the writers' lock and may raise Invalid. Raises Busy when an earlier
    operation on the same target is not settled, and NotRecorded when the database does not take the end of
    the call. A token seen before returns the operation it began.
    """
    beginning = _begin(request, find_target)
    if isinstance(beginning, Operation):
        return beginning
    operation = beginning.operation
    end = outbound_call.make(operation, call, is_admitted=beginning.is_admitted)
    # By the database's clock and our own stopwatch, so that it is known also when the database is not there.
    # Never earlier than the call came back: a list asked for in between would judge too soon.
    return record_end(
        operation, replace(end, at=operation.started_at + timedelta(seconds=clock.stopwatch() - beginning.at))
    )


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


def record_kept_ends() -> int:
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


def _begin(request: Request, find_target: Callable[[], Target]) -> _Beginning | Operation:
    """The first of the two transactions of a write. An operation by itself is one that its token began before."""
    try:
        return _committed(request, find_target, throttle.take_at_once)
    except throttle.Silent:
        logger.warning("the throttle could not be asked with the operation; its call asks again")
        return _committed(request, find_target, lambda _: False)


def _committed(
    request: Request, find_target: Callable[[], Target], take: Callable[[datetime], bool]
) -> _Beginning | Operation:
    with transaction.atomic():
        chain = writers_lock.take()
        earlier, blocking = _in_the_way(request)
        if earlier is not None:
            return _same(earlier, request)
        target = find_target()
        policy.check_reason(request.submission.reason, task=request.task)
        if blocking is not None:
            raise Busy(blocking)
        began = clock.stopwatch()  # just before the clock is read
        operation = _recorded(request, target)
        audit.append(chain, _started(operation), at=operation.started_at)
        is_admitted = take(operation.started_at)
    return _Beginning(operation=operation, at=began, is_admitted=is_admitted)


def _in_the_way(request: Request) -> tuple[Operation | None, Operation | None]:
    """The operation that the form's token began before, and the first one that keeps the target busy."""
    unsettled = policy.unsettled_on_target(
        task=request.task,
        record=request.record,
        names=(request.record_name, request.new_record_name),
        username=request.username,
    )
    token = request.submission.token
    columns = ("started_at", "pk", "token")
    rows = unsettled.values_list(*columns)
    if token is not None:
        rows = Operation.objects.filter(token=token).values_list(*columns).union(rows, all=True)
    in_order = sorted(rows)
    earlier = next((pk for _, pk, its_token in in_order if its_token == token), None)
    blocking = in_order[0][1] if in_order else None
    known = Operation.objects.in_bulk({pk for pk in (earlier, blocking) if pk}) if in_order else {}
    return known.get(earlier), known.get(blocking)


def _same(earlier: Operation, request: Request) -> Operation:
    """The operation that a form began, if it is sent again as it was."""
    is_same_task = earlier.task == request.task and _wanted(earlier) == _wanted(request)
    is_same_record = request.record is None or request.record.pk == earlier.record_id
    if not (is_same_task and is_same_record):
        raise Invalid(None, SENT_BEFORE)
    return earlier


def _wanted(of: Operation | Request) -> dict[str, str]:
    """What was asked for; the record's own name may have changed since, its row has not."""
    return {key: value for key, value in of.parameters.items() if key != "name" or of.task == Task.CREATE}


def _recorded(request: Request, target: Target) -> Operation:
    started_at, submission = clock.now(), request.submission
    return Operation.objects.create(
        token=submission.token or uuid4(),
        task=request.task,
        parameters=request.parameters,
        actor=submission.actor,
        actor_name=display_name(submission.actor) if submission.actor else audit.DESK,
        source=submission.source,
        reason=submission.reason,
        record=request.record,
        customer_id=target.customer_id,
        record_name=request.record_name,
        new_record_name=request.new_record_name,
        username=request.username,
        before=target.before,
        until=request.until,
        started_at=started_at,
        deadline_at=started_at + timedelta(seconds=settings.SENDGRID_DEADLINE) + settings.PACE.call_margin,
        request_id=submission.request_id,
    )


def finish(operation: Operation, end: CallEnd) -> Operation:
    """Close the call in one transaction: outcome, audit event, and the mirror's change if accepted. Once."""
    with transaction.atomic():
        chain = writers_lock.take()
        with_subjects = Operation.objects.select_related("record", "customer")
        current = with_subjects.select_for_update(of=("self",)).get(pk=operation.pk)
        current.actor = operation.actor  # with the roles that the call was begun with
        if current.ended_at is not None:  # a commit of which the answer was lost, or another process
            return current
        is_late = current.state != State.PENDING
        current.words, current.http_status = list(end.words), end.http_status
        current.outcome_note, current.retry_after = end.note[:MAX_NOTE], end.retry_after
        now = clock.now()
        current.ended_at = end.at or now
        _move(current, end.state)
        if current.state == State.ACCEPTED and not (is_late and _has_a_newer_list(current)):
            accepted.apply(current)
        current.save(update_fields=CLOSED_COLUMNS)
        audit.append(chain, _ended(current, is_late=is_late), at=now)
        due_at = schedule.list_after_write(current, now)
    logger.info("operation %s %s: %s", current.uuid, current.task, current.state)
    if due_at is not None:
        schedule.wake_worker_in((due_at - now).total_seconds())
    return current


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


def _started(operation: Operation) -> audit.Event:
    return audit.Event(
        kind=Kind.STARTED,
        **audit.by(operation.actor),
        **audit.about(operation),
        details={"parameters": operation.parameters, "before": operation.before},
    )


def _ended(operation: Operation, *, is_late: bool) -> audit.Event:
    details: dict[str, Any] = {"words": operation.words, "note": operation.outcome_note}
    if is_late:
        details["late"] = True
    return audit.Event(
        kind=Kind.ENDED,
        **audit.by(operation.actor),
        **audit.about(operation),
        details=details | {"parameters": operation.parameters, "before": operation.before},
    )
