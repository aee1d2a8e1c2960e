"""Operations that asked for what was so upstream already, because a false success before them had misled the desk."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from monitors.models import Task
from tests.machine.upstream_history import Described, Facts, Placed, UpstreamHistory


def is_needless(operation: Any, others: Mapping[UUID, Any], upstream: UpstreamHistory) -> bool:
    """Whether or not it was carried out, a list shows the same."""
    if operation.claimed_at is None or operation.pk in upstream.acted:
        return False
    false = [others[key] for key in upstream.unfounded if key != operation.pk]
    is_misled = any(
        _keys(operation) & _keys(other) and (other.claimed_at < operation.claimed_at or upstream.was_set_back)
        for other in false
    )
    return is_misled and _is_so(operation, upstream.facts_at(operation.claimed_at))


def _keys(operation: Any) -> set[str]:
    return {operation.record_name, operation.new_record_name, operation.username} - {""}


def _is_so(operation: Any, facts: Facts) -> bool:
    name, user = operation.record_name, operation.username
    match Task(operation.task):
        case Task.APPEND:
            return Placed(name, user) in facts
        case Task.DETACH:
            placed = {fact for fact in facts if isinstance(fact, Placed) and fact.username == user}
            return not placed if not name else Placed(name, user) not in placed
    records = {fact.record: fact for fact in facts if isinstance(fact, Described)}
    if operation.task == Task.DELETE:
        return name not in records
    shown = records.get(operation.new_record_name or name)
    return shown is not None and _is_as_wanted(operation.parameters, shown)


def _is_as_wanted(wanted: dict[str, str], shown: Described) -> bool:
    email = wanted.get("new_email", wanted.get("email", shown.email))
    frequency = wanted.get("new_frequency", wanted.get("frequency", str(shown.frequency)))
    return (email, frequency) == (shown.email, str(shown.frequency))
