"""The sandbox's own log of every call it received, kept beside the state so that it survives a restart."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from monitors.sandbox.store import Store

_SCHEMA = """
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY AUTOINCREMENT, task TEXT, parameters TEXT NOT NULL, method TEXT NOT NULL,
    path TEXT NOT NULL, received_at REAL NOT NULL, applied INTEGER NOT NULL DEFAULT 0, answered INTEGER,
    fault TEXT
)
"""
_COLUMNS = "id, task, parameters, method, path, received_at, applied, answered, fault"


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came, without the key.

    `applied`: the state took the change (never for `list`). `answered`: the HTTP status that went out, None
    if none did. `fault`: the name of the fault that was played on it.
    """

    id: int
    task: str | None
    parameters: dict[str, str]
    method: str
    path: str
    received_at: float
    applied: bool
    answered: int | None
    fault: str | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class CallLog:
    def __init__(self, store: Store) -> None:
        self._store = store
        with store.transaction() as connection:
            connection.execute(_SCHEMA)

    def received(
        self, *, method: str, path: str, parameters: Mapping[str, str], fault: str | None = None
    ) -> int:
        """Written down before anything is done about it."""
        kept = {name: value for name, value in parameters.items() if name != "api_key"}
        with self._store.transaction() as connection:
            inserted = connection.execute(
                "INSERT INTO call (task, parameters, method, path, received_at, fault)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (parameters.get("task"), json.dumps(kept), method, path, time.time(), fault),
            )
        assert inserted.lastrowid is not None
        return inserted.lastrowid

    def applied(self, call: int) -> None:
        self._set(call, "applied = 1")

    def answered(self, call: int, status: int) -> None:
        """Written before the first byte leaves, so that whoever has the answer finds it here."""
        self._set(call, "answered = ?", status)

    def _set(self, call: int, assignment: str, *values: int) -> None:
        with self._store.transaction() as connection:
            connection.execute(f"UPDATE call SET {assignment} WHERE id = ?", (*values, call))  # noqa: S608

    def get(self, call: int) -> Call:
        with self._store.transaction() as connection:
            row = connection.execute(f"SELECT {_COLUMNS} FROM call WHERE id = ?", (call,))  # noqa: S608
            return _read(row.fetchone())

    def all(self, *, after: int = 0) -> list[Call]:
        with self._store.transaction() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM call WHERE id > ? ORDER BY id", (after,))  # noqa: S608
            return [_read(row) for row in rows]


def _read(row: tuple[Any, ...]) -> Call:
    key, task, parameters, method, path, received_at, applied, answered, fault = row
    return Call(key, task, json.loads(parameters), method, path, received_at, bool(applied), answered, fault)
