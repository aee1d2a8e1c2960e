"""The columns of exported tables: each head with what stands below it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from monitors.selectors.comparing import CAME, CHANGED, GONE, Line
from monitors.selectors.event_rows import EventRow
from monitors.selectors.monitored_rows import MonitoredRow
from monitors.views import doers
from monitors.views.workbook import Cell
from monitors.wording.ends import how_ended
from monitors.wording.events import event_sentence
from monitors.wording.until import NO_END
from monitors.wording.who import doer

Entry = TypeVar("Entry")
_TO_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


@dataclass(frozen=True, slots=True)
class Table(Generic[Entry]):
    """Columns in the order of the file."""

    columns: dict[str, Callable[[Entry], Cell]]
    moments: frozenset[str] = frozenset()

    @property
    def head(self) -> list[str]:
        return list(self.columns)

    def head_in(self, zone: str) -> list[str]:
        """With the zone beside each moment, for files whose moments cannot carry it."""
        return [f"{name} ({zone})" if name in self.moments else name for name in self.columns]

    def cells(self, entry: Entry) -> list[Cell]:
        return [value(entry) for value in self.columns.values()]


def _origin(row: MonitoredRow) -> str:
    if row.attachment.began_by_id:
        return "desk" if row.began_with_success else "shown by a list"
    return "first list" if row.attachment.is_baseline else "outside"


def _began_by(row: MonitoredRow) -> str:
    return "" if row.attachment.began_by_id is None else str(doers.began_by(row))


def _ended_by(row: MonitoredRow) -> str:
    if row.attachment.ended_by_id is not None:
        return str(doers.ended_by(row))
    if row.has_doubtful_end:
        return "outside, or it never took effect"
    return "outside" if row.attachment.detached_at else ""


def _set_to_end(row: MonitoredRow) -> Cell:
    attachment = row.attachment
    return attachment.expires_at or (NO_END if attachment.is_endless else "")


def _upstream_words(event: EventRow) -> str:
    return " | ".join(map(str, event.details.get("words", ())))


MONITORED: Table[MonitoredRow] = Table(
    {
        "Customer": lambda row: row.attachment.customer__username,
        "Record": lambda row: row.record_name,
        "Record's name now": lambda row: row.attachment.record__name,
        "Mailbox": lambda row: row.revision[1] if row.revision else "",
        "One sample in": lambda row: row.revision[2] if row.revision else None,
        "Origin": _origin,
        "Since": lambda row: row.attachment.since,
        "Since, not before": lambda row: row.attachment.attached_after,
        "By": _began_by,
        "Role": lambda row: row.began_roles,
        "Why": lambda row: row.attachment.reason,
        "Until": lambda row: row.attachment.detached_at,
        "Until, not before": lambda row: row.attachment.detached_after,
        "Ended by": _ended_by,
        "Ended why": lambda row: row.attachment.ended_by__reason or "",
        "Ended how": lambda row: how_ended(
            is_over=row.attachment.detached_at is not None,
            task=row.attachment.ended_by__task,
            source=row.attachment.ended_by__source,
        ),
        "Set to end": _set_to_end,
    },
    moments=frozenset({"Since", "Since, not before", "Until", "Until, not before", "Set to end"}),
)


def _of_attachment(read: Callable[[MonitoredRow], Cell]) -> Callable[[Line], Cell]:
    return lambda line: read(line.attachment) if line.attachment else ""


def _record_at_the_end(line: Line) -> str:
    if line.attachment:
        return line.attachment.record_name
    return line.revised.revision.name if line.revised else ""


def _revision_of(line: Line) -> tuple[str, str, int | None] | None:
    if line.attachment:
        return line.attachment.revision
    revised = line.revised
    return (revised.revision.name, revised.revision.email, revised.revision.frequency) if revised else None


def _before(column: str) -> Callable[[Line], Cell]:
    """Of a record that changed."""

    def read(line: Line) -> Cell:
        is_changed = line.change == CHANGED and line.revised is not None and line.revised.before is not None
        return getattr(line.revised.before, column) if is_changed and line.revised else ""

    return read


def _change(line: Line) -> str:
    if line.change == CHANGED and line.revised:
        return "record changed" if line.revised.before else "record new"
    return "record gone" if line.change == GONE else line.change


def _window(line: Line) -> tuple[Cell, Cell]:
    """When it came or went, and after which moment; each empty where there is nothing to tell."""
    if line.attachment:
        row = line.attachment.attachment
        came, went = (row.since, row.attached_after), (row.detached_at, row.detached_after)
        return came if line.change == CAME else went
    if line.revised is None:
        return "", ""
    revision = line.revised.revision
    begun, gone = (revision.since, revision.since_after), (revision.until, revision.until_after)
    return gone if line.change == GONE else begun


def _when(line: Line) -> Cell:
    return _window(line)[0]


def _when_not_before(line: Line) -> Cell:
    return _window(line)[1]


def _done_by(line: Line) -> str:
    if line.attachment:
        return _began_by(line.attachment) if line.change == CAME else _ended_by(line.attachment)
    if line.revised is None:
        return ""
    revision = line.revised.revision
    operation = revision.ended_by if line.change == GONE else revision.began_by
    return str(doer(operation)) if operation else "outside"


def _why(row: MonitoredRow, change: str) -> str:
    return (row.attachment.reason if change == CAME else row.attachment.ended_by__reason) or ""


COMPARED: Table[Line] = Table(
    {
        "Change": _change,
        "Customer": _of_attachment(lambda row: row.attachment.customer__username),
        "Record": _record_at_the_end,
        "Mailbox": lambda line: (_revision_of(line) or ("", "", None))[1],
        "One sample in": lambda line: (_revision_of(line) or ("", "", None))[2],
        "When": _when,
        "When, not before": _when_not_before,
        "By": _done_by,
        "Why": lambda line: _why(line.attachment, line.change) if line.attachment else "",
        "Record before": _before("name"),
        "Mailbox before": _before("email"),
        "One sample in, before": _before("frequency"),
    },
    moments=frozenset({"When", "When, not before"}),
)
AUDIT: Table[EventRow] = Table(
    {
        "Number": lambda event: event.number,
        "At": lambda event: event.at,
        "Kind": lambda event: event.kind,
        "What": lambda event: str(event_sentence(event)),
        "Who": lambda event: event.actor_name,
        "Username": lambda event: event.actor_username or "",
        "Role": lambda event: event.actor_roles,
        "From": lambda event: event.address or "",
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
        "Details": lambda event: _TO_JSON(event.details),
        "Hash before": lambda event: event.previous_hash,
        "Hash": lambda event: event.hash,
    }
)
