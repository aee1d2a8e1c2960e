"""QUEUE_URL -> the keywords of a Huey engine."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import PostgresStorage

from config import env

_TABLES_LOCK = 7_238_115  # of our own choice; two processes that create the tables at once would fail

_ENGINES = {
    "sqlite": ("huey.SqliteHuey", "filename"),
    "postgres": ("huey.PostgresHuey", "dsn"),
    "postgresql": ("huey.PostgresHuey", "dsn"),
    "redis": ("huey.RedisHuey", "url"),
    "rediss": ("huey.RedisHuey", "url"),
}


class JsonMessages(Serializer):  # type: ignore[misc]
    """A row of the queue names one of our tasks and when to run it, as JSON: reading one runs no code.

    Tasks take no arguments: they look for rows that are due. Anything else raises ValueError, and Huey, which has
    taken it out of the queue by then, logs that and goes on.
    """

    def _serialize(self, data: Message) -> bytes:
        if data.args or data.kwargs:
            raise ValueError("our tasks take no arguments")
        eta = data.eta.isoformat() if data.eta else None
        return json.dumps({"id": data.id, "name": data.name, "eta": eta}).encode()

    def _deserialize(self, data: bytes) -> Message:
        values = json.loads(bytes(data))
        if not isinstance(values, dict) or values.keys() != {"id", "name", "eta"}:
            raise ValueError("this is no message of ours")
        eta = datetime.fromisoformat(values["eta"]) if values["eta"] else None
        return Message(id=str(values["id"]), name=str(values["name"]), eta=eta, args=(), kwargs={})


class PatientPostgresStorage(PostgresStorage):  # type: ignore[misc]
    """Creates its tables with the first connection: a database that is down must not stop a process from starting.

    gunicorn gives up altogether when one of its workers cannot start.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, create_tables=False)
        self._has_tables = False

    def _create_connection(self) -> Any:
        connection = super()._create_connection()
        if not self._has_tables:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_TABLES_LOCK,))
                for statement in self.ddl:
                    connection.execute(statement)
            self._has_tables = True
        return connection


def engine(url: str) -> dict[str, Any]:
    """`sqlite:///FILE`, `postgres://…` or `redis://…` as the HUEY setting of Huey's Django integration."""
    common: dict[str, Any] = {
        "name": "monitor-desk",
        "immediate": False,
        "results": False,
        "serializer": JsonMessages(),
        "consumer": {
            "workers": 2,
            "worker_type": "thread",
            "scheduler_interval": 1,
            "initial_delay": 0.1,
            "max_delay": 1,
        },
    }
    scheme = urlsplit(url).scheme
    if scheme not in _ENGINES:
        env.stop("QUEUE_URL", "must be a sqlite:///, postgres:// or redis:// URL")
    huey_class, keyword = _ENGINES[scheme]
    value = url.removeprefix("sqlite:///") if scheme == "sqlite" else url
    storage = {"storage_class": PatientPostgresStorage} if keyword == "dsn" else {}
    return common | {"huey_class": huey_class, "connection": {keyword: value} | storage}
