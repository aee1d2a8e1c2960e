"""Many values as the one parameter of a statement, whose text is then the same however many they are."""

import json
from collections.abc import Collection
from typing import Any

from django.db import connection


def adapted(values: Collection[Any]) -> Any:
    """An array on PostgreSQL, for `= ANY(%s)`; JSON on SQLite, for `IN (SELECT value FROM json_each(%s))`."""
    return list(values) if connection.vendor == "postgresql" else json.dumps(list(values))
