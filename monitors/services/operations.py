"""The life of one operation: committed, called outside any transaction, closed.

Every task goes through `perform`; the services of each task say what to check and what to call.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from monitors.gateway.client import Gateway
from monitors.gateway.errors import BadCredentials, GatewayError, NotSent, Refused
from monitors.models import UNSETTLED, Customer, MonitorRecord, Operation, Source, State, Task
from monitors.services import audit, clock, due, mirror, policy, upstream
from monitors.services.errors import Busy, Invalid

logger = logging.getLogger(__name__)

MARGIN = timedelta(seconds=5)  # for the way from the committed row to the call; others judge only after it
NOT_OUR_KEY = "The desk's own user and key were refused, not you. An administrator must look at them."
SENT_BEFORE = "This form was sent before with other values. Load the page again, then change it."
RECORD_TASKS = (Task.CREATE, Task.EDIT, Task.DELETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a request touches, as the mirror knows it."""

    record_name: str = ""
    new_record_name: str = ""
    username: str = ""
    before: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who wants what and why: `parameters` are the API's own names and values.

    `token` is the form's own number; it makes a double click one operation.
    """

    actor: User
    task: Task
    parameters: dict[str, str]
    record: MonitorRecord | None = None
    reason: str = ""
    token: UUID | None = None
    source: Source = Source.WEB
    request_id: str = ""


def perform(request: Request, *, plan: Callable[[], Intent], call: Callable[[Gateway], None]) -> Operation:
    """Run one task to the end of its call and return its operation, whatever the outcome.

    `plan` reads the mirror under the writers' lock and may raise Invalid. Raises Busy when an earlier
    operation on the same target is not settled. A token seen before returns the operation it began.
    """
    operation, is_new = _begin(request, plan)
    return _call(operation, call) if is_new else operation


def _call(operation: Operation, call: Callable[[Gateway], None]) -> Operation:
    if clock.now() + timedelta(seconds=settings.SENDGRID_DEADLINE) > operation.deadline_at:
        # The process slept: sent now, the call could outlive the moment from which others judge it.
        return finish(operation, State.NOT_SENT, note="The desk was too busy to send it in time.")
    try:
        call(upstream.gateway())
    except NotSent as error:
        return finish(operation, State.NOT_SENT, note=error.reason)
    except BadCredentials as error:
        words = list(error.words)
        return finish(operation, State.REFUSED, words=words, note=NOT_OUR_KEY, http_status=error.http_status)
    except Refused as error:
        return finish(operation, State.REFUSED, words=list(error.words), http_status=error.http_status)
    except GatewayError as error:
        return finish(operation, State.UNKNOWN, note=error.reason, http_status=error.http_status)
    return finish(operation, State.ACCEPTED, words=["success"])


def _begin(request: Request, plan: Callable[[], Intent]) -> tuple[Operation, bool]:
    with transaction.atomic():
        audit.lock()
        earlier = Operation.objects.filter(token=request.token).first() if request.token else None
        if earlier is not None:
            return _same(earlier, request), False
        intent = plan()
        policy.check_reason(request.reason, task=request.task)
        _refuse_if_busy(request, intent)
        operation = _recorded(request, intent)
        audit.write(
            audit.Event(
                kind="operation.started",
                **audit.by(request.actor),
                **audit.about(operation),
                details={"parameters": operation.parameters, "before": operation.before},
            )
        )
    return operation, True


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


def _recorded(request: Request, intent: Intent) -> Operation:
    started_at = clock.now()
    return Operation.objects.create(
        token=request.token or uuid4(),
        task=request.task,
        parameters=request.parameters,
        actor=request.actor,
        actor_name=audit.name_of(request.actor),
        source=request.source,
        reason=request.reason,
        record=request.record,
        customer=Customer.objects.filter(username=intent.username).first() if intent.username else None,
        record_name=intent.record_name,
        new_record_name=intent.new_record_name,
        username=intent.username,
        before=intent.before,
        started_at=started_at,
        deadline_at=started_at + timedelta(seconds=settings.SENDGRID_DEADLINE) + MARGIN,
        request_id=request.request_id,
    )


def _refuse_if_busy(request: Request, intent: Intent) -> None:
    open_operations = Operation.objects.filter(state__in=UNSETTLED)
    names = [name for name in (intent.record_name, intent.new_record_name) if name]
    on_names = Q(record_name__in=names) | Q(new_record_name__in=names)
    if request.record is not None:
        on_names |= Q(record=request.record)
    clash = on_names if request.task in RECORD_TASKS else on_names & Q(task__in=RECORD_TASKS)
    if intent.username:
        clash |= Q(username=intent.username)
    blocking = open_operations.filter(clash).order_by("started_at").first()
    if blocking is not None:
        raise Busy(blocking)


def finish(
    operation: Operation,
    state: State,
    *,
    words: list[str] | None = None,
    note: str = "",
    http_status: int | None = None,
) -> Operation:
    """Close the call in one transaction: outcome, audit event, and the mirror's change if accepted."""
    with transaction.atomic():
        audit.lock()
        current = Operation.objects.select_for_update().get(pk=operation.pk)
        is_late = current.state != State.PENDING
        current.words, current.http_status = words or [], http_status
        current.outcome_note, current.ended_at = note[:500], clock.now()
        _move(current, state, is_late=is_late)
        if current.state == State.ACCEPTED:
            mirror.accept(current)
        current.save()
        audit.write(_ended(current, is_late=is_late))
        due.after(current)
    logger.info("operation %s %s: %s", current.uuid, current.task, current.state)
    due.ring()
    return current


def _move(operation: Operation, state: State, *, is_late: bool) -> None:
    """A list may have judged the operation before its own answer came: a success then asks for a new look."""
    if is_late and state != State.ACCEPTED:
        return
    operation.state = state
    operation.settled_at = operation.ended_at if state in (State.REFUSED, State.NOT_SENT) else None
    operation.settled_by = None


def _ended(operation: Operation, *, is_late: bool) -> audit.Event:
    details: dict[str, Any] = {"words": operation.words, "note": operation.outcome_note}
    if is_late:
        details["late"] = True
    return audit.Event(
        kind="operation.ended",
        **audit.by(operation.actor),
        **audit.about(operation),
        details=details | {"parameters": operation.parameters, "before": operation.before},
    )
