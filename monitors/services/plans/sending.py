"""One change of a plan as one operation: the only place where a plan meets the services that write."""

from uuid import UUID, uuid5

from django.contrib.auth.models import User

from monitors.models import Change, ChangeKind, MonitorRecord, Operation, Source, Step, Task
from monitors.services import attachments, records
from monitors.services.errors import Elsewhere, Invalid
from monitors.services.operations import Submission
from monitors.services.targets import Target

GONE = "The record is no longer in SendGrid's list."


def token(change: Change) -> UUID:
    """The same for everybody who carries out this try of this step: it is carried out once."""
    step = Step.APPEND if change.step == Step.LIST else change.step
    return uuid5(change.plan_id, f"{change.number}:{step}:{change.tries}")


def send(change: Change) -> Operation:
    """The operation that carries out the change's present step. Raises what the services raise.

    Called again, it returns the operation that it began before.
    """
    return _SEND[_task(change)](change, _submission(change))


def _task(change: Change) -> Task:
    if change.kind != ChangeKind.MOVE:
        return Task(change.kind)
    return Task.APPEND if change.step in ("", Step.APPEND) else Task.DETACH


def _submission(change: Change) -> Submission:
    plan = change.plan
    actor: User | None = plan.run_by
    assert actor is not None, "a plan that runs was started by somebody"
    return Submission(
        actor=actor,
        reason=change.reason or plan.reason,
        token=token(change),
        request_id=plan.request_id,
        source=Source.PLAN,
        change=change,
    )


def _record(change: Change) -> MonitorRecord:
    """The record as it is now. One that the plan itself creates has no row when it is drawn."""
    if change.step == Step.DETACH:
        row, name = change.from_record, ""
    else:
        row, name = change.record, change.record_name
    if row is None or row.gone_at is not None:
        row = MonitorRecord.objects.named(name) if name else None
    if row is None:
        raise Invalid(None, GONE)
    return row


def _append(change: Change, submission: Submission) -> Operation:
    """The preview has told where the customer is: what is asked for there is asked no more."""
    return attachments.append_with(
        submission=submission,
        record=_record(change),
        user=change.username,
        until=change.until or change.plan.until,
        check=lambda target: _still_as_shown(change, target),
    )


def _still_as_shown(change: Change, target: Target) -> dict[str, str]:
    """Raises Elsewhere for a customer who has come to a record that the preview did not show."""
    shown = {place["id"] for place in change.before.get("records", [])}
    if not shown >= target.records.keys():
        raise Elsewhere(change.username, target.records)
    if change.kind == ChangeKind.MOVE and change.from_record is not None:
        return {"moving_from": change.from_record.name}
    return {}


def _detach(change: Change, submission: Submission) -> Operation:
    """Of a move, both records' histories name the other one. A move that has begun is brought to its end."""
    if change.step:
        return attachments.detach_with(
            submission=submission,
            record=_record(change),
            user=change.username,
            check=lambda _: _other_record(change),
        )
    record = _record(change) if change.record_name else None
    return attachments.detach(submission=submission, record=record, user=change.username)


def _other_record(change: Change) -> dict[str, str]:
    if change.step == Step.DETACH:
        return {"moving_to": change.record_name}
    return {"putting_back_to": change.from_record.name if change.from_record else ""}


def _edit(change: Change, submission: Submission) -> Operation:
    values = change.parameters
    return records.edit(
        submission=submission,
        record=_record(change),
        new_name=values.get("new_name"),
        new_email=values.get("new_email"),
        new_frequency=int(values["new_frequency"]) if "new_frequency" in values else None,
    )


def _create(change: Change, submission: Submission) -> Operation:
    values = change.parameters
    return records.create(
        submission=submission,
        name=change.record_name,
        email=str(values["email"]),
        frequency=int(values["frequency"]),
    )


def _delete(change: Change, submission: Submission) -> Operation:
    return records.delete(submission=submission, record=_record(change))


_SEND = {
    Task.APPEND: _append,
    Task.DETACH: _detach,
    Task.EDIT: _edit,
    Task.CREATE: _create,
    Task.DELETE: _delete,
}
