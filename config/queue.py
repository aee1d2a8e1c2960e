"""QUEUE_URL -> the keywords of a Huey engine."""

from typing import Any
from urllib.parse import urlsplit

from config import env

_ENGINES = {
    "sqlite": ("huey.SqliteHuey", "filename"),
    "postgres": ("huey.PostgresHuey", "dsn"),
    "postgresql": ("huey.PostgresHuey", "dsn"),
    "redis": ("huey.RedisHuey", "url"),
    "rediss": ("huey.RedisHuey", "url"),
}


def engine(url: str) -> dict[str, Any]:
    """`sqlite:///FILE`, `postgres://…` or `redis://…` as the HUEY setting of Huey's Django integration."""
    common: dict[str, Any] = {
        "name": "monitor-desk",
        "immediate": False,
        "results": False,
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
    return common | {"huey_class": huey_class, "connection": {keyword: value}}
