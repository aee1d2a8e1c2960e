"""Making a plan of what somebody wants: held against the mirror, counted, and given a digest."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any

from django.db import transaction

from monitors.limits import MAX_NAME, MAX_REASON
from monitors.models import Change, ChangeKind, ChangeState, Effect, Mirror, Plan, PlanSource
from monitors.models.person import display_name
from monitors.models.plan import MAX_UNTIL
from monitors.services import clock, until
from monitors.services.errors import Invalid
from monitors.services.lists import bulk
from monitors.services.plans import digest, effects, limits
from monitors.services.submission import Submission

ELSEWHERE = ("", "too", "move")
_JSON = ("parameters", "before")
_COLUMNS = tuple(
    str(column.column)
    for column in Change._meta.concrete_fields
    if column.column not in ("id", "plan_id", "tries", "step", "ended_at")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted as a whole; `until` and `elsewhere` are for what it appends."""

    source: PlanSource
    changes: Sequence[Change]
    until: str = ""
    elsewhere: str = ""
    undoes: Plan | None = None
    must_send: bool = False  # no use for a draft of which nothing is sent


def draw(*, submission: Submission, wish: Wish) -> Plan:
    """A draft; nothing is sent. A token seen before returns the plan it drew. Raises Denied, Invalid."""
    if submission.token is not None and (earlier := Plan.objects.filter(token=submission.token).first()):
        return earlier
    changes = list(wish.changes)
    if not changes:
        raise Invalid(None, "There is nothing to do.")
    limits.check(submission.person, changes=len(changes), kinds={str(change.kind) for change in changes})
    plan = _plan(submission, wish)
    if any(change.kind in (ChangeKind.APPEND, ChangeKind.MOVE) for change in changes):
        plan.until = _chosen_end(submission, wish)
    for number, change in enumerate(changes, 1):
        change.plan, change.number = plan, number
        _check_length(change)
    assess(plan, changes, submission)
    if wish.must_send and not plan.outline["sent"]:
        raise Invalid(None, _why_not(changes[0]))
    with transaction.atomic():
        plan.save(force_insert=True)
        _insert(plan, changes)
    return plan


def _why_not(change: Change) -> str:
    subject = change.username or change.record_name
    return f"{subject}: {change.note or change.get_effect_display().lower()}"


def assess(plan: Plan, changes: Sequence[Change], submission: Submission) -> None:
    """Hold the changes against the mirror, and say on the plan what came of it. Nothing is written."""
    plan.drawn_at = clock.now()
    plan.drawn_against = Mirror.objects.get(pk=1).asked_at
    _choose_kinds(plan, changes)
    effects.assess(
        [change for change in changes if change.state == ChangeState.LEFT], actor=submission.person
    )
    plan.outline = outline(changes)
    plan.digest = digest.of(plan, changes)


def outline(changes: Sequence[Change]) -> dict[str, Any]:
    """What the title says of a plan."""
    kinds = Counter(str(change.kind) for change in changes)
    records = {change.record_name for change in changes}
    return {
        "changes": len(changes),
        "sent": sum(map(digest.is_sent, changes)),
        "kinds": dict(kinds),
        "record": records.pop() if len(records) == 1 else "",
        "customer": changes[0].username if len(changes) == 1 else "",
    }


def is_undecided(changes: Sequence[Change], plan: Plan) -> bool:
    """Whether somebody must say first what becomes of those who are on another record."""
    return not plan.elsewhere and any(
        change.effect == Effect.MOVES and change.kind == ChangeKind.APPEND for change in changes
    )


def save_drawn(plan: Plan, changes: Sequence[Change]) -> None:
    """Write a plan that has not begun anew, inside the caller's transaction: nothing refers to its rows yet."""
    rows = Change.objects.filter(plan=plan)
    rows._raw_delete(rows.db)
    _insert(plan, changes)
    plan.save()


def _choose_kinds(plan: Plan, changes: Sequence[Change]) -> None:
    """`elsewhere` turns appends into moves and back; a move that names its old record stays one."""
    if plan.elsewhere not in ELSEWHERE:
        raise Invalid("elsewhere", "Say whether to append them here too or to move them.")
    for change in changes:
        if change.state == ChangeState.LEFT and change.kind in (ChangeKind.APPEND, ChangeKind.MOVE):
            is_move = plan.elsewhere == "move" or "from" in change.before
            change.kind = ChangeKind.MOVE if is_move else ChangeKind.APPEND


def _plan(submission: Submission, wish: Wish) -> Plan:
    now = clock.now()
    plan = Plan(
        source=wish.source,
        author=submission.actor,
        author_name=display_name(submission.person),
        reason=submission.reason[:MAX_REASON],
        until=wish.until[:MAX_UNTIL],
        elsewhere=wish.elsewhere,
        undoes=wish.undoes,
        created_at=now,
        request_id=submission.request_id,
    )
    if submission.token is not None:
        plan.token = submission.token
    return plan


def _chosen_end(submission: Submission, wish: Wish) -> str:
    """What was asked for, or the role's default, within the role's limit; an undo's changes have their own."""
    return until.chosen(submission.actor, wish.until, read_clock=clock.now).text


def _check_length(change: Change) -> None:
    """No row could hold it, so no preview could show it."""
    for name in (change.username, change.record_name):
        if len(name) > MAX_NAME or "\x00" in name:
            where = f"Line {change.line}: " if change.line else ""
            raise Invalid(None, f"{where}{name[:20]}… is too long for a name: at most {MAX_NAME} characters.")
    change.reason, change.until = change.reason[:MAX_REASON], change.until[:MAX_UNTIL]


def _insert(plan: Plan, changes: Sequence[Change]) -> None:
    fields = {str(column.column): column.attname for column in Change._meta.concrete_fields}
    rows = [
        tuple(
            dumps(getattr(change, fields[column])) if column in _JSON else getattr(change, fields[column])
            for column in _COLUMNS
        )
        for change in changes
    ]
    bulk.insert(Change, _COLUMNS, rows, alike={"plan_id": plan.pk, "tries": 0, "step": ""})
