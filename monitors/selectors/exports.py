"""Rows of exported tables as plain tuples, by key: no cursor or transaction stays open while somebody downloads.

A file costs eight bytes of memory a row for its keys, and one chunk of rows.
"""

from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from monitors.models import Attachment, AuditEvent, HeldChange
from monitors.models.operation import State, said_success
from monitors.selectors import monitored

CHUNK_ROWS = 500  # held in memory at a time
_CHUNK_KEYS = 10_000
_MAX_REVISIONS = 10_000  # remembered at a time
Keys = Sequence[int]
Revision = tuple[str, str, int | None]  # name, mailbox, frequency


class EventRow(NamedTuple):
    """What a file says of an event; the names are the model's."""

    number: int
    at: datetime
    kind: str
    actor_id: int | None
    actor_name: str
    actor_roles: str
    actor_username: str | None
    task: str
    outcome: str
    source: str
    record_name: str
    username: str
    operation_id: UUID | None
    refresh_id: int | None
    reason: str
    details: dict[str, Any]
    address: str | None
    previous_hash: str
    hash: str


class AttachmentRow(NamedTuple):
    """What a file says of an attachment, with its two operations as far as the file names them."""

    id: int
    record_id: int
    record__name: str
    customer__username: str
    since: datetime
    attached_after: datetime | None
    detached_at: datetime | None
    detached_after: datetime | None
    is_baseline: bool
    reason: str
    expires_at: datetime | None
    is_endless: bool
    began_by_id: UUID | None
    began_by__actor_name: str | None
    began_by__state: str | None
    began_by__words: list[str] | None
    ended_by_id: UUID | None
    ended_by__actor_name: str | None
    ended_by__state: str | None
    ended_by__words: list[str] | None
    ended_by__reason: str | None
    ended_by__task: str | None
    ended_by__source: str | None
    ended_by__before__set_by: str | None


class HeldRow(NamedTuple):
    """What a file says of one change of a held list."""

    id: int
    what: str
    record: str
    username: str
    details: dict[str, Any]


class MonitoredRow(NamedTuple):
    """An attachment with its record as it was then; `revision` None: not known."""

    attachment: AttachmentRow
    revision: Revision | None
    began_roles: str

    @property
    def record_name(self) -> str:
        return self.revision[0] if self.revision else self.attachment.record__name

    @property
    def began_with_success(self) -> bool:
        row = self.attachment
        return said_success(row.began_by__words or [], row.began_by__state)

    @property
    def ended_with_success(self) -> bool:
        row = self.attachment
        return said_success(row.ended_by__words or [], row.ended_by__state)

    @property
    def has_doubtful_end(self) -> bool:
        """As Attachment.has_doubtful_end."""
        row = self.attachment
        is_ended_outside = row.detached_at is not None and row.ended_by_id is None
        return is_ended_outside and row.began_by__state == State.CONTRADICTED


def keys(rows: QuerySet[Any]) -> Keys:
    """Of all rows in their order: what a file holds is decided by one query."""
    return array("q", rows.values_list("pk", flat=True).iterator(chunk_size=_CHUNK_KEYS))


def events(numbers: Keys) -> Iterator[EventRow]:
    for chunk in chunks(numbers):
        yield from map(EventRow._make, _rows(AuditEvent.objects.all(), EventRow._fields, chunk))


def held_changes(keys: Keys) -> Iterator[HeldRow]:
    for chunk in chunks(keys):
        yield from map(HeldRow._make, _rows(HeldChange.objects.all(), HeldRow._fields, chunk))


def attachments(keys: Keys, *, moment: datetime) -> Iterator[MonitoredRow]:
    """Each with its record as it was at `moment`."""
    revisions = _Revisions(moment)
    for chunk in chunks(keys):
        columns = _rows(Attachment.objects.all(), AttachmentRow._fields, chunk)
        rows = list(map(AttachmentRow._make, columns))
        revisions.look_up({row.record_id for row in rows})
        roles = monitored.began_roles({row.began_by_id for row in rows if row.began_by_id})
        for row in rows:
            yield MonitoredRow(row, revisions.get(row.record_id), roles.get(row.began_by_id, ""))


class _Revisions:
    """What records were at a moment, each looked up once as long as they are not too many."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment
        self._known: dict[int, Revision | None] = {}

    def look_up(self, records: set[int]) -> None:
        if len(self._known) > _MAX_REVISIONS:
            self._known.clear()
        missing = records - self._known.keys()
        self._known.update(dict.fromkeys(missing))
        found = monitored.revisions(self._moment).filter(record__in=missing)
        columns = found.values_list("record_id", "name", "email", "frequency")
        self._known.update({record: (name, email, frequency) for record, name, email, frequency in columns})

    def get(self, record: int) -> Revision | None:
        return self._known[record]


def chunks(keys: Keys) -> Iterator[list[int]]:
    iterator = iter(keys)
    while chunk := list(islice(iterator, CHUNK_ROWS)):
        yield chunk


def _rows(rows: QuerySet[Any], columns: Sequence[str], keys: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Those of these keys, in their order; the first column is the key."""
    by_key = {row[0]: row for row in rows.filter(pk__in=keys).order_by().values_list(*columns)}
    return (by_key[key] for key in keys)
