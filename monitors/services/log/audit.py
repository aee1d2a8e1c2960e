"""Writing the audit log: one chain, however many processes write."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model

from monitors.models import AuditChain, AuditEvent, Customer, Kind, MonitorRecord, Operation, saving
from monitors.models.person import display_name
from monitors.models.saving import insert_each
from monitors.services import clock, origin, rights, writers_lock

# Made once: a call of json.dumps makes an encoder each time.
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
GENESIS = "0" * 64
# By which an anchor and a digest say that they were made; what names none is from before they said so.
ALGORITHM = "sha256"
# Part of the hash where they hold something: events from before these columns verify as they were written.
LATER_COLUMNS = ("actor_username", "person_id", "address")
DESK = "Monitor Desk"  # who did what nobody asked for just then
# Every column but the hash itself: a column added to the model is part of the proof at once.
HASHED_COLUMNS = tuple(
    column.attname for column in AuditEvent._meta.concrete_fields if column.attname != "hash"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event to be written: the columns of AuditEvent without its place in the chain."""

    kind: Kind
    actor_id: int | None = None
    actor_name: str = ""
    actor_roles: str = ""
    actor_username: str | None = None
    person_id: int | None = None
    task: str = ""
    outcome: str = ""
    source: str = ""
    record_id: int | None = None
    record_name: str = ""
    customer_id: int | None = None
    username: str = ""
    operation_id: UUID | None = None
    refresh_id: int | None = None
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    address: str | None = field(default_factory=origin.address)


def by(actor: User | None) -> dict[str, Any]:
    """The columns that say who. The full name is decoration: who it was are the id and the username."""
    if actor is None:
        return {"actor_name": DESK}
    return {
        "actor_id": actor.pk,
        "actor_name": display_name(actor),
        "actor_roles": ", ".join(rights.roles(actor)),
        "actor_username": actor.get_username(),
    }


def by_whoever_asked(operation: Operation) -> dict[str, Any]:
    """The same of an operation's row, as they were called when they asked for it."""
    return {
        "actor_id": operation.actor_id,
        "actor_name": operation.actor_name,
        "actor_username": operation.actor_username,
    }


def about(operation: Operation) -> dict[str, Any]:
    """The columns that say which operation, on what."""
    return {
        "task": operation.task,
        "outcome": operation.state,
        "source": operation.source,
        "record_id": operation.record_id,
        "record_name": operation.record_name,
        "customer_id": operation.customer_id,
        "username": operation.username,
        "operation_id": operation.uuid,
        "reason": operation.reason,
    }


def on(record: MonitorRecord, customer: Customer) -> dict[str, Any]:
    """The columns that say which customer on which record."""
    return {
        "record_id": record.pk,
        "record_name": record.name,
        "customer_id": customer.pk,
        "username": customer.username,
    }


def write(*events: Event) -> None:
    """Append events to the chain, all or none. Holds the writers' lock until the transaction ends."""
    write_all(events)


def write_all(events: Sequence[Event]) -> None:
    if not events:
        return
    with transaction.atomic():
        chain = writers_lock.take()
        append(chain, *events, at=clock.now())


def append(chain: AuditChain, *events: Event, at: datetime, of: Sequence[Model] = ()) -> None:
    """`write` for a caller that holds the writers' lock and has read the clock under it.

    `of`: new rows that they tell about, which are inserted with them; of one table, a few, with their keys.
    """
    rows = list(_linked(chain, events, at))
    if len(rows) > saving.most_at_once():
        insert_each(rows)
        rows = []
    # Then: a trigger looks whether the last event of the chain is there.
    saving.write(
        *saving.inserting(of), *saving.inserting(rows), then=saving.updating(chain, ("length", "head"))
    )


def digest(event: AuditEvent) -> str:
    """SHA-256 over every column but the hash itself, as canonical JSON; of LATER_COLUMNS those that are filled."""
    return digest_of([getattr(event, name) for name in HASHED_COLUMNS])


def digest_of(values: Sequence[Any]) -> str:
    """The same of the values of HASHED_COLUMNS. A later column that is null is left out."""
    columns = dict(zip(HASHED_COLUMNS, map(_plain, values), strict=True))
    for name in LATER_COLUMNS:
        if columns[name] is None:
            del columns[name]
    return hashlib.sha256(_canonical(columns).encode()).hexdigest()


def _linked(chain: AuditChain, events: Iterable[Event], at: datetime) -> Iterator[AuditEvent]:
    for event in events:
        columns = {name: getattr(event, name) for name in Event.__dataclass_fields__}
        row = AuditEvent(number=chain.length + 1, at=at, previous_hash=chain.head, **columns)
        row.hash = digest(row)
        chain.length, chain.head = row.number, row.hash
        yield row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    return value
