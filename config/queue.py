"""QUEUE_URL -> the keywords of a Huey engine."""

from typing import Any
from urllib.parse import urlsplit

from config import env


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
    if scheme == "sqlite":
        return common | {
            "huey_class": "huey.SqliteHuey",
            "connection": {"filename": url.removeprefix("sqlite:///")},
        }
    if scheme in {"postgres", "postgresql"}:
        return common | {"huey_class": "huey.PostgresHuey", "connection": {"dsn": url}}
    if scheme in {"redis", "rediss"}:
        return common | {"huey_class": "huey.RedisHuey", "connection": {"url": url}}
    env.stop("QUEUE_URL", "must be a sqlite:///, postgres:// or redis:// URL")
