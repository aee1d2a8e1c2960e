"""Finding out what became of operations: each is judged by a list asked for after it was over."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from monitors.gateway.records import Listing, Record
from monitors.models import RECORD_TASKS, Kind, Operation, Refresh, State, Task
from monitors.services import clock, writers_lock
from monitors.services.lists import schedule
from monitors.services.lists.attribution import MAY_HAVE_ACTED
from monitors.services.lists.recent_writes import RecentWrites
from monitors.services.log import audit

SUPERSEDED = "A later operation changed the same before a list could show this one."
CONTRADICTED = "SendGrid said success, but its list does not show it."
Listed = dict[str, Record]  # by name


def mark_abandoned() -> int:
    """Pending operations past their deadline have lost their process: say that their outcome is unknown."""
    with transaction.atomic():
        writers_lock.take()
        abandoned = list(Operation.objects.filter(state=State.PENDING, deadline_at__lt=clock.now()))
        for operation in abandoned:
            operation.state = State.UNKNOWN
            operation.outcome_note = "The desk stopped while the call was under way."
            operation.save(update_fields=["state", "outcome_note"])
            audit.write(_event(operation, Kind.ABANDONED, {"note": operation.outcome_note}))
        if abandoned:
            schedule.list_at(clock.now())
    return len(abandoned)


def judge(refresh: Refresh, listing: Listing, recent: RecentWrites) -> int:
    """Judge every operation that this list can judge, under the caller's lock; how many were settled.

    What a younger operation touches (`recent`) is left to the next list.
    """
    listed = {record.name: record for record in listing.records}
    waiting = Operation.objects.filter(settled_at=None).select_related("record").order_by("started_at")
    settled = 0
    for operation in waiting:
        if _is_over(operation, refresh.asked_at) and not _is_covered(operation, recent):
            settled += _judge_one(operation, refresh, listed)
    return settled


def _is_over(operation: Operation, asked_at: datetime) -> bool:
    """Whether nothing of the operation could still be under way when the list was asked for."""
    if operation.state == State.PENDING:
        return False  # its deadline passed just now: it is first said to be abandoned, then judged by the next list
    if operation.state == State.UNKNOWN:
        return operation.deadline_at < asked_at
    return operation.ended_at is not None and operation.ended_at < asked_at


def _is_covered(operation: Operation, recent: RecentWrites) -> bool:
    names = [
        operation.record_name,
        operation.new_record_name,
        operation.record.name if operation.record else "",
    ]
    if not operation.record_name:  # a detach from every record: those that the customer was on
        names += operation.before.get("records", [])
    return any(recent.covers(name, operation.username) for name in names)


def _judge_one(operation: Operation, refresh: Refresh, listed: Listed) -> bool:
    if operation.state == State.ACCEPTED and _is_superseded(operation, refresh):
        return _settle(operation, refresh, State.ACCEPTED, SUPERSEDED)
    is_shown = IS_SHOWN[Task(operation.task)](operation, listed)
    if is_shown is None:
        return False
    if is_shown:
        return _settle(operation, refresh, State.CONFIRMED, "")
    if operation.state == State.ACCEPTED:
        return _settle(operation, refresh, State.CONTRADICTED, CONTRADICTED)
    return _settle(operation, refresh, State.NOT_APPLIED, operation.outcome_note)


def _settle(operation: Operation, refresh: Refresh, state: State, note: str) -> bool:
    operation.state = state
    operation.settled_at = clock.now()
    operation.settled_by = refresh
    operation.outcome_note = note
    operation.save(update_fields=["state", "settled_at", "settled_by", "outcome_note"])
    evidence = {"list_asked_at": refresh.asked_at.isoformat(), "note": operation.outcome_note}
    audit.write(_event(operation, Kind.SETTLED, evidence, refresh_id=refresh.pk))
    return True


def _event(
    operation: Operation, kind: Kind, details: dict[str, Any], refresh_id: int | None = None
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
    """Whether a later operation changed the same before this list: then no list will ever tell."""
    later = Operation.objects.filter(
        started_at__gt=operation.started_at,
        started_at__lte=refresh.answered_at or refresh.asked_at,
        state__in=MAY_HAVE_ACTED,
    )
    if operation.task in RECORD_TASKS:
        names = [name for name in (operation.record_name, operation.new_record_name) if name]
        same = Q(record_name__in=names) | Q(new_record_name__in=names) | Q(record=operation.record_id)
        return later.filter(same, task__in=RECORD_TASKS).exists()
    same = Q(username=operation.username)
    if operation.task == Task.APPEND and operation.record_id is not None:
        same |= Q(record=operation.record_id, task=Task.DELETE)
    return later.filter(same).exists()


def _shows_created(operation: Operation, listed: Listed) -> bool | None:
    parameters = operation.parameters
    return _shows(listed.get(operation.record_name), parameters["email"], parameters["frequency"])


def _shows_edited(operation: Operation, listed: Listed) -> bool | None:
    parameters = operation.parameters
    record = listed.get(operation.new_record_name or operation.record_name)
    return _shows(record, parameters.get("new_email"), parameters.get("new_frequency"))


def _shows_deleted(operation: Operation, listed: Listed) -> bool:
    return operation.record_name not in listed


def _shows_appended(operation: Operation, listed: Listed) -> bool | None:
    return _shows_customer(operation, listed)


def _shows_detached(operation: Operation, listed: Listed) -> bool | None:
    is_on = _shows_customer(operation, listed)
    return None if is_on is None else not is_on


def _shows(record: Record | None, email: str | None, frequency: str | None) -> bool | None:
    if record is None:
        return False
    if frequency is not None and record.frequency is None:
        return None
    return (email is None or record.email == email) and (
        frequency is None or str(record.frequency) == frequency
    )


def _shows_customer(operation: Operation, listed: Listed) -> bool | None:
    """Whether the customer is on the operation's record (without one: on any); None where that cannot be read."""
    if operation.record_name:
        record = operation.record
        name = record.name if record and record.gone_at is None else operation.record_name
        records = [listed[name]] if name in listed else []
    else:
        records = list(listed.values())
    if any(record.users is None for record in records):
        return None
    return any(operation.username in (record.users or ()) for record in records)


# Whether the list shows what the operation wanted; None where the list cannot be read there.
IS_SHOWN: dict[Task, Callable[[Operation, Listed], bool | None]] = {
    Task.CREATE: _shows_created,
    Task.EDIT: _shows_edited,
    Task.DELETE: _shows_deleted,
    Task.APPEND: _shows_appended,
    Task.DETACH: _shows_detached,
}
