"""Once everything has settled and nearly a day of lists has come: what must be true of the upstream's own log."""

from typing import Any

from monitors.models import Operation, State, Task
from tests.machine.mirror_rows import MirrorRows
from tests.machine.needless import is_needless
from tests.machine.upstream_history import Change, Facts, Placed, UpstreamHistory

DENIALS = (State.NOT_APPLIED, State.CONTRADICTED, State.REFUSED)
MAY_HAVE_ACTED = (State.ACCEPTED, State.CONFIRMED)


def demand_words_are_true(upstream: UpstreamHistory) -> None:
    """No verdict denies what the last list shows, unless a later operation changed the same."""
    operations = list(Operation.objects.select_related("record"))
    for operation in operations:
        is_denied = operation.state in DENIALS and operation.shown_by_id is None
        if is_denied and _is_shown(operation, upstream.facts):
            others = [other for other in operations if _may_supersede(other, operation, upstream)]
            assert others, f"{operation.state}, but it is shown: {_told(operation)}"
        is_needless_one = is_needless(operation, {other.pk: other for other in operations}, upstream)
        if operation.state == State.CONFIRMED and operation.pk not in upstream.acted and not is_needless_one:
            assert _was_done_elsewhere(operation, upstream), f"nobody did it: {_told(operation)}"


def _is_shown(operation: Operation, facts: Facts) -> bool:
    records = {fact.record: fact for fact in facts if not isinstance(fact, Placed)}
    record = operation.record
    name = record.name if record and record.gone_at is None else operation.record_name
    match Task(operation.task):
        case Task.APPEND:
            return Placed(name, operation.username) in facts
        case Task.DETACH if operation.record_name:
            return name in records and Placed(name, operation.username) not in facts
        case Task.DETACH:
            return not any(isinstance(fact, Placed) and fact.username == operation.username for fact in facts)
        case Task.DELETE:
            return operation.record_name not in records
    wanted = operation.parameters
    shown = records.get(operation.new_record_name or operation.record_name)
    return shown is not None and all(
        wanted.get(f"new_{field}", wanted.get(field, value)) == value
        for field, value in (("email", shown.email), ("frequency", str(shown.frequency)))
    )


def _may_supersede(other: Operation, operation: Operation, upstream: UpstreamHistory) -> bool:
    """By the clock a later one; once it was set back, any."""
    is_other = other.pk != operation.pk and other.state in MAY_HAVE_ACTED
    is_later = is_other and (upstream.was_set_back or other.left_at > operation.left_at)
    return is_later and not _keys(other).isdisjoint(_keys(operation))


def _was_done_elsewhere(operation: Operation, upstream: UpstreamHistory) -> bool:
    is_disturbed = any(
        change.keys() & _keys(operation) for change in upstream.foreign(after=None, until=upstream.now)
    )
    return is_disturbed or operation.task == Task.EDIT


def _keys(operation: Operation) -> set[str]:
    names = {operation.record_name, operation.new_record_name, operation.username}
    return (names | ({operation.record.name} if operation.record else set())) - {""}


def _told(operation: Operation) -> dict[str, Any]:
    columns = ("task", "parameters", "state", "outcome_note", "claimed_at", "ended_at", "settled_at")
    return {column: getattr(operation, column) for column in columns}


def demand_nothing_is_erased(upstream: UpstreamHistory, rows: MirrorRows) -> None:
    """An attachment that an append of ours began lasts in history for as long as the log says, at least."""
    for row in rows.attachments.values():
        began = _beginning(row, rows, upstream)
        if began is None or row.detached_at is None or row.ended_by_id in upstream.unfounded:
            continue
        if any(_goes_on(other, row) for other in rows.attachments.values()):
            continue
        ends = [change for change in upstream.changes[began + 1 :] if _ends(change, row, rows)]
        assert ends, f"it lasts: {row}"
        assert row.detached_at >= ends[0].since - upstream.clock_error, f"it lasted until {ends[0]}: {row}"


def _beginning(row: Any, rows: MirrorRows, upstream: UpstreamHistory) -> int | None:
    """The change by which the row's own operation began it."""
    placements = _placements(row, rows)
    for index, change in enumerate(upstream.changes):
        if row.began_by_id in change.hands and placements & change.began:
            return index
    return None


def _ends(change: Change, row: Any, rows: MirrorRows) -> bool:
    """It takes the customer off, and not only by a new name of the record; to one that took a former name, it does.

    A new name that somebody outside gives is an end: the API has no keys by which the desk could follow it.
    """
    placements = _placements(row, rows)
    ended = placements & change.ended
    is_renamed = _records(change.ended) & {placed.record for placed in ended if isinstance(placed, Placed)}
    return bool(ended) and not (change.hands and is_renamed and placements & change.began)


def _records(facts: Facts) -> set[str]:
    return {fact.record for fact in facts if not isinstance(fact, Placed)}


def _goes_on(other: Any, row: Any) -> bool:
    """A detach that the list contradicts had ended it."""
    same = ("record_id", "customer__username", "began_by_id", "since")
    return other.pk > row.pk and all(getattr(other, name) == getattr(row, name) for name in same)


def _placements(row: Any, rows: MirrorRows) -> Facts:
    return frozenset(Placed(name, row.customer__username) for name in rows.names(row.record_id))
