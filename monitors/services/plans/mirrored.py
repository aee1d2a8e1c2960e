"""What the mirror knows of everything that a plan touches, read with a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Q

from monitors.models import RECORD_TASKS, Attachment, Change, Customer, MonitorRecord, Operation, State
from monitors.services.lists import bulk

KEYS_PER_QUERY = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """A customer on a record."""

    record_id: int
    name: str
    frequency: int | None
    expires_at: datetime | None
    is_endless: bool
    reason: str
    since: datetime
    began_by: UUID | None

    def as_before(self) -> dict[str, Any]:
        return {
            "id": self.record_id,
            "name": self.name,
            "frequency": self.frequency,
            "until": self.expires_at.isoformat() if self.expires_at else "none" if self.is_endless else "",
            "reason": self.reason,
            "since": self.since.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Mirrored:
    """`places` by customer and record; `busy` holds names that an operation under way keeps."""

    customers: dict[str, int]
    places: dict[int, dict[int, Place]]
    records: dict[int, MonitorRecord]
    by_name: dict[str, MonitorRecord]
    busy_customers: set[str] = field(default_factory=set)
    busy_records: set[str] = field(default_factory=set)
    busy_placements: set[str] = field(default_factory=set)

    def of(self, username: str) -> dict[int, Place]:
        return self.places.get(self.customers.get(username, 0), {})


def read(changes: Sequence[Change]) -> Mirrored:
    customers = bulk.keys(Customer, "username", {change.username for change in changes if change.username})
    records = _records(changes)
    mirrored = Mirrored(
        customers=customers,
        places=_places(customers.values()),
        records={record.pk: record for record in records},
        by_name={record.name: record for record in records if record.gone_at is None},
    )
    _note_busy(mirrored)
    return mirrored


def _places(customers: Iterable[int]) -> dict[int, dict[int, Place]]:
    places: dict[int, dict[int, Place]] = defaultdict(dict)
    columns = (
        *("record__name", "record__frequency", "expires_at", "is_endless", "reason", "since"),
        "began_by_id",
    )
    for keys in _chunks(customers):
        rows = Attachment.objects.lasting().filter(customer__in=keys)
        for customer, record, *values in rows.values_list("customer_id", "record_id", *columns):
            places[customer][record] = Place(record, *values)
    return places


def _records(changes: Sequence[Change]) -> list[MonitorRecord]:
    keys = {change.record_id for change in changes} | {change.from_record_id for change in changes}
    names = {change.record_name for change in changes if change.record_id is None}
    names |= {str(change.parameters["new_name"]) for change in changes if "new_name" in change.parameters}
    wanted = Q(pk__in=keys - {None}) | Q(name__in=names - {""}, gone_at=None)
    return list(MonitorRecord.objects.filter(wanted))


def _note_busy(mirrored: Mirrored) -> None:
    """The targets of operations that are not over: another one on them waits its turn."""
    open_states = (State.QUEUED, State.PENDING, State.UNKNOWN)
    rows = Operation.objects.filter(settled_at=None, state__in=open_states)
    for task, name, new_name, username in rows.values_list(
        "task", "record_name", "new_record_name", "username"
    ):
        mirrored.busy_customers.update({username} - {""})
        touched = {name, new_name} - {""}
        mirrored.busy_placements.update(touched)
        if task in RECORD_TASKS:
            mirrored.busy_records.update(touched)


def _chunks(keys: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(keys)
    while chunk := list(islice(rest, KEYS_PER_QUERY)):
        yield chunk
