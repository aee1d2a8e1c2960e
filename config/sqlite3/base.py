"""Whoever writes waits well for their turn, and a statement is put into SQLite's own form once."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.sqlite3 import base

from config.sqlite3 import turns
from monitors.remembered import Remembered

_ready: Remembered[str] = Remembered(200)


class Cursor(base.SQLiteCursorWrapper):
    def convert_query(self, query: str, *, param_names: Iterable[str] | None = None) -> str:
        """Django looks for places of parameters in the whole text each time: a twentieth of a page."""
        if param_names is not None:
            return super().convert_query(query, param_names=param_names)
        return _ready.of(query, lambda: super(Cursor, self).convert_query(query))


class DatabaseWrapper(base.DatabaseWrapper):
    def create_cursor(self, name: Any = None) -> Cursor:  # noqa: ARG002 - Django's signature
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        begin = super()._start_transaction_under_autocommit  # type: ignore[misc]  # the stubs leave it out
        turns.begin_patiently(self.connection, self.settings_dict["OPTIONS"]["timeout"], begin)
