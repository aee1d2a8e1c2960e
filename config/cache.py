"""Django's cache in a table, but its values are JSON: reading a row that somebody wrote there runs no code."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import DatabaseError, connections, router, transaction
from django.utils import timezone

_FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
_WRITE = """INSERT INTO {table} (cache_key, value, expires) VALUES (%s, %s, %s)
    ON CONFLICT (cache_key) DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires"""
_STATEMENTS = {
    "set": _WRITE,
    "add": f"{_WRITE} WHERE {{table}}.expires < %s",
    "touch": "UPDATE {table} SET expires = %s WHERE cache_key = %s AND expires > %s",
}


class JsonCache(DatabaseCache):
    """What JSON cannot say is refused with TypeError; what is no JSON counts as not there."""

    _table: str
    _cull: Callable[[str, Any, datetime, int], None]

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        by_made = {self.make_and_validate_key(key, version=version): key for key in keys}
        if not by_made:
            return {}
        connection = connections[router.db_for_read(self.cache_model_class)]
        marks = ", ".join(["%s"] * len(by_made))
        statement = (
            f"SELECT cache_key, value FROM {self._table} WHERE expires > %s AND cache_key IN ({marks})"  # noqa: S608 - our own name
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [self._moment(connection, timezone.now()), *by_made])
            rows = cursor.fetchall()
        return {by_made[made]: value for made, text in rows for value in _values(text)}

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        connection = connections[router.db_for_write(self.cache_model_class)]
        now, text = self._moment(connection, timezone.now()), json.dumps(value)
        expires = self._moment(connection, self._end(timeout))
        values = {"set": [key, text, expires], "add": [key, text, expires, now], "touch": [expires, key, now]}
        try:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                self._make_room(connection, cursor)
                cursor.execute(_STATEMENTS[mode].format(table=self._table), values[mode])
                return bool(cursor.rowcount > 0)
        except DatabaseError:  # as Django's own: a cache that does not take it has not taken it
            return False

    def _end(self, timeout: Any) -> datetime:
        seconds = self.get_backend_timeout(timeout)
        return _FOREVER if seconds is None else datetime.fromtimestamp(seconds, UTC)

    def _moment(self, connection: Any, moment: datetime) -> Any:
        naive = timezone.make_naive(moment, UTC).replace(microsecond=0)
        return connection.ops.adapt_datetimefield_value(naive)

    def _make_room(self, connection: Any, cursor: Any) -> None:
        cursor.execute(f"SELECT COUNT(*) FROM {self._table}")  # noqa: S608 - our own name
        (count,) = cursor.fetchone()
        if count > self._max_entries:
            self._cull(connection.alias, cursor, timezone.make_naive(timezone.now(), UTC), count)


def _values(text: str) -> list[Any]:
    try:
        return [json.loads(text)]
    except ValueError:
        return []
