"""The log of every call the sandbox received, in the same file as the state."""

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
    """One request as it arrived, without the key.

    `applied`: the write was carried out (never for `list`). `answered`: the HTTP status of the answer, None
    without one. `fault`: the name of the fault that was played on it.
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

    def add(self, *, method: str, path: str, parameters: Mapping[str, str], fault: str | None = None) -> int:
        """Logged before anything else is done with the request."""
        without_key = {name: value for name, value in parameters.items() if name != "api_key"}
        with self._store.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO call (task, parameters, method, path, received_at, fault)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (parameters.get("task"), json.dumps(without_key), method, path, time.time(), fault),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def mark_applied(self, call: int) -> None:
        self._set(call, "applied = 1")

    def mark_answered(self, call: int, status: int) -> None:
        """Logged before the first byte leaves: a client that has the answer finds it in the log."""
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
