"""What sentences read of an event, whether it is a model's object or a row of a file."""

from collections.abc import Callable
from typing import Any, Protocol

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


Sentence = Callable[[EventWords, Subject], Text]
