"""A first list that was fetched once in this process, and whose rows are copied from then on.

Most tests of pages begin with the same list, and fetching it takes longer than what they look at. The copy is what the
list would have left just now: its moments go with the clock, its events continue the chain, and the upstream's log has
the call. Where a test has set something up that a list could meet, the list is fetched in earnest.
"""

import json
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from monitors.models import AuditChain, AuditEvent, Kind, Refresh, SampleRate
from monitors.sandbox.calls import Call
from monitors.sandbox.server import SandboxServer
from monitors.services import clock
from monitors.services.log import audit
from monitors.services.settings_log import WATCHED

Row = tuple[Any, ...]
Rows = dict[Any, Row]  # by key
_remembered: dict[str, "RememberedList"] = {}
_machine_time = timezone.now
CHAINED = (AuditChain, AuditEvent)
COUNTED_BY_TRIGGERS = (SampleRate,)


def load(server: SandboxServer, fetch: Callable[[], object]) -> None:
    """What `fetch` does: it reads the whole list of an upstream that is well into a desk that has none."""
    remembered = remembered_of(server)
    if timezone.now is not _machine_time or Refresh.objects.exists():
        fetch()
    elif remembered is None:
        _remembered[_circumstances(server)] = _fetched(server, fetch)
    elif remembered.would_be_the_same():
        remembered.write(server)
    else:
        fetch()


def remembered_of(server: SandboxServer) -> "RememberedList | None":
    return _remembered.get(_circumstances(server))


def _circumstances(server: SandboxServer) -> str:
    """What decides what a list brings, and what is noted of it."""
    watched = [getattr(settings, name, None) for name in WATCHED if name != "SENDGRID_API_URL"]
    return repr((connection.vendor, server.store.snapshot(), watched, settings.PACE))


def _fetched(server: SandboxServer, fetch: Callable[[], object]) -> "RememberedList":
    before = {table: table.rows() for table in every_table()}
    length = AuditChain.objects.get().length
    quick = _QuickClock(clock.now())
    with clock.reading(quick):
        fetch()
    return RememberedList(
        fetched_at=quick.moment,
        url=server.url,
        calls=server.calls,
        events=list(AuditEvent.objects.filter(number__gt=length).order_by("number")),
        changes=[
            change
            for table, rows in before.items()
            if table.model not in CHAINED + COUNTED_BY_TRIGGERS
            and (change := Change(table, rows, table.rows())).is_one
        ],
    )


class _QuickClock:
    """A list of its time takes some microseconds: its copy begins after whatever a test has written before."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        self.moment += timedelta(microseconds=1)
        return self.moment


def every_table() -> list["Table"]:
    return [Table(model) for model in apps.get_models() if model._meta.managed and not model._meta.proxy]


class Table:
    """As the database has it, without what it computes itself. The key comes first."""

    def __init__(self, model: type[Model]) -> None:
        assert model._meta.pk is not None
        self.name = f'"{model._meta.db_table}"'
        self.key = f'"{model._meta.pk.column}"'
        self.model = model
        self.rest = [
            f'"{field.column}"'
            for field in model._meta.concrete_fields
            if not field.generated and not field.primary_key
        ]

    def rows(self) -> Rows:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join([self.key, *self.rest])} FROM {self.name} ORDER BY 1")
            return {row[0]: row for row in cursor.fetchall()}

    def insert(self, rows: Iterable[Row]) -> None:
        places = ", ".join(["%s"] * (1 + len(self.rest)))
        names = ", ".join([self.key, *self.rest])
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {self.name} ({names}) VALUES ({places})", list(rows))

    def update(self, rows: Iterable[Row]) -> None:
        names = ", ".join(f"{name} = %s" for name in self.rest)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {self.name} SET {names} WHERE {self.key} = %s", [(*row[1:], row[0]) for row in rows]
            )


class Change:
    """What a list did to a table."""

    def __init__(self, table: Table, before: Rows, after: Rows) -> None:
        assert before.keys() <= after.keys(), f"a first list removes from {table.name}"
        self.table, self.before, self.after = table, before, after

    @property
    def is_one(self) -> bool:
        return self.before != self.after

    def would_be_the_same(self) -> bool:
        return self.table.rows() == self.before

    def write(self, age: timedelta) -> None:
        changed = [row for key, row in self.after.items() if key in self.before and row != self.before[key]]
        new = [row for key, row in self.after.items() if key not in self.before]
        if changed:
            self.table.update(_later(row, age) for row in changed)
        if new:
            self.table.insert(_later(row, age) for row in new)


@dataclass(frozen=True)
class RememberedList:
    fetched_at: datetime
    url: str
    calls: list[Call]
    events: list[AuditEvent]
    changes: list[Change]

    def would_be_the_same(self) -> bool:
        """Nobody has written where the list did, and no settings were noted."""
        is_noted = AuditEvent.objects.filter(kind=Kind.SETTINGS_CHANGED).exists()
        return not is_noted and all(change.would_be_the_same() for change in self.changes)

    def write(self, server: SandboxServer) -> None:
        age = clock.now() - self.fetched_at
        with transaction.atomic():
            for change in self.changes:
                change.write(age)
            self._write_events(age, server.url)
        for call in self.calls:
            log = server.sandbox.log
            number = log.add(method=call.method, path=call.path, parameters=call.parameters)
            log.mark_answered(number, 200)

    def _write_events(self, age: timedelta, url: str) -> None:
        chain, events = AuditChain.objects.get(), []
        for remembered in self.events:
            event = copy(remembered)
            event.number, event.previous_hash, event.at = chain.length + 1, chain.head, event.at + age
            event.details = json.loads(json.dumps(event.details).replace(self.url, url))
            event.hash = audit.digest(event)
            chain.length, chain.head = event.number, event.hash
            events.append(event)
        AuditEvent.objects.bulk_create(events)
        chain.save()


def _later(row: Row, by: timedelta) -> Row:
    return tuple(value + by if isinstance(value, datetime) else value for value in row)
