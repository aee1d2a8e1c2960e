"""The columns of exported tables: each head with what stands below it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from monitors.models import AuditEvent
from monitors.selectors.monitored import Row
from monitors.views.sheets import Cell
from monitors.wording.ends import how_ended
from monitors.wording.events import event_sentence
from monitors.wording.until import NO_END
from monitors.wording.who import doer

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Table(Generic[Entry]):
    """Columns in the order of the file."""

    columns: dict[str, Callable[[Entry], Cell]]

    @property
    def head(self) -> list[str]:
        return list(self.columns)

    def cells(self, entry: Entry) -> list[Cell]:
        return [value(entry) for value in self.columns.values()]


def _origin(row: Row) -> str:
    operation = row.attachment.began_by
    if operation:
        return "desk" if operation.has_success else "shown by a list"
    return "first list" if row.attachment.is_baseline else "outside"


def _began_by(row: Row) -> str:
    operation = row.attachment.began_by
    return str(doer(operation)) if operation else ""


def _ended_by(row: Row) -> str:
    attachment = row.attachment
    if attachment.ended_by:
        return str(doer(attachment.ended_by))
    if attachment.has_doubtful_end:
        return "outside, or it never took effect"
    return "outside" if attachment.detached_at else ""


def _ended_why(row: Row) -> str:
    operation = row.attachment.ended_by
    return operation.reason if operation else ""


def _set_to_end(row: Row) -> Cell:
    attachment = row.attachment
    return attachment.expires_at or (NO_END if attachment.is_endless else "")


def _upstream_words(event: AuditEvent) -> str:
    return " | ".join(str(word) for word in event.details.get("words", ()))


MONITORED: Table[Row] = Table(
    {
        "Customer": lambda row: row.attachment.customer.username,
        "Record": lambda row: row.record_name,
        "Record's name now": lambda row: row.attachment.record.name,
        "Mailbox": lambda row: row.email,
        "One sample in": lambda row: row.frequency,
        "Origin": _origin,
        "Since": lambda row: row.attachment.since,
        "Since, not before": lambda row: row.attachment.attached_after,
        "By": _began_by,
        "Role": lambda row: row.began_roles,
        "Why": lambda row: row.attachment.reason,
        "Until": lambda row: row.attachment.detached_at,
        "Until, not before": lambda row: row.attachment.detached_after,
        "Ended by": _ended_by,
        "Ended why": _ended_why,
        "Ended how": lambda row: how_ended(row.attachment),
        "Set to end": _set_to_end,
    }
)
AUDIT: Table[AuditEvent] = Table(
    {
        "Number": lambda event: event.number,
        "At": lambda event: event.at.isoformat(),
        "Kind": lambda event: event.kind,
        "What": lambda event: str(event_sentence(event)),
        "Who": lambda event: event.actor_name,
        "Role": lambda event: event.actor_roles,
        "Task": lambda event: event.task,
        "Outcome": lambda event: event.outcome,
        "Source": lambda event: event.source,
        "Record": lambda event: event.record_name,
        "Customer": lambda event: event.username,
        "Reason": lambda event: event.reason,
        "Upstream's words": _upstream_words,
        "Note": lambda event: str(event.details.get("note", "")),
        "Operation": lambda event: str(event.operation_id or ""),
        "List": lambda event: event.refresh_id,
        "Details": lambda event: json.dumps(event.details, ensure_ascii=False, sort_keys=True),
        "Hash before": lambda event: event.previous_hash,
        "Hash": lambda event: event.hash,
    }
)
