"""One POST to the upstream: the whole answer or the reason why there is none, within a deadline and a size.

Failures are values, because an exception of requests contains the request body and with it the key.
"""

import http.client
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

import requests
from urllib3.exceptions import HTTPError

from monitors.gateway.bodies import TOO_LARGE, UnreadableBody, read_body
from monitors.gateway.deadlines import Attempt, current_attempt
from monitors.gateway.failures import is_transient, reason
from monitors.gateway.request import form_body
from monitors.gateway.sessions import note_use, session_of_this_thread
from monitors.gateway.upstream import Upstream

MAX_HEADER_BYTES = 128 * 2**10
MIN_BODY_PER_FRAMING = 8  # body bytes for each byte of chunk sizes and gzip overhead
# threading raises RuntimeError when no thread can be started.
_ERRORS = (requests.RequestException, HTTPError, http.client.HTTPException, OSError, ValueError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer, inflated."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer whose body cannot be used: too large, or badly compressed."""

    reason: str
    status: int | None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """`has_begun`: a byte of the request may have been sent. `is_transient`: a retry may succeed."""

    reason: str
    has_begun: bool
    is_transient: bool


class Transport:
    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def post(
        self, task: str, parameters: Mapping[str, str], *, ends_at: float, max_bytes: int
    ) -> Answer | Unreadable | NoAnswer:
        """Never raises. `ends_at` is a time of time.monotonic()."""
        attempt = Attempt(
            ends_at, self._upstream.connect_timeout, self._upstream.read_timeout, MAX_HEADER_BYTES
        )
        token = current_attempt.set(attempt)
        try:
            return self._exchange(task, parameters, attempt, max_bytes)
        except _ERRORS as error:
            if attempt.is_too_large:
                return Unreadable(TOO_LARGE, None)
            return NoAnswer(reason(error, attempt.has_begun), attempt.has_begun, is_transient(error))
        finally:
            current_attempt.reset(token)

    def _exchange(
        self, task: str, parameters: Mapping[str, str], attempt: Attempt, max_bytes: int
    ) -> Answer | Unreadable:
        upstream = self._upstream
        response = session_of_this_thread(upstream).post(
            upstream.address,
            data=form_body(upstream, task, parameters),
            timeout=(upstream.connect_timeout, upstream.read_timeout),
            # Set on each call, because REQUESTS_CA_BUNDLE overrides the value of a session.
            verify=upstream.ca_bundle or True,
            allow_redirects=False,
            stream=True,
        )
        with closing(response):
            attempt.allowance = max_bytes + max_bytes // MIN_BODY_PER_FRAMING + MAX_HEADER_BYTES
            try:
                body = read_body(response.raw, max_bytes)
            except UnreadableBody as error:
                return Unreadable(str(error), response.status_code)
            note_use()
            return Answer(response.status_code, response.headers, body)
