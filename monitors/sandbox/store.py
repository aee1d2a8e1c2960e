"""The sandbox's state in its own SQLite file: customers, records and attachments."""

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from monitors.sandbox.messages import Invented, Recorded
from monitors.sandbox.rendering import Row

_LOCK_TIMEOUT_SECONDS = 10
Rows = list[Row]  # The method `list` hides the builtin.

_SCHEMA = """
CREATE TABLE IF NOT EXISTS customer (username TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, email TEXT NOT NULL, frequency INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS attachment (
    id INTEGER PRIMARY KEY,
    record_id INTEGER NOT NULL REFERENCES record,
    username TEXT NOT NULL REFERENCES customer,
    UNIQUE (record_id, username)
);
CREATE INDEX IF NOT EXISTS attachment_username ON attachment (username);
"""


class SecondAppend(StrEnum):
    """What append does with a customer who is on another record. The real behaviour is unknown."""

    MOVED = "moved"
    BOTH = "both"
    REFUSED = "refused"


class Refused(Exception):
    """The state does not allow this write. `words` is the upstream's error message."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class UnknownCustomer(Refused):
    """The customer is not registered under the account; this has its own envelope."""

    def __init__(self) -> None:
        super().__init__(Recorded.USER_NOT_FOUND)


class Store:
    """Enforces the rules that depend on the state (unique, registered, in use); `tasks` checks the parameters.

    A direct call of a task's method is an outside change: no call is logged. Safe for any number of threads; a
    second process may open the same file.
    """

    def __init__(self, path: str | Path = ":memory:", *, second_append: str = SecondAppend.MOVED) -> None:
        self.second_append = SecondAppend(second_append)
        self._connection = sqlite3.connect(
            path, timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._lock = threading.RLock()
        self._changes = 0
        self.close = weakref.finalize(self, self._connection.close)
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. A nested one joins the outer one. A task raises `Refused` before its first change."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def version(self) -> tuple[int, int]:
        """A value that differs after each change of the state, also by another process."""
        with self._lock:
            return self._changes, self._connection.execute("PRAGMA data_version").fetchone()[0]

    def snapshot(self) -> Rows:
        """All records as (name, email, frequency, users), in order of creation and of appending."""
        with self._lock:
            records = self._connection.execute("SELECT id, name, email, frequency FROM record ORDER BY id")
            users = self._users()
            return [(name, email, frequency, users.get(key, ())) for key, name, email, frequency in records]

    list = snapshot

    def _users(self) -> dict[int, tuple[str, ...]]:
        pairs = self._connection.execute("SELECT record_id, username FROM attachment ORDER BY record_id, id")
        return {key: tuple(name for _, name in group) for key, group in groupby(pairs, lambda pair: pair[0])}

    def customers(self) -> tuple[str, ...]:
        with self._lock:
            rows = self._connection.execute("SELECT username FROM customer ORDER BY username")
            return tuple(row[0] for row in rows)

    def is_empty(self) -> bool:
        with self._lock:
            row = self._connection.execute(
                "SELECT EXISTS (SELECT 1 FROM record) OR EXISTS (SELECT 1 FROM customer)"
            ).fetchone()
            return not row[0]

    def register(self, usernames: Iterable[str]) -> None:
        with self._change() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO customer VALUES (?)", ((name,) for name in usernames)
            )

    def seed(self, records: Iterable[Row] = (), customers: Iterable[str] = ()) -> None:
        """Add many records and customers at once. The users of a record are registered too."""
        with self._change() as connection:
            self.register(customers)
            for name, email, frequency, users in records:
                self.register(users)
                key = self._insert(connection, name, email, frequency)
                connection.executemany(
                    "INSERT INTO attachment (record_id, username) VALUES (?, ?)",
                    ((key, user) for user in users),
                )

    def create(self, *, name: str, email: str, frequency: int) -> None:
        with self._change() as connection:
            self._require_free(connection, name)
            self._insert(connection, name, email, frequency)

    def edit(
        self,
        *,
        name: str,
        new_name: str | None = None,
        new_email: str | None = None,
        new_frequency: int | None = None,
    ) -> None:
        with self._change() as connection:
            key = self._key(connection, name)
            if new_name is not None and new_name != name:
                self._require_free(connection, new_name)
            connection.execute(
                "UPDATE record SET name = coalesce(?, name), email = coalesce(?, email),"
                " frequency = coalesce(?, frequency) WHERE id = ?",
                (new_name, new_email, new_frequency, key),
            )

    def delete(self, *, name: str) -> None:
        with self._change() as connection:
            key = self._key(connection, name)
            if connection.execute("SELECT 1 FROM attachment WHERE record_id = ?", (key,)).fetchone():
                raise Refused(Invented.IN_USE)
            connection.execute("DELETE FROM record WHERE id = ?", (key,))

    def append(self, *, user: str, name: str) -> None:
        """On the same record again: success, and nothing changes (a guess)."""
        with self._change() as connection:
            self._require_registered(connection, user)
            key = self._key(connection, name)
            self._apply_second_append(connection, user, key)
            connection.execute(
                "INSERT OR IGNORE INTO attachment (record_id, username) VALUES (?, ?)", (key, user)
            )

    def detach(self, *, user: str, name: str | None = None) -> None:
        """Without a name: from all records. For a customer on no record: success, no change (a guess)."""
        with self._change() as connection:
            self._require_registered(connection, user)
            if name is None:
                connection.execute("DELETE FROM attachment WHERE username = ?", (user,))
            else:
                key = self._key(connection, name)
                connection.execute("DELETE FROM attachment WHERE username = ? AND record_id = ?", (user, key))

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self.transaction() as connection:
            self._changes += 1
            yield connection

    def _apply_second_append(self, connection: sqlite3.Connection, user: str, key: int) -> None:
        elsewhere = (user, key)
        if self.second_append is SecondAppend.MOVED:
            connection.execute("DELETE FROM attachment WHERE username = ? AND record_id != ?", elsewhere)
        elif self.second_append is SecondAppend.REFUSED:
            attachments = connection.execute(
                "SELECT 1 FROM attachment WHERE username = ? AND record_id != ?", elsewhere
            )
            if attachments.fetchone():
                raise Refused(Invented.ALREADY_MONITORED)

    @staticmethod
    def _insert(connection: sqlite3.Connection, name: str, email: str, frequency: int) -> int:
        rows = connection.execute(
            "INSERT INTO record (name, email, frequency) VALUES (?, ?, ?) RETURNING id",
            (name, email, frequency),
        )
        key: int = rows.fetchone()[0]
        return key

    @staticmethod
    def _key(connection: sqlite3.Connection, name: str) -> int:
        row = connection.execute("SELECT id FROM record WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise Refused(Recorded.RECORD_NOT_FOUND)
        key: int = row[0]
        return key

    @staticmethod
    def _require_free(connection: sqlite3.Connection, name: str) -> None:
        if connection.execute("SELECT 1 FROM record WHERE name = ?", (name,)).fetchone():
            raise Refused(Invented.NAME_TAKEN)

    @staticmethod
    def _require_registered(connection: sqlite3.Connection, user: str) -> None:
        if not connection.execute("SELECT 1 FROM customer WHERE username = ?", (user,)).fetchone():
            raise UnknownCustomer
