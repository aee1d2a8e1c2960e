"""Finding out what became of operations: each is judged by a list asked for after it was over."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from monitors.gateway.records import Listing, Record
from monitors.models import Operation, Refresh, State, Task
from monitors.services import audit, clock, due
from monitors.services.protect import Protected

_MAY_HAVE_ACTED = (State.PENDING, State.UNKNOWN, State.ACCEPTED, State.CONFIRMED)
SUPERSEDED = "A later operation changed the same before a list could show this one."


def mark_abandoned() -> int:
    """Pending operations past their deadline have lost their process: say that their outcome is unknown."""
    with transaction.atomic():
        audit.lock()
        lost = list(Operation.objects.filter(state=State.PENDING, deadline_at__lt=clock.now()))
        for operation in lost:
            operation.state = State.UNKNOWN
            operation.outcome_note = "The desk stopped while the call was under way."
            operation.save(update_fields=["state", "outcome_note"])
            audit.write(_event(operation, "operation.abandoned", {"note": operation.outcome_note}))
        if lost:
            due.at(clock.now())
    return len(lost)


def judge(refresh: Refresh, listing: Listing, kept: Protected) -> int:
    """Judge every operation that this list can judge, under the caller's lock; how many were settled.

    What a younger operation touches (`kept`) is left to the next list.
    """
    listed = {record.name: record for record in listing.records}
    waiting = Operation.objects.filter(settled_at=None).select_related("record").order_by("started_at")
    settled = 0
    for operation in waiting:
        if _is_over(operation, refresh.asked_at) and not _is_kept(operation, kept):
            settled += _judge_one(operation, refresh, listed)
    return settled


def _is_over(operation: Operation, asked_at: datetime) -> bool:
    if operation.state == State.PENDING:
        return False  # its deadline passed just now: it is first said to be abandoned, then judged by the next list
    if operation.state == State.UNKNOWN:
        return operation.deadline_at < asked_at
    return operation.ended_at is not None and operation.ended_at < asked_at


def _is_kept(operation: Operation, kept: Protected) -> bool:
    names = (
        operation.record_name,
        operation.new_record_name,
        operation.record.name if operation.record else "",
    )
    return any(kept.covers(name, operation.username) for name in names)


def _judge_one(operation: Operation, refresh: Refresh, listed: dict[str, Record]) -> bool:
    if operation.state == State.ACCEPTED and _is_superseded(operation, refresh):
        return _settle(operation, refresh, State.ACCEPTED, SUPERSEDED)
    visible = _is_visible(operation, listed)
    if visible is None:
        return False
    if visible:
        return _settle(operation, refresh, State.CONFIRMED, "")
    if operation.state == State.ACCEPTED:
        note = "The upstream said success, but its list does not show it."
        return _settle(operation, refresh, State.CONTRADICTED, note)
    return _settle(operation, refresh, State.NOT_APPLIED, operation.outcome_note)


def _settle(operation: Operation, refresh: Refresh, state: State, note: str) -> bool:
    operation.state = state
    operation.settled_at = clock.now()
    operation.settled_by = refresh
    operation.outcome_note = note[:500]
    operation.save(update_fields=["state", "settled_at", "settled_by", "outcome_note"])
    evidence = {"list_asked_at": refresh.asked_at.isoformat(), "note": operation.outcome_note}
    audit.write(_event(operation, "operation.settled", evidence, refresh_id=refresh.pk))
    return True


def _event(
    operation: Operation, kind: str, details: dict[str, Any], refresh_id: int | None = None
) -> audit.Event:
    return audit.Event(
        kind=kind,
        actor_id=operation.actor_id,
        actor_name=operation.actor_name,
        **audit.about(operation),
        refresh_id=refresh_id,
        details=details | {"parameters": operation.parameters, "before": operation.before},
    )


def _is_superseded(operation: Operation, refresh: Refresh) -> bool:
    later = Operation.objects.filter(
        started_at__gt=operation.started_at,
        started_at__lte=refresh.answered_at or refresh.asked_at,
        state__in=_MAY_HAVE_ACTED,
    )
    if operation.task in (Task.APPEND, Task.DETACH):
        same = Q(username=operation.username, task__in=(Task.APPEND, Task.DETACH))
        if operation.task == Task.APPEND and operation.record_id is not None:
            same |= Q(record=operation.record_id, task=Task.DELETE)
        return later.filter(same).exists()
    names = [name for name in (operation.record_name, operation.new_record_name) if name]
    same = Q(record_name__in=names) | Q(new_record_name__in=names) | Q(record=operation.record_id)
    return later.filter(same, task__in=(Task.CREATE, Task.EDIT, Task.DELETE)).exists()


def _is_visible(operation: Operation, listed: dict[str, Record]) -> bool | None:
    """Whether the list shows what the operation wanted; None where the list cannot be read there."""
    wanted = operation.parameters
    if operation.task == Task.CREATE:
        return _shows(listed.get(operation.record_name), wanted["email"], wanted["frequency"])
    if operation.task == Task.EDIT:
        record = listed.get(operation.new_record_name or operation.record_name)
        return _shows(record, wanted.get("new_email"), wanted.get("new_frequency"))
    if operation.task == Task.DELETE:
        return operation.record_name not in listed
    return _customer_is_where(operation, listed)


def _shows(record: Record | None, email: str | None, frequency: str | None) -> bool | None:
    if record is None:
        return False
    if frequency is not None and record.frequency is None:
        return None
    return (email is None or record.email == email) and (
        frequency is None or str(record.frequency) == frequency
    )


def _customer_is_where(operation: Operation, listed: dict[str, Record]) -> bool | None:
    if operation.record_name:
        record = operation.record
        name = record.name if record and record.gone_at is None else operation.record_name
        records = [listed[name]] if name in listed else []
    else:
        records = list(listed.values())
    if any(record.users is None for record in records):
        return None
    is_on = any(operation.username in (record.users or ()) for record in records)
    return is_on if operation.task == Task.APPEND else not is_on
