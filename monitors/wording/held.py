"""What a held list would change, as part of a sentence."""

from monitors.models import HeldChange, Refresh
from monitors.wording.operations import changes
from monitors.wording.states import sample
from monitors.wording.text import Name, Text, compose, plural

LABELS = {
    HeldChange.What.RECORD_REMOVED: "Record would go",
    HeldChange.What.CUSTOMER_REMOVED: "Customer would go",
    HeldChange.What.RECORD_CHANGED: "Record would change",
    HeldChange.What.RECORD_ADDED: "Record would come",
    HeldChange.What.CUSTOMER_ADDED: "Customer would come",
}
GROUPS = {
    HeldChange.What.RECORD_REMOVED: "Records that would go",
    HeldChange.What.CUSTOMER_REMOVED: "Customers that would go",
    HeldChange.What.RECORD_CHANGED: "Records that would change",
    HeldChange.What.RECORD_ADDED: "Records that would come",
    HeldChange.What.CUSTOMER_ADDED: "Customers that would come",
}


def would_change(refresh: Refresh) -> str:
    """`remove 12 records and 30 attachments, and add 1 record`, without a side that is empty."""
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
    return LABELS[HeldChange.What(change.what)]


def held_fields(change: HeldChange) -> Text:
    """Of a record: what it is, would be, or how it would change."""
    details = change.details
    if "after" in details:
        return changes(details["before"], details["after"])
    if not details:
        return Text()
    mailbox = Name(details["email"]) if details["email"] else "no readable mailbox"
    return compose("{} to {}", sample(details["frequency"]), mailbox)


def _size(records: int, attachments: int) -> str:
    """Without what there is none of."""
    counted = ((records, "record", "records"), (attachments, "attachment", "attachments"))
    return " and ".join(plural(*each) for each in counted if each[0]) or "nothing"
