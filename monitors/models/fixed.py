"""Statements of a fixed text: PostgreSQL reads and plans each once for a connection.

For a row that is found by its key that takes longer than finding it. Only for statements that find rows by keys or
write them: PostgreSQL may come to keep one plan for all values.
"""

from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


def cursor() -> Any:
    """Django's, whose values go to PostgreSQL beside the text and not within it.

    On SQLite it is as any other, and where statements are logged: the log shows them with their values.
    """
    own = connections[DEFAULT_DB_ALIAS]
    if own.vendor != "postgresql" or own.queries_logged:
        return own.cursor()
    own.ensure_connection()
    driver = own.connection
    driver.prepare_threshold = 0  # at once
    usual, driver.cursor_factory = driver.cursor_factory, _binding_on_the_server()
    try:
        return own.cursor()
    finally:
        driver.cursor_factory = usual


@cache
def _binding_on_the_server() -> Any:
    from django.db.backends.postgresql.base import ServerBindingCursor  # noqa: PLC0415 - needs PostgreSQL's driver

    return ServerBindingCursor
