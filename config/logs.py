"""The log: one line an event, in JSON or for a reader, with the request, the operation and the person it is about."""

import json
import logging
import re
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from structlog.typing import Processor

HIDDEN = "‹hidden›"
LEAST_SECRET = 8  # characters; a shorter one would hide ordinary words
_LINK = re.compile(r"(/accounts/link/)[^/\s\"'\\]+")  # the secret of a one-time link stands in its address
Event = MutableMapping[str, Any]


class WithoutTracebackOfDenial(logging.Filter):
    """A refused right is an answer, not an error of ours: one line is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = record.exc_text = None
        return True


class Formatter(structlog.stdlib.ProcessorFormatter):
    """Of all loggers; whatever stands in a line, none of the `secrets` does, nor of a one-time link."""

    def __init__(self, *, kind: str, secrets: Iterable[str] = ()) -> None:
        self._secrets = [form for secret in secrets if len(secret) >= LEAST_SECRET for form in _forms(secret)]
        render: Processor = structlog.processors.JSONRenderer() if kind == "json" else _plain_line
        super().__init__(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(allow=("method", "path", "status", "milliseconds")),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            # The traceback as text: its frames' variables hold what nobody wants in a log.
            processors=[self.remove_processors_meta, structlog.processors.format_exc_info, render],
        )

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, HIDDEN)
        return _LINK.sub(rf"\1{HIDDEN}", line)


def configuration(*, kind: str, level: str, secrets: Iterable[str]) -> dict[str, Any]:
    """Python's LOGGING; `kind` is json or console."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Formatter, "kind": kind, "secrets": [*secrets]}},
        "filters": {"no_traceback": {"()": WithoutTracebackOfDenial}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_traceback"]}
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "monitors": {"level": level},
            # urllib3 logs request lines; bodies never, but a quiet log is easier to trust.
            "urllib3": {"level": "WARNING"},
        },
    }


def _forms(secret: str) -> set[str]:
    """As it is, and as JSON writes it."""
    return {secret, json.dumps(secret)[1:-1]}


def _plain_line(_logger: Any, _method: str, event: Event) -> str:
    exception = event.pop("exception", "")
    head = " ".join(str(event.pop(name, "")) for name in ("timestamp", "level", "logger", "event"))
    line = " ".join((head, *(f"{name}={value}" for name, value in event.items())))
    return f"{line}\n{exception}" if exception else line
