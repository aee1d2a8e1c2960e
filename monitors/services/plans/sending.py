"""One change of a plan as one operation: the only place where a plan meets the services that write."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from django.contrib.auth.models import User

from monitors.models import (
    RECORD_TASKS,
    Change,
    ChangeKind,
    MonitorRecord,
    Operation,
    Right,
    Source,
    Step,
    Task,
)
from monitors.services import clock, moving, operations, policy, rights
from monitors.services import until as untils
from monitors.services.errors import Elsewhere, Invalid
from monitors.services.operations import Request
from monitors.services.submission import Submission
from monitors.services.targets import Target

GONE = "The record is no longer in SendGrid's list."
HALF_MOVED = (Step.DETACH, Step.BACK)


def token(change: Change) -> UUID:
    """The same for everybody who carries out this try of this step: it is carried out once."""
    step = "" if change.step in (Step.APPEND, Step.LIST) else change.step
    return uuid5(change.plan_id, f"{change.number}:{step}:{change.tries}")


def send(change: Change) -> Operation:
    """The operation that carries out the change's present step. Raises what operations.perform raises.

    Called again, it returns the operation that it began before.
    """
    return operations.perform(request(change), check=lambda target: note(change, target))


def request(change: Change) -> Request:
    """What is asked for at the change's present step. Raises Denied, Invalid."""
    task = _task(change)
    record = None if task == Task.CREATE or _is_from_all(change) else _record(change)
    submission = _submission(change)
    _demand_right(change, task, submission)
    return Request(
        submission=submission,
        task=task,
        parameters=_parameters(change, task, record),
        record=record,
        until=_until(change, submission) if task == Task.APPEND else "",
    )


def note(change: Change, target: Target) -> moving.Note:
    """What the operation keeps of a move, so that both records' histories name the other one.

    Raises Elsewhere for a customer who has come to a record that the preview did not show.
    """
    if change.step == Step.DETACH:
        return moving.note_of_detach(change.record_name)
    if change.step == Step.BACK:
        return moving.note_of_back(_from_name(change))
    if change.kind not in (ChangeKind.APPEND, ChangeKind.MOVE):
        return {}
    shown = {place["id"] for place in change.before.get("records", [])}
    if not shown >= target.records.keys():
        raise Elsewhere(change.username, target.records)
    is_leaving = change.kind == ChangeKind.MOVE and change.from_record is not None
    return moving.note_of_append(_from_name(change)) if is_leaving else {}


def begun(changes: Sequence[Change]) -> set[UUID]:
    """The tokens of those that have an operation for their present step and try already."""
    tokens = [token(change) for change in changes]
    return set(Operation.objects.filter(token__in=tokens).values_list("token", flat=True))


def _task(change: Change) -> Task:
    if change.kind != ChangeKind.MOVE:
        return Task(change.kind)
    return Task.DETACH if change.step in HALF_MOVED else Task.APPEND


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


def _demand_right(change: Change, task: Task, submission: Submission) -> None:
    """A move that has begun is brought to its end by whoever lost the right since."""
    if change.step not in HALF_MOVED:
        rights.demand(submission.person, Right.MANAGE if task in RECORD_TASKS else Right.ATTACH)
    email = change.parameters.get("email") or change.parameters.get("new_email")
    if email:
        policy.check_mailbox(str(email), field="email")


def _parameters(change: Change, task: Task, record: MonitorRecord | None) -> dict[str, str]:
    """The API's own names and values."""
    name = {"name": record.name if record else change.record_name}
    values = {key: str(value) for key, value in change.parameters.items()}
    if task in RECORD_TASKS:
        return name | values
    return {"user": change.username} if _is_from_all(change) else {"user": change.username} | name


def _is_from_all(change: Change) -> bool:
    return change.kind == ChangeKind.DETACH and not change.record_name


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


def _until(change: Change, submission: Submission) -> str:
    """The plan's end was held against the role's limit when it was drawn; its moment may have passed since."""
    text = change.until or change.plan.until
    return untils.chosen(submission.person, text, read_clock=clock.now).text


def _from_name(change: Change) -> str:
    return change.from_record.name if change.from_record else ""
