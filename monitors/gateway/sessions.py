"""One keep-alive session of requests for each thread; nothing in it comes from the environment."""

import os
import threading
import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from monitors.gateway.deadlines import POOLS, tls_context
from monitors.gateway.upstream import Format, Upstream

_ACCEPT = {Format.JSON: "application/json", Format.XML: "application/xml, text/xml"}


class _ThreadState(threading.local):
    session: requests.Session | None = None
    upstream: Upstream | None = None
    process: int = 0
    used_at: float = 0


_state = _ThreadState()


def session_of_this_thread(upstream: Upstream) -> requests.Session:
    """A new one after a fork, or for another upstream."""
    if _state.session is None or _state.process != os.getpid() or _state.upstream != upstream:
        close_session_of_this_thread()
        _state.session, _state.upstream, _state.process = _new_session(upstream), upstream, os.getpid()
    elif time.monotonic() - _state.used_at > upstream.max_idle:
        # A firewall may have dropped the idle connection silently, and a write into it would end unknown.
        _state.session.close()
    return _state.session


def note_use() -> None:
    _state.used_at = time.monotonic()


def close_session_of_this_thread() -> None:
    if _state.session is not None:
        _state.session.close()
    _state.session = None


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None, because requests reads the whole body of a redirect even when it does not follow it."""


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
