"""The mirror with its whole history as plain values, read after each step."""

from collections import namedtuple
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model
from django.db.models.sql.compiler import SQLCompiler

from monitors.models import Attachment, Customer, Mirror, MonitorRecord, Operation, RecordRevision
from tests.machine.upstream_history import Described, Fact, Facts, Placed

ATTACHMENT = (
    *("pk", "record_id", "customer__username", "attached_at", "since", "attached_after", "began_by_id"),
    *("reason", "is_baseline", "detached_at", "detached_after", "ended_by_id", "span"),
)
REVISION = (
    *("pk", "record_id", "name", "email", "frequency", "since", "since_after", "began_by_id"),
    *("until", "until_after", "ended_by_id"),
)
RECORD = ("pk", "name", "email", "frequency", "customer_count", "gone_at")
OPERATION = (
    *("pk", "task", "record_name", "new_record_name", "username", "state", "claimed_at"),
    *("ended_at", "deadline_at", "settled_at", "parameters", "before"),
)


@dataclass(frozen=True)
class MirrorRows:
    """Each table by its key."""

    attachments: dict[int, Any]
    revisions: dict[int, Any]
    records: dict[int, Any]
    operations: dict[UUID, Any]
    customer_counts: dict[str, int]
    whole_asked_at: datetime | None

    def names(self, record_id: int) -> set[str]:
        """All that the record was ever called."""
        return {row.name for row in self.revisions.values() if row.record_id == record_id}

    def facts(self) -> Facts:
        """What the mirror says is true now."""
        living = {row.pk: row for row in self.records.values() if row.gone_at is None}
        facts: set[Fact] = {Described(row.name, row.email, row.frequency) for row in living.values()}
        for row in self.attachments.values():
            if row.detached_at is None:
                facts.add(Placed(living[row.record_id].name, row.customer__username))
        return frozenset(facts)


def read() -> MirrorRows:
    return MirrorRows(
        attachments=_by_key(Attachment, ATTACHMENT),
        revisions=_by_key(RecordRevision, REVISION),
        records=_by_key(MonitorRecord, RECORD),
        operations=_by_key(Operation, OPERATION),
        customer_counts=dict(_rows(Customer, ("username", "record_count"))),
        whole_asked_at=_rows(Mirror, ("pk", "whole_asked_at"))[0][1],
    )


def _by_key(model: type[Model], columns: tuple[str, ...]) -> dict[Any, Any]:
    shape = _shape(model, columns)
    return {row[0]: shape(*row) for row in _rows(model, columns)}


@cache
def _shape(model: type[Model], columns: tuple[str, ...]) -> Any:
    return namedtuple(model.__name__, columns)


def _rows(model: type[Model], columns: tuple[str, ...]) -> list[Any]:
    compiled = _compiled(model, columns)
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql)
        rows = cursor.fetchall()
    return list(compiled.compiler.apply_converters(rows, compiled.converters))


@dataclass(frozen=True)
class _Compiled:
    sql: str
    compiler: SQLCompiler
    converters: Any


@cache
def _compiled(model: type[Model], columns: tuple[str, ...]) -> _Compiled:
    """Django spends most of such a query on making its SQL, and these are the same at each step."""
    query = model._default_manager.order_by("pk").values_list(*columns).query
    compiler = query.get_compiler(connection=connection)
    sql, _ = compiler.as_sql()
    return _Compiled(sql, compiler, compiler.get_converters([column for column, *_ in compiler.select]))
