"""Whose name stands beside an operation and what came of it: a person did only what SendGrid said was done."""

from typing import Any, Protocol

from monitors.models import Operation, Source
from monitors.wording.event_words import LoggedWords
from monitors.wording.states import is_shown_by_list_alone
from monitors.wording.text import Name, Text, compose, join

_REQUESTED = "requested by {}, shown by a list"


class Doing(Protocol):
    """An operation, or what the row of an attachment holds of one."""

    @property
    def source(self) -> str: ...
    @property
    def actor_name(self) -> str: ...
    @property
    def before(self) -> dict[str, Any]: ...
    @property
    def has_success(self) -> bool: ...


def who(operation: Operation) -> Text:
    """Beside an operation as it stands: who tried, or only requested what a list shows."""
    if operation.source == Source.EXPIRY:
        return set_by(str(operation.before.get("set_by", "")))
    return compose(_REQUESTED if is_shown_by_list_alone(operation) else "{}", Name(operation.actor_name))


def doer(operation: Doing) -> Text:
    """Beside what a list shows or SendGrid said was done, also while the operation itself is not judged yet."""
    if operation.source == Source.EXPIRY:
        return set_by(str(operation.before.get("set_by", "")))
    return doer_named(operation.actor_name, has_success=operation.has_success)


def doer_named(name: str, *, has_success: bool) -> Text:
    """The same of a person's operation that is not at hand whole."""
    return compose("{}" if has_success else _REQUESTED, Name(name))


def set_by(name: str) -> Text:
    """Of an end that came: nobody did it just then, somebody had set it."""
    return compose("as set by {}", Name(name)) if name else compose("at its end")


def account(event: LoggedWords) -> Text:
    """Beside the name in the log: which account it was, unless its name is all there is, and with which roles."""
    return join(" · ", [*_username(event), *filter(None, [event.actor_roles])])


def identity(row: LoggedWords | Operation) -> Text:
    """`Ana Keller (ana)`: the name, and which account that was unless its name is all there is."""
    return join(" ", [Name(row.actor_name), *(compose("({})", name) for name in _username(row))])


def _username(row: LoggedWords | Operation) -> list[Name]:
    username = row.actor_username
    return [Name(username)] if username and username != row.actor_name else []
