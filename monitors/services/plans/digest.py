"""A plan's digest, over exactly what it will do: whoever runs it names what they have seen."""

import hashlib
import json
from collections.abc import Iterable

from monitors.models import SENT_EFFECTS, Change, ChangeState, Plan


def of(plan: Plan, changes: Iterable[Change]) -> str:
    """SHA-256, in hexadecimal; a change that waits, and then does not, is the same change."""
    wanted = [_as_list(plan, change) for change in changes if is_sent(change)]
    text = json.dumps([str(plan.pk), plan.elsewhere, wanted], separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_sent(change: Change) -> bool:
    """Whether the plan, as it stands, sends this change."""
    return change.state == ChangeState.LEFT and change.effect in SENT_EFFECTS


def _as_list(plan: Plan, change: Change) -> list[object]:
    return [
        *(change.number, change.kind, change.record_id, change.record_name, change.username),
        *(change.from_record_id, change.parameters, change.is_insisted),
        *(change.reason or plan.reason, change.until or plan.until),
        *filter(None, [change.before.get("details")]),
    ]
