"""What a held list would change, as part of a sentence."""

from monitors.models import HeldChange, Refresh
from monitors.wording.text import plural


def would_change(refresh: Refresh) -> str:
    """`remove 12 records and 30 attachments, and add 1 record and 0 attachments`, without a side that is empty."""
    removed, added = refresh.removed_records, refresh.added_records
    return sides(
        removed=(removed, refresh.removed_attachments),
        added=(added, refresh.added_attachments),
        verbs=("remove", "add"),
    )


def sides(*, removed: tuple[int, int], added: tuple[int, int], verbs: tuple[str, str]) -> str:
    """Records and attachments in both directions; `verbs` for what is removed and for what is added."""
    parts = [
        f"{verb} {_size(*side)}" for verb, side in zip(verbs, (removed, added), strict=True) if any(side)
    ]
    return ", and ".join(parts) or f"{verbs[0]} {_size(*removed)}"


def held_change(change: HeldChange) -> str:
    return HeldChange.What(change.what).label


def _size(records: int, attachments: int) -> str:
    return f"{plural(records, 'record', 'records')} and {plural(attachments, 'attachment', 'attachments')}"
