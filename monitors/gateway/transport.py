"""One POST to the upstream: the whole answer, or why there is none, within a deadline and a size.

Failures are values, not exceptions: an exception of requests carries the request's body, and with it the key.
"""

import http.client
import os
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from monitors.gateway.bodies import UnreadableBody, read_body
from monitors.gateway.deadlines import POOLS, Attempt, current_attempt, tls_context
from monitors.gateway.failures import is_passing, reason
from monitors.gateway.request import form_body
from monitors.gateway.upstream import Format, Upstream

MAX_HEADER_BYTES = 128 * 2**10
_ACCEPT = {Format.JSON: "application/json", Format.XML: "application/xml, text/xml"}
# RuntimeError is what threading raises where no thread can be started.
_ERRORS = (requests.RequestException, HTTPError, http.client.HTTPException, OSError, ValueError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer, inflated."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer that began and is not taken in: too large, or its compression is broken."""

    reason: str
    status: int | None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """`has_begun`: the request may have begun to leave; `is_passing`: another try may end better."""

    reason: str
    has_begun: bool
    is_passing: bool


class Transport:
    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._local = threading.local()

    def post(
        self, task: str, parameters: Mapping[str, str], *, ends_at: float, max_bytes: int
    ) -> Answer | Unreadable | NoAnswer:
        """`ends_at` is a time of time.monotonic(). Raises nothing."""
        attempt = Attempt(
            ends_at, self._upstream.connect_timeout, self._upstream.read_timeout, MAX_HEADER_BYTES
        )
        token = current_attempt.set(attempt)
        try:
            return self._exchange(task, parameters, attempt, max_bytes)
        except _ERRORS as error:
            if attempt.is_too_large:
                return Unreadable("the answer is too large", None)
            return NoAnswer(reason(error, attempt.has_begun), attempt.has_begun, is_passing(error))
        finally:
            current_attempt.reset(token)

    def close(self) -> None:
        """Close this thread's connections; the next call opens new ones."""
        session = getattr(self._local, "session", None)
        if session is not None:
            session.close()

    def _exchange(
        self, task: str, parameters: Mapping[str, str], attempt: Attempt, max_bytes: int
    ) -> Answer | Unreadable:
        upstream = self._upstream
        response = self._session().post(
            upstream.address,
            data=form_body(upstream, task, parameters),
            timeout=(upstream.connect_timeout, upstream.read_timeout),
            # Given on each call, because a session's own value yields to REQUESTS_CA_BUNDLE.
            verify=upstream.ca_bundle or True,
            allow_redirects=False,
            stream=True,
        )
        with closing(response):
            attempt.allowance = max_bytes + max_bytes // 8 + MAX_HEADER_BYTES
            try:
                body = read_body(response.raw, max_bytes)
            except UnreadableBody as error:
                return Unreadable(str(error), response.status_code)
            return Answer(response.status_code, response.headers, body)

    def _session(self) -> requests.Session:
        """This thread's own; a forked child must not write to its parent's connection."""
        if getattr(self._local, "pid", None) != os.getpid():
            self._local.session, self._local.pid = _new_session(self._upstream), os.getpid()
        session: requests.Session = self._local.session
        return session


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None, because requests reads the whole body of a redirect even if it is not to follow it."""


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=tls_context(), **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=tls_context(), **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager


def _new_session(upstream: Upstream) -> requests.Session:
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.proxies = {"all": upstream.proxy} if upstream.proxy else {}
    session.headers = {
        "User-Agent": "Monitor-Desk",
        "Accept": _ACCEPT[upstream.format],
        "Accept-Encoding": "gzip",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    for scheme in POOLS:
        session.mount(f"{scheme}://", _Adapter(pool_connections=1, pool_maxsize=1))
    return session
