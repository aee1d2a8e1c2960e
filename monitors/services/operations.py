"""The life of one operation: committed first, sent by a sender or (without a worker) right here, closed.

Every task goes through `perform`; the services of each task say what is asked for.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from monitors.models import UNSETTLED, AuditChain, Kind, MonitorRecord, Operation, State, Task
from monitors.models.person import display_name
from monitors.models.together import Asked, prepared_named
from monitors.services import clock, ends, policy, targets, worker, writers_lock
from monitors.services.errors import Busy, Invalid
from monitors.services.log import audit
from monitors.services.outbound import call as outbound_call
from monitors.services.outbound import throttle
from monitors.services.submission import Submission
from monitors.services.targets import Target

logger = logging.getLogger(__name__)

Check = Callable[[Target], dict[str, Any]]
TOUCHED = ("record_id", "record_name", "new_record_name", "username")
CARRIED = ("interrupted", "details")
SENT_BEFORE = "This form was already sent with other values. Reload the page, then make your change."


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

    @property
    def record_id(self) -> int | None:
        return self.record.pk if self.record else None

    def target(self, found: targets.Found | None = None) -> Target:
        """`found`: what targets.asked asks for, where it is known."""
        return targets.find(task=self.task, record_id=self.record_id, parameters=self.parameters, found=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beginning:
    """An operation of which this process makes the call: when it began by the stopwatch, whether it is admitted."""

    operation: Operation
    at: float
    is_admitted: bool


def nothing_more(_: Target) -> dict[str, Any]:
    return {}


def perform(request: Request, *, check: Check = nothing_more) -> Operation:
    """Ask for one task. With a living worker the operation comes back queued, else with the end of its call.

    `check` looks under the writers' lock at what is touched; what it returns is kept in `before`, and what it
    raises is raised.
    Raises Invalid where the mirror speaks against it and nothing that may still change that is under way,
    Busy where it would have to wait and there is no worker to wait with, and NotRecorded when the database
    does not take the end of the call. A token seen before returns the operation it began.
    """
    beginning = _begin(request, check)
    if isinstance(beginning, Operation):
        return beginning
    operation = beginning.operation
    end = outbound_call.make(operation, is_admitted=beginning.is_admitted)
    # By the database's clock and our own stopwatch, so that it is known also when the database is not there.
    # Never earlier than the call came back: a list asked for in between would judge too soon.
    return ends.record_end(
        operation, replace(end, at=operation.started_at + timedelta(seconds=clock.stopwatch() - beginning.at))
    )


def enqueue(requests: Sequence[Request], targets: Sequence[Target] | None = None) -> list[Operation]:
    """Queue the changes of a plan, in the caller's transaction or one of its own; nobody is woken for them.

    What the mirror says against one of them is looked at when its turn has come. `targets` where the caller holds
    the writers' lock and has looked already.
    """
    with transaction.atomic():
        chain, now = writers_lock.take_at()
        found = targets if targets is not None else [request.target() for request in requests]
        # One after the other: their order decides which of two on the same customer goes first.
        rows = [
            _row(request, target, now + number * timedelta.resolution, State.QUEUED)
            for number, (request, target) in enumerate(zip(requests, found, strict=True))
        ]
        Operation.objects.bulk_create(rows)
        audit.append(chain, *map(_started, rows), at=now)
    return rows


def _begin(request: Request, check: Check) -> _Beginning | Operation:
    """The transaction that commits the operation. An operation by itself: this process makes no call for it."""
    try:
        return _committed(request, check, throttle.take_at_once)
    except throttle.Silent:
        logger.warning("the throttle could not be asked with the operation; its call asks again")
        return _committed(request, check, lambda _: False)


def _committed(request: Request, check: Check, take: Callable[[datetime], bool]) -> _Beginning | Operation:
    with transaction.atomic():
        chain, now = writers_lock.take_at()
        found = _look(request, now)
        if found.earlier is not None:
            return _same(found.earlier, request)
        has_worker, blocking, target = found.has_worker, found.blocking, found.target
        if target.problem is not None and (blocking is None or not has_worker):
            raise target.problem
        target = replace(target, before=target.before | check(target))
        policy.check_reason(request.submission.reason, task=request.task)
        if blocking is not None and not has_worker:
            raise Busy(blocking)
        if has_worker:
            return _recorded(chain, _row(request, target, now, State.QUEUED))
        # The stopwatch first: the call is never said to have ended before it did.
        began, now = clock.stopwatch(), clock.now()
        operation = _recorded(chain, _row(request, target, now, State.PENDING))
        is_admitted = take(now)
    return _Beginning(operation=operation, at=began, is_admitted=is_admitted)


def _recorded(chain: AuditChain, operation: Operation) -> Operation:
    audit.append(chain, _started(operation), at=operation.started_at, of=[operation])
    return operation


@dataclass(frozen=True, slots=True)
class _Found:
    """What stands in the database about a request, read at once under the lock."""

    earlier: Operation | None  # the operation that the form's token began before
    blocking: Operation | None  # the first one that this one must wait for
    has_worker: bool
    target: Target


def _look(request: Request, now: datetime) -> _Found:
    token = request.submission.token
    given = {name: value for name in TOUCHED if (value := getattr(request, name))}
    asked = [
        Asked("ahead", _ahead(request.task, tuple(given)), (now, *given.values())),
        Asked("worker", worker.signs_of_life),
        *([Asked("same", _of_token, (token,))] if token else []),
        *targets.asked(request.task, request.record_id, request.parameters),
    ]
    rows = prepared_named(asked, by_key=True)
    earlier, blocking = _first(rows.get("same", [])), _first(rows["ahead"])
    known = Operation.objects.in_bulk({pk for pk in (earlier, blocking) if pk}) if earlier or blocking else {}
    return _Found(
        earlier=known.get(earlier),
        blocking=known.get(blocking),
        has_worker=worker.is_among(rows["worker"], now),
        target=request.target(rows if targets.PLACES in rows else None),
    )


def _first(rows: Sequence[tuple[datetime, UUID]]) -> UUID | None:
    return min(rows)[1] if rows else None


@cache
def _ahead(task: Task, given: tuple[str, ...]) -> "Callable[..., QuerySet[Any, tuple[datetime, UUID]]]":
    """The same function for the same names: what it builds is kept by it."""

    def build(now: datetime, *values: Any) -> "QuerySet[Any, tuple[datetime, UUID]]":
        waiting = Q(state__in=UNSETTLED) | Q(send_by__gte=now)  # a queued one that is overdue is never sent
        touched = Operation(task=task, **dict(zip(given, values, strict=True)))
        return Operation.objects.filter(waiting).in_the_way(touched).values_list("started_at", "pk")

    return build


def _of_token(token: UUID) -> "QuerySet[Any, tuple[datetime, UUID]]":
    return Operation.objects.filter(token=token).values_list("started_at", "pk")


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


def _row(request: Request, target: Target, now: datetime, state: State) -> Operation:
    submission = request.submission
    return Operation(
        token=submission.token or uuid4(),
        task=request.task,
        parameters=request.parameters,
        actor=submission.actor,
        actor_name=display_name(submission.actor) if submission.actor else audit.DESK,
        actor_username=submission.actor.get_username() if submission.actor else None,
        source=submission.source,
        reason=submission.reason,
        record=request.record,
        customer_id=target.customer_id,
        record_name=request.record_name,
        new_record_name=request.new_record_name,
        username=request.username,
        before=target.before | _carried(submission),
        until=request.until,
        state=state,
        change=submission.change,
        is_insisted=submission.is_insisted,
        started_at=now,
        request_id=submission.request_id,
        **_moments(now, state),
    )


def _carried(submission: Submission) -> dict[str, Any]:
    """From the change of a plan: of an append that takes a detach back, since when the customer had been there and
    when it was taken off; of a create, what the desk is to say of the record."""
    before = submission.change.before if submission.change else {}
    return {key: before[key] for key in CARRIED if key in before}


def _moments(now: datetime, state: State) -> dict[str, Any]:
    """Until when it must be sent, when it was taken, and after what nothing of it can be under way."""
    if state == State.PENDING:
        return {"claimed_at": now, "deadline_at": latest_end(now)}
    send_by = now + timedelta(seconds=settings.SEND_WITHIN)
    return {"send_by": send_by, "deadline_at": latest_end(send_by)}


def latest_end(claimed_at: datetime) -> datetime:
    """After this nothing of a call can be under way that was claimed then."""
    return claimed_at + timedelta(seconds=settings.SENDGRID_DEADLINE) + settings.PACE.call_margin


def _started(operation: Operation) -> audit.Event:
    return audit.Event(
        kind=Kind.STARTED,
        **audit.by(operation.actor),
        **audit.about(operation),
        details={"parameters": operation.parameters, "before": operation.before},
    )
