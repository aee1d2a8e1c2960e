"""The sandbox's state in its own SQLite file: the account's customers, its records, and who is on which."""

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

Rows = list[Row]  # the task `list` is a method here and hides the builtin

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
    """What append does to a customer who is on another record. Nobody knows what the service does."""

    MOVED = "moved"
    BOTH = "both"
    REFUSED = "refused"


class Refused(Exception):
    """The state does not allow this task; `words` is the upstream's error."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class UnknownCustomer(Refused):
    """The customer is not registered under the account; this one has an envelope of its own."""

    def __init__(self) -> None:
        super().__init__(Recorded.USER_NOT_FOUND)


class Store:
    """Enforces what depends on the state (unique, registered, in use); the parameters' shape is for `tasks`.

    Calling a task's method directly is a change from outside: no call is logged. Safe for any number of
    threads; a second process may open the same file.
    """

    def __init__(self, path: str | Path = ":memory:", *, second_append: str = SecondAppend.MOVED) -> None:
        self.second_append = SecondAppend(second_append)
        self._connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        self._lock = threading.RLock()
        self._changes = 0
        self.close = weakref.finalize(self, self._connection.close)
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; one inside another joins it. A task raises `Refused` before it writes anything."""
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
        """Differs after each change of the state, whoever made it."""
        with self._lock:
            return self._changes, self._connection.execute("PRAGMA data_version").fetchone()[0]

    def snapshot(self) -> Rows:
        """The truth: (name, email, frequency, users) in the order of creation and of appending."""
        with self._lock:
            records = self._connection.execute("SELECT id, name, email, frequency FROM record ORDER BY id")
            users = self._users()
            return [(name, email, frequency, users.get(key, ())) for key, name, email, frequency in records]

    list = snapshot

    def _users(self) -> dict[int, tuple[str, ...]]:
        found = self._connection.execute("SELECT record_id, username FROM attachment ORDER BY record_id, id")
        return {key: tuple(name for _, name in rows) for key, rows in groupby(found, lambda row: row[0])}

    def customers(self) -> tuple[str, ...]:
        with self._lock:
            found = self._connection.execute("SELECT username FROM customer ORDER BY username")
            return tuple(row[0] for row in found)

    def is_empty(self) -> bool:
        with self._lock:
            found = self._connection.execute(
                "SELECT EXISTS (SELECT 1 FROM record) OR EXISTS (SELECT 1 FROM customer)"
            )
            return not found.fetchone()[0]

    def register(self, usernames: Iterable[str]) -> None:
        with self._change() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO customer VALUES (?)", ((name,) for name in usernames)
            )

    def seed(self, records: Iterable[Row] = (), customers: Iterable[str] = ()) -> None:
        """Many records and customers at once; users of a record are registered too."""
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
        """Again onto the same record: success, and nothing changes (a guess)."""
        with self._change() as connection:
            self._require_registered(connection, user)
            key = self._key(connection, name)
            self._make_room(connection, user, key)
            connection.execute(
                "INSERT OR IGNORE INTO attachment (record_id, username) VALUES (?, ?)", (key, user)
            )

    def detach(self, *, user: str, name: str | None = None) -> None:
        """Without a name: from all records. Of one who is on none: success, and nothing changes (a guess)."""
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

    def _make_room(self, connection: sqlite3.Connection, user: str, key: int) -> None:
        elsewhere = (user, key)
        if self.second_append is SecondAppend.MOVED:
            connection.execute("DELETE FROM attachment WHERE username = ? AND record_id != ?", elsewhere)
        elif self.second_append is SecondAppend.REFUSED:
            found = connection.execute(
                "SELECT 1 FROM attachment WHERE username = ? AND record_id != ?", elsewhere
            )
            if found.fetchone():
                raise Refused(Invented.ALREADY_MONITORED)

    @staticmethod
    def _insert(connection: sqlite3.Connection, name: str, email: str, frequency: int) -> int:
        inserted = connection.execute(
            "INSERT INTO record (name, email, frequency) VALUES (?, ?, ?) RETURNING id",
            (name, email, frequency),
        )
        key: int = inserted.fetchone()[0]
        return key

    @staticmethod
    def _key(connection: sqlite3.Connection, name: str) -> int:
        found = connection.execute("SELECT id FROM record WHERE name = ?", (name,)).fetchone()
        if found is None:
            raise Refused(Recorded.RECORD_NOT_FOUND)
        key: int = found[0]
        return key

    @staticmethod
    def _require_free(connection: sqlite3.Connection, name: str) -> None:
        if connection.execute("SELECT 1 FROM record WHERE name = ?", (name,)).fetchone():
            raise Refused(Invented.NAME_TAKEN)

    @staticmethod
    def _require_registered(connection: sqlite3.Connection, user: str) -> None:
        if not connection.execute("SELECT 1 FROM customer WHERE username = ?", (user,)).fetchone():
            raise UnknownCustomer
