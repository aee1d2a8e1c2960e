"""What sentences read of an event, whether it is a model's object or a row of a file."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from monitors.wording.operations import Subject
from monitors.wording.text import Text


class EventWords(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def actor_id(self) -> int | None: ...
    @property
    def task(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def record_name(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def details(self) -> Any: ...


class DifferenceWords(EventWords, Protocol):
    """What else is said of a difference between two lists."""

    @property
    def number(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def source(self) -> str: ...
    @property
    def actor_name(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def refresh_id(self) -> int | None: ...


class LoggedWords(DifferenceWords, Protocol):
    """What a row of the log says."""

    @property
    def record_id(self) -> int | None: ...
    @property
    def customer_id(self) -> int | None: ...
    @property
    def actor_roles(self) -> str: ...
    @property
    def actor_username(self) -> str | None: ...
    @property
    def operation_id(self) -> UUID | None: ...


Sentence = Callable[[EventWords, Subject], Text]
