"""Rows of exported tables as plain tuples, by key: no cursor or transaction stays open while somebody downloads.

A file costs eight bytes of memory a row for its keys, and one chunk of rows.
"""

from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import QuerySet

from monitors.models import Attachment, HeldChange
from monitors.selectors import event_rows, monitored
from monitors.selectors.by_key import Among, Rows
from monitors.selectors.event_rows import EventRow
from monitors.selectors.monitored_rows import AttachmentRow, MonitoredRow, Revision, with_roles

CHUNK_ROWS = 500  # held in memory at a time
_CHUNK_KEYS = 10_000
_MAX_REVISIONS = 10_000  # remembered at a time
Keys = Sequence[int]


class HeldRow(NamedTuple):
    """What a file says of one change of a held list."""

    id: int
    what: str
    record: str
    username: str
    details: dict[str, Any]


_HELD = Rows(HeldChange.objects.all, HeldRow._fields)
_ATTACHMENTS = Rows(lambda: with_roles(Attachment.objects.all()), (*AttachmentRow._fields, "roles"))


def keys(rows: QuerySet[Any]) -> Keys:
    """Of all rows in their order: what a file holds is decided by one query."""
    return array("q", rows.values_list("pk", flat=True).iterator(chunk_size=_CHUNK_KEYS))


def events(numbers: Keys) -> Iterator[EventRow]:
    for chunk in chunks(numbers):
        yield from event_rows.with_numbers(chunk)


def held_changes(keys: Keys) -> Iterator[HeldRow]:
    for chunk in chunks(keys):
        yield from map(HeldRow._make, _HELD.read(chunk))


def attachments(keys: Keys, *, moment: datetime) -> Iterator[MonitoredRow]:
    """Each with its record as it was at `moment`."""
    revisions = _Revisions(moment)
    for chunk in chunks(keys):
        rows = list(_ATTACHMENTS.read(chunk))
        revisions.look_up({record for _, record, *_ in rows})
        for *columns, roles in rows:
            row = AttachmentRow._make(columns)
            yield MonitoredRow(row, revisions.get(row.record_id), roles)


class _Revisions:
    """What records were at a moment, each looked up once as long as they are not too many."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment
        self._known: dict[int, Revision | None] = {}

    def look_up(self, records: set[int]) -> None:
        if len(self._known) > _MAX_REVISIONS:
            self._known.clear()
        missing = records - self._known.keys()
        if not missing:
            return
        self._known.update(dict.fromkeys(missing))
        found = monitored.revisions(self._moment).filter(Among("record", missing))
        columns = found.values_list("record_id", "name", "email", "frequency")
        self._known.update({record: (name, email, frequency) for record, name, email, frequency in columns})

    def get(self, record: int) -> Revision | None:
        return self._known[record]


def chunks(keys: Keys) -> Iterator[list[int]]:
    iterator = iter(keys)
    while chunk := list(islice(iterator, CHUNK_ROWS)):
        yield chunk
