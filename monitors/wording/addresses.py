"""Addresses of rows by their keys: a page has hundreds, and each look-up took as long as the rest of its row."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from urllib.parse import quote
from uuid import UUID

from django.urls import get_script_prefix, reverse

_prefix: ContextVar[str | None] = ContextVar("prefix", default=None)


@contextmanager
def of_request() -> Iterator[None]:
    """Where the desk stands at its host is looked up once a request: Django's own look-up was a fortieth of a page."""
    token = _prefix.set(get_script_prefix())
    try:
        yield
    finally:
        _prefix.reset(token)


def prefix() -> str:
    return _prefix.get() or get_script_prefix()


def address(page: str, key: int | UUID) -> str:
    """The address of the page of that name for a row."""
    before, after = _around(page, UUID(int=0) if isinstance(key, UUID) else 0, prefix())
    return f"{before}{key}{after}"


@cache
def _around(page: str, blank: int | UUID, _prefix: str) -> tuple[str, str]:
    before, _, after = reverse(page, args=[blank]).rpartition(str(blank))
    return before, after


def mailbox_address(email: str) -> str:
    """Of a mailbox's page. A slash is written as a code: browsers would take `..` between two for a step back."""
    return f"{_mailboxes(prefix())}{quote(email, safe='@')}/"


@cache
def _mailboxes(_prefix: str) -> str:
    return reverse("mailbox", args=["-"]).removesuffix("-/")
