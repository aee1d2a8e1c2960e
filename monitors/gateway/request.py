"""The requests we send, by the tables of monitor_records.md: as form bodies, and as curl for people."""

import re
import shlex
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from monitors.gateway.upstream import Upstream

# The order of the document's examples; its table for append has user first.
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "create": ("name", "email", "frequency"),
    "edit": ("name", "new_name", "new_email", "new_frequency"),
    "delete": ("name",),
    "list": (),
    "append": ("name", "user"),
    "detach": ("user", "name"),
}
HIDDEN_KEY = "••••••••"
_NEEDS_NO_ENCODING = re.compile(r"[A-Za-z0-9@._-]*")


def form_body(upstream: Upstream, task: str, parameters: Mapping[str, str]) -> bytes:
    """The exact bytes of a call; `@` is not encoded, as in the document's examples."""
    return urlencode(list(_pairs(upstream.user, upstream.key, task, parameters)), safe="@").encode("ascii")


def curl(upstream: Upstream, task: str, parameters: Mapping[str, str]) -> str:
    """The request as a shell command of several lines, with the key hidden."""
    pairs = _pairs(upstream.user, HIDDEN_KEY, task, parameters)
    lines = [f"curl {shlex.quote(upstream.address)}", *(_option(name, value) for name, value in pairs)]
    return " \\\n  ".join(lines)


def _pairs(user: str, key: str, task: str, parameters: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "api_user", user
    yield "api_key", key
    yield "method", "monitor"
    yield "task", task
    for name in PARAMETERS[task]:
        if name in parameters:
            yield name, parameters[name]


def _option(name: str, value: str) -> str:
    option = "--data" if _NEEDS_NO_ENCODING.fullmatch(value) or value == HIDDEN_KEY else "--data-urlencode"
    return f"{option} {shlex.quote(f'{name}={value}')}"
