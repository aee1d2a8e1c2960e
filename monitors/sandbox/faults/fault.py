"""What a fault is: a name in the table, one line for people, and a way to treat an exchange."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from monitors.sandbox.answers import Answer
from monitors.sandbox.exchange import Exchange
from monitors.sandbox.rendering import Format, Row
from monitors.sandbox.store import Store
from monitors.sandbox.tasks import TASKS, WRITES

Play = Callable[[Exchange], None]
LIST = frozenset({"list"})
__all__ = ["LIST", "TASKS", "WRITES", "Fault", "Moment", "Play", "answering", "closing"]


class Moment(Enum):
    CONNECT = auto()  # as the connection comes in, before any request: no task, no call in the log
    UNREAD = auto()  # the request has arrived and nobody reads it
    REUSED = auto()  # the same, only where the connection has served a request before
    READ = auto()  # the request has been read


@dataclass(frozen=True, slots=True)
class Fault:
    """`options` are the names a fault takes with their defaults; `tasks` those it can be played on.

    `settles_itself`: the play asks for the honest answer in its own time, or never; otherwise the change is
    applied, or not, before the play begins. `capture`: what to keep, as the option `rows`, when it is set.
    """

    summary: str
    play: Play
    moment: Moment = Moment.READ
    options: Mapping[str, Any] = field(default_factory=dict)
    tasks: frozenset[str] = TASKS
    settles_itself: bool = False
    capture: Callable[[Store], list[Row]] | None = None


def answering(
    summary: str,
    document: Callable[[Exchange], Answer],
    options: Mapping[str, Any] | None = None,
    **traits: Any,
) -> Fault:
    """A fault whose answer is transferred without any trouble; only what it says is odd."""
    return Fault(
        summary, lambda exchange: exchange.reply(document(exchange)), options=options or {}, **traits
    )


def closing(play: Play) -> Play:
    """The connection ends in order after the play."""

    def play_and_finish(exchange: Exchange) -> None:
        play(exchange)
        exchange.connection.finish()

    return play_and_finish


def root(exchange: Exchange) -> str:
    return "monitors" if exchange.is_list else "result"


def is_json(exchange: Exchange) -> bool:
    return exchange.format is Format.JSON
