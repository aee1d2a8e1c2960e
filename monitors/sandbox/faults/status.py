"""Faults of the status: redirects, and each 4xx and 5xx as a proxy or the service may send it."""

import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from monitors.sandbox import answers
from monitors.sandbox.answers import Answer
from monitors.sandbox.exchange import Exchange
from monitors.sandbox.faults.fault import Fault, answering
from monitors.sandbox.messages import HTML_TYPE, Invented, Recorded

REDIRECTS = (301, 302, 303, 307, 308)
STATUSES = (400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504)
_OPTIONS = {"retry_after": "", "reset_in": 0.0}
_WORDS = {
    401: Recorded.PERMISSION_DENIED,
    403: Recorded.PERMISSION_DENIED,
    404: Recorded.NOT_FOUND,
    429: Recorded.TOO_MANY_REQUESTS,
}


def _redirect(status: int) -> Callable[[Exchange], Answer]:
    def document(exchange: Exchange) -> Answer:
        answer = answers.page(status, f"{status} {HTTPStatus(status).phrase}")
        return replace(answer, headers=(("Location", exchange.options["url"]),))

    return document


def _html(_exchange: Exchange, status: int) -> Answer:
    return answers.page(status, f"{status} {HTTPStatus(status).phrase}")


def _envelope(exchange: Exchange, status: int) -> Answer:
    default = Invented.INTERNAL_ERROR if status >= 500 else Invented.NOT_CARRIED_OUT
    return answers.fielded(exchange.format, _WORDS.get(status, default), status=status)


def _nothing(_exchange: Exchange, status: int) -> Answer:
    return Answer(b"", HTML_TYPE, status)


def _with_status(status: int, body: Callable[[Exchange, int], Answer]) -> Callable[[Exchange], Answer]:
    def document(exchange: Exchange) -> Answer:
        return replace(body(exchange, status), headers=_waiting_headers(exchange))

    return document


def _waiting_headers(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    retry_after, reset_in = exchange.options["retry_after"], exchange.options["reset_in"]
    return (
        *([("Retry-After", str(retry_after))] if retry_after != "" else []),
        *([("X-RateLimit-Reset", str(int(time.time() + reset_in)))] if reset_in else []),
    )


def _statuses() -> dict[str, Fault]:
    bodies = {"html": _html, "envelope": _envelope, "nothing": _nothing}
    return {
        f"status_{status}_{kind}": answering(f"{status} with {kind}", _with_status(status, body), _OPTIONS)
        for status in STATUSES
        for kind, body in bodies.items()
    }


TABLE: dict[str, Fault] = {
    **{
        f"redirect_{status}": answering(f"{status} to `url`", _redirect(status), {"url": "/elsewhere"})
        for status in REDIRECTS
    },
    **_statuses(),
}
