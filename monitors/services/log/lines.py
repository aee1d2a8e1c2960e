"""The rows of the history as both databases and the log say them: what is compared, and what a digest covers.

Moments are text in UTC with six decimals, keys of operations 32 hexadecimal digits, truth 0 or 1, JSON canonical.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from monitors.models import Attachment, Customer, MonitorRecord, Operation, RecordRevision

Row = tuple[Any, ...]
CHUNK_ROWS = 2000
canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
_MOMENT, _UUID, _TRUTH, _JSON = "moment", "uuid", "truth", "json"
_SQL = {
    "sqlite": {
        _MOMENT: "CASE length({0}) WHEN 19 THEN {0} || '.000000' ELSE {0} END",
        _UUID: "{0}",
        _TRUTH: "({0} + 0)",
        _JSON: "{0}",
    },
    "postgresql": {
        _MOMENT: "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        _UUID: "replace({0}::text, '-', '')",
        _TRUTH: "{0}::int",
        _JSON: "{0}::text",
    },
}


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` with the kind of each that is not plain; the first `digested` of them are covered by a digest.

    `order` is total but for rows that are the same; rows are paired by its first `paired` columns.
    """

    name: str
    model: type[Model]
    columns: dict[str, str]
    digested: int
    order: tuple[str, ...]
    paired: int

    @property
    def sorting(self) -> str:
        return ", ".join(f"{column} NULLS LAST" for column in self.order)

    def key(self, row: Row) -> Row:
        return tuple(row[self._place(column)] for column in self.order[: self.paired])

    def rows(self, where: str = "") -> Iterator[Row]:
        """From the database as it is, in order, without holding them."""
        kinds = _SQL[connection.vendor]
        selected = ", ".join(
            kinds[kind].format(column) if kind else column for column, kind in self.columns.items()
        )
        condition = f" WHERE {where}" if where else ""
        sql = f"SELECT {selected} FROM {self.model._meta.db_table}{condition} ORDER BY {self.sorting}"  # noqa: S608
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql)
            while chunk := cursor.fetchmany(CHUNK_ROWS):
                yield from map(self._plain, chunk) if _JSON in self.columns.values() else chunk

    def _place(self, column: str) -> int:
        return list(self.columns).index(column)

    def _plain(self, row: Row) -> Row:
        kinds = self.columns.values()
        return tuple(
            canonical(json.loads(value)) if kind == _JSON else value
            for value, kind in zip(row, kinds, strict=True)
        )


ATTACHMENTS = Table(
    "attachments",
    Attachment,
    {
        "record_id": "",
        "customer_id": "",
        "attached_at": _MOMENT,
        "since": _MOMENT,
        "attached_after": _MOMENT,
        "began_by_id": _UUID,
        "is_baseline": _TRUTH,
        "detached_at": _MOMENT,
        "detached_after": _MOMENT,
        "ended_by_id": _UUID,
        "span": "",
        "owner_id": "",
        "reason": "",
        "expires_at": _MOMENT,
        "is_endless": _TRUTH,
        "kept_at": _MOMENT,
    },
    digested=11,
    # Once a clock was set back, several of one customer on one record may have lasted no time, at one moment.
    order=(
        *("record_id", "attached_at", "customer_id", "detached_at"),
        *("attached_after", "began_by_id", "detached_after", "ended_by_id"),
    ),
    paired=3,
)
REVISIONS = Table(
    "revisions",
    RecordRevision,
    {
        "record_id": "",
        "name": "",
        "email": "",
        "frequency": "",
        "since": _MOMENT,
        "since_after": _MOMENT,
        "began_by_id": _UUID,
        "until": _MOMENT,
        "until_after": _MOMENT,
        "ended_by_id": _UUID,
    },
    digested=10,
    order=(
        "record_id",
        "since",
        "until",
        "began_by_id",
        "ended_by_id",
    ),  # names that were taken back lasted no time
    paired=2,
)
RECORDS = Table(
    "records",
    MonitorRecord,
    {
        "id": "",
        "name": "",
        "email": "",
        "frequency": "",
        "first_seen": _MOMENT,
        "gone_at": _MOMENT,
        "continues_id": "",
    },
    digested=7,
    order=("id",),
    paired=1,
)
CUSTOMERS = Table("customers", Customer, {"id": "", "username": ""}, digested=2, order=("id",), paired=1)
OPERATIONS = Table(
    "operations",
    Operation,
    {
        "uuid": _UUID,
        "task": "",
        "source": "",
        "actor_id": "",
        "reason": "",
        "record_name": "",
        "new_record_name": "",
        "username": "",
        "parameters": _JSON,
        "state": "",
        "words": _JSON,
        "outcome_note": "",
        "ended_at": _MOMENT,
        "settled_by_id": "",
        "shown_by_id": "",
        "record_id": "",
        "customer_id": "",
    },
    digested=9,
    order=("uuid",),
    paired=1,
)
TABLES = (ATTACHMENTS, REVISIONS, RECORDS, CUSTOMERS, OPERATIONS)
WITH_KEYS = (ATTACHMENTS, REVISIONS, RECORDS, CUSTOMERS)  # that count up


def digest(table: Table, rows: Iterable[Row]) -> dict[str, Any]:
    """How many there are, and SHA-256 over what is covered of each, in order."""
    sum_, count = hashlib.sha256(), 0
    for row in rows:
        sum_.update(canonical(row[: table.digested]).encode())
        count += 1
    return {"rows": count, "digest": sum_.hexdigest()}


def moment(value: str | datetime | None) -> str | None:
    """As it stands in a row; from an event's details or a column."""
    if value is None:
        return None
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def parsed(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
