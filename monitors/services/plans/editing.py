"""Changing a plan before it runs. Every change of it is drawn again and has another digest."""

from collections.abc import Callable, Collection, Sequence

from django.db import transaction

from monitors.limits import MAX_REASON
from monitors.models import (
    NOT_STARTED,
    STARTED,
    Change,
    ChangeState,
    Effect,
    Plan,
    PlanState,
    Right,
)
from monitors.models.person import display_name
from monitors.services import clock, rights
from monitors.services import until as untils
from monitors.services.errors import Invalid
from monitors.services.plans import drawing, limits
from monitors.services.submission import Submission

TOO_LATE = "This plan has started. You can still cancel what is left of it."
Edit = Callable[[Plan, Sequence[Change]], None]


def leave_out(*, submission: Submission, plan: Plan, numbers: Collection[int]) -> Plan:
    """Not to be done after all; also of a running plan, while they are not sent. Raises Denied, Invalid."""
    rights.demand(submission.actor, Right.PLAN)
    note = f"Left out by {display_name(submission.person)}."
    if plan.state in STARTED:
        left = Change.objects.filter(plan=plan, number__in=numbers, state=ChangeState.LEFT, step="")
        left.update(state=ChangeState.LEFT_OUT, note=note)
        return plan

    def mark(_: Plan, changes: Sequence[Change]) -> None:
        for change in _numbered(changes, numbers):
            change.state, change.note = ChangeState.LEFT_OUT, note

    return _edit(submission, plan, mark)


def leave_out_group(*, submission: Submission, plan: Plan, effect: Effect) -> Plan:
    """All changes of one effect."""
    numbers = Change.objects.filter(plan=plan, effect=effect, state=ChangeState.LEFT)
    return leave_out(submission=submission, plan=plan, numbers=set(numbers.values_list("number", flat=True)))


def take_in(*, submission: Submission, plan: Plan, numbers: Collection[int]) -> Plan:
    """What was left out is wanted again."""

    def mark(_: Plan, changes: Sequence[Change]) -> None:
        for change in _numbered(changes, numbers):
            change.state, change.note = ChangeState.LEFT, ""

    return _edit(submission, plan, mark)


def correct(*, submission: Submission, plan: Plan, number: int, username: str) -> Plan:
    """A name was misspelt."""

    def mark(_: Plan, changes: Sequence[Change]) -> None:
        for change in _numbered(changes, {number}):
            change.username, change.customer, change.is_insisted = username.strip(), None, False

    return _edit(submission, plan, mark)


def insist(*, submission: Submission, plan: Plan, numbers: Collection[int] | None = None) -> Plan:
    """The desk has never seen these customers, and somebody knows that they are there; None: all of them."""

    def mark(_: Plan, changes: Sequence[Change]) -> None:
        for change in changes if numbers is None else _numbered(changes, numbers):
            if change.effect == Effect.UNKNOWN_CUSTOMER and change.state == ChangeState.LEFT:
                change.is_insisted = True

    return _edit(submission, plan, mark)


def change(
    *,
    submission: Submission,
    plan: Plan,
    reason: str | None = None,
    until: str | None = None,
    elsewhere: str | None = None,
) -> Plan:
    """What holds for the whole plan; None: stays as it is."""

    def mark(row: Plan, _: Sequence[Change]) -> None:
        row.reason = row.reason if reason is None else reason[:MAX_REASON]
        row.until = row.until if until is None else _chosen(submission, until)
        row.elsewhere = row.elsewhere if elsewhere is None else elsewhere

    return _edit(submission, plan, mark)


def _chosen(submission: Submission, until: str) -> str:
    """Raises Invalid for what is no end, has passed, or is longer than the person's role allows."""
    return untils.chosen(submission.actor, until, read_clock=clock.now).text


def draw_again(*, submission: Submission, plan: Plan) -> Plan:
    """Against the mirror as it is now."""
    return _edit(submission, plan, lambda _plan, _changes: None)


def _edit(submission: Submission, plan: Plan, edit: Edit) -> Plan:
    """A scheduled plan is a draft again: nobody has seen what it would do now."""
    with transaction.atomic():
        row = Plan.objects.select_for_update().get(pk=plan.pk)
        if row.state not in NOT_STARTED:
            raise Invalid(None, TOO_LATE)
        changes = list(row.changes.order_by("number"))
        limits.check(submission.person, changes=len(changes), kinds={str(each.kind) for each in changes})
        edit(row, changes)
        row.state, row.starts_at = PlanState.DRAFT, None
        drawing.assess(row, changes, submission)
        drawing.save_drawn(row, changes)
    return row


def _numbered(changes: Sequence[Change], numbers: Collection[int]) -> list[Change]:
    return [change for change in changes if change.number in numbers]
