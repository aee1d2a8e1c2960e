"""The inverse of what was done, as a plan of its own: previewed, and refused where the world has moved on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from monitors.models import (
    Attachment,
    AuditEvent,
    Change,
    ChangeKind,
    ChangeState,
    Kind,
    MonitorRecord,
    Move,
    Operation,
    Plan,
    PlanSource,
    State,
    Task,
)
from monitors.services import clock, details, until
from monitors.services.errors import Invalid
from monitors.services.plans import drawing
from monitors.services.plans.wanted import wanted
from monitors.services.submission import Submission

DONE = (State.ACCEPTED, State.CONFIRMED)
LEFT_BEFORE = timedelta(days=1)  # before a record was deleted its customers had to leave
NOTHING_DONE = "There is nothing to undo: SendGrid did not do this."
NO_RECORD = "The record's name is not known."


def of_plan(*, submission: Submission, plan: Plan, numbers: Iterable[int] | None = None) -> Plan:
    """Draw what takes a plan back, or only these changes of it. Raises Denied, Invalid."""
    done = Change.objects.filter(plan=plan, state=ChangeState.DONE)
    chosen = done if numbers is None else done.filter(number__in=numbers)
    operations = Operation.objects.filter(change__in=chosen, state__in=DONE)
    return _draw(submission, _read(operations.order_by("-change__number", "-started_at")), undoes=plan)


def of_operation(*, submission: Submission, operation: Operation) -> Plan:
    """Raises Denied, Invalid where nothing was done or the world has moved on."""
    return _draw(submission, _read(Operation.objects.filter(pk=operation.pk, state__in=DONE)))


def of_difference(*, submission: Submission, event: AuditEvent) -> Plan:
    """Make it as it was before something outside the desk changed it. Raises Denied, Invalid."""
    write = _OUTSIDE.get(str(event.details.get("change"))) if event.kind == Kind.DIFFERENCE else None
    if write is None or event.operation_id is not None:
        raise Invalid(None, "This was not changed outside the desk.")
    return _draw_changes(submission, write(event), PlanSource.DRIFT)


@dataclass(frozen=True, slots=True)
class _Past:
    """The operations to take back, the latest first, with what each began and ended."""

    operations: Sequence[Operation]
    ended: dict[object, list[Attachment]] = field(default_factory=dict)


def _read(rows: QuerySet[Operation]) -> _Past:
    operations = list(rows.select_related("record", "change__record", "change__from_record"))
    past = _Past(operations)
    ended = Attachment.objects.filter(ended_by__in=[operation.pk for operation in operations])
    for attachment in ended.select_related("record", "customer").order_by("record__sort_name"):
        past.ended.setdefault(attachment.ended_by_id, []).append(attachment)
    return past


def _draw(submission: Submission, past: _Past, undoes: Plan | None = None) -> Plan:
    if not past.operations:
        raise Invalid(None, NOTHING_DONE)
    changes: list[Change] = []
    moved: set[int] = set()
    for operation in past.operations:
        change = operation.change
        if change is not None and change.kind == ChangeKind.MOVE:
            changes += [] if change.pk in moved else _back(change)
            moved.add(change.pk)
        else:
            changes += _INVERSES[Task(operation.task)](operation, past)
    return _draw_changes(submission, changes, PlanSource.UNDO, undoes)


def _draw_changes(
    submission: Submission, changes: Sequence[Change], source: PlanSource, undoes: Plan | None = None
) -> Plan:
    wish = drawing.Wish(source=source, changes=changes, undoes=undoes, must_send=True)
    return drawing.draw(submission=submission, wish=wish)


def _back(change: Change) -> list[Change]:
    """Of a move."""
    if change.from_record is None:
        return [wanted(ChangeKind.DETACH, username=change.username, record=change.record)]
    assert change.record_id is not None
    places: list[dict[str, Any]] = change.before.get("records", [])
    former = next((place for place in places if place["id"] == change.from_record_id), dict[str, Any]())
    return [
        wanted(
            ChangeKind.MOVE,
            username=change.username,
            record=change.from_record,
            before={"from": change.record_id},
            reason=str(former.get("reason", "")),
            until=_still_to_come(str(former.get("until", ""))),
        )
    ]


def _still_to_come(end: str) -> str:
    """A former end as a change keeps it; nothing where that has come meanwhile."""
    if end in ("", until.NO_END):
        return until.NO_END
    return end if datetime.fromisoformat(end) > clock.now() else ""


def _of_append(operation: Operation, past: _Past) -> list[Change]:
    """Off again; and back to where it was moved from, or SendGrid took it from by itself."""
    move = Move.objects.filter(token=operation.token).select_related("from_record").first()
    if move is not None:
        before: dict[str, Any] = {"from": operation.record_id}
        return [wanted(ChangeKind.MOVE, username=operation.username, record=move.from_record, before=before)]
    taken_from = [row for row in past.ended.get(operation.pk, []) if row.record_id != operation.record_id]
    if len(taken_from) == 1:
        return [_move_back(operation, taken_from[0])]
    before = {"began_by": str(operation.pk)}
    return [
        wanted(ChangeKind.DETACH, username=operation.username, record=operation.record, before=before),
        *(_again(attachment) for attachment in taken_from),
    ]


def _move_back(operation: Operation, former: Attachment) -> Change:
    return wanted(
        ChangeKind.MOVE,
        username=operation.username,
        record=former.record,
        before={"from": operation.record_id} | _interrupted(former),
        reason=former.reason,
        until=_end_of(former),
    )


def _of_detach(operation: Operation, past: _Past) -> list[Change]:
    return [_again(attachment) for attachment in past.ended.get(operation.pk, [])]


def _again(attachment: Attachment, *, record_name: str = "") -> Change:
    """The customer back on its record, with its former reason and end, and since when it really was there."""
    return wanted(
        ChangeKind.APPEND,
        username=attachment.customer.username,
        record=None if record_name else attachment.record,
        record_name=record_name,
        before=_interrupted(attachment),
        reason=attachment.reason,
        until=_end_of(attachment),
    )


def _interrupted(attachment: Attachment) -> dict[str, Any]:
    if attachment.detached_at is None:
        return {}
    since, until = attachment.since.isoformat(), attachment.detached_at.isoformat()
    return {"interrupted": {"since": since, "until": until}}


def _end_of(attachment: Attachment) -> str:
    """Its former end; nothing, which is the role's default, where that has come meanwhile."""
    return _still_to_come(attachment.expires_at.isoformat() if attachment.expires_at else "")


def _of_edit(operation: Operation, _: _Past) -> list[Change]:
    changed = {
        key.removeprefix("new_"): value for key, value in operation.parameters.items() if key != "name"
    }
    former = {f"new_{key}": str(operation.before.get(key)) for key in changed}
    expected = {key: int(value) if key == "frequency" else value for key, value in changed.items()}
    return [
        wanted(ChangeKind.EDIT, record=operation.record, parameters=former, before={"expected": expected})
    ]


def _of_create(operation: Operation, _: _Past) -> list[Change]:
    return [wanted(ChangeKind.DELETE, record=operation.record)]


def _of_delete(operation: Operation, _: _Past) -> list[Change]:
    """The record anew; with its customers, where no plan takes them back one by one."""
    creation = wanted(
        ChangeKind.CREATE,
        record_name=str(operation.before.get("name", operation.record_name)),
        parameters={key: operation.before.get(key) for key in ("email", "frequency")},
        before=details.of(operation.record) if operation.record else {},
    )
    if operation.change_id is not None:
        return [creation]
    left = Attachment.objects.filter(
        record=operation.record, detached_at__gte=operation.started_at - LEFT_BEFORE, ended_by__isnull=False
    )
    rows = left.select_related("customer", "record").order_by("sort_name")
    return [creation, *(_again(row, record_name=creation.record_name) for row in rows)]


_INVERSES = {
    Task.APPEND: _of_append,
    Task.DETACH: _of_detach,
    Task.EDIT: _of_edit,
    Task.CREATE: _of_create,
    Task.DELETE: _of_delete,
}


# What was changed outside


def _record_of(event: AuditEvent) -> MonitorRecord | None:
    return MonitorRecord.objects.filter(pk__in=[event.record_id]).first()


def _attached(event: AuditEvent) -> list[Change]:
    return [wanted(ChangeKind.DETACH, username=event.username, record=_record_of(event))]


def _detached(event: AuditEvent) -> list[Change]:
    rows = Attachment.objects.filter(record=event.record_id, customer=event.customer_id, ended_by=None)
    former = (
        rows.exclude(detached_at=None).select_related("record", "customer").order_by("-detached_at").first()
    )
    if former is not None:
        return [_again(former)]
    return [wanted(ChangeKind.APPEND, username=event.username, record=_record_of(event))]


def _edited(event: AuditEvent) -> list[Change]:
    before, after = event.details.get("before", {}), event.details.get("after", {})
    former = {f"new_{key}": str(value) for key, value in before.items() if after.get(key) != value}
    return [wanted(ChangeKind.EDIT, record=_record_of(event), parameters=former, before={"expected": after})]


def _appeared(event: AuditEvent) -> list[Change]:
    record = _record_of(event)
    return [wanted(ChangeKind.DELETE, record=record)] if record else []


def _vanished(event: AuditEvent) -> list[Change]:
    record = _record_of(event)
    if record is None:
        raise Invalid(None, NO_RECORD)
    creation = wanted(
        ChangeKind.CREATE,
        record_name=record.name,
        parameters={"email": record.email, "frequency": record.frequency},
    )
    rows = Attachment.objects.filter(record=record, detached_at=record.gone_at)
    left = rows.select_related("customer", "record").order_by("sort_name")
    return [creation, *(_again(row, record_name=record.name) for row in left)]


_OUTSIDE = {
    "attached": _attached,
    "detached": _detached,
    "edited": _edited,
    "appeared": _appeared,
    "vanished": _vanished,
}
