"""What a fault is: a name in a table, a summary for people, and a function that plays it."""

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
    CONNECT = auto()  # when the connection is opened: there is no request yet, and no log entry
    UNREAD = auto()  # when a request has arrived, which stays unread
    REUSED = auto()  # the same, but only on a connection that has served a request before
    READ = auto()  # when the request has been read


@dataclass(frozen=True, slots=True)
class Fault:
    """`options` are the names and defaults of its options; `tasks` the tasks it can be played on.

    A write is carried out, or refused, before the play begins; with `carries_out_itself` the play decides when, if
    at all. `capture` is called when the fault is armed, and the play gets its result as the option `rows`.
    """

    summary: str
    play: Play
    moment: Moment = Moment.READ
    options: Mapping[str, Any] = field(default_factory=dict)
    tasks: frozenset[str] = TASKS
    carries_out_itself: bool = False
    capture: Callable[[Store], list[Row]] | None = None


def answering(
    summary: str,
    document: Callable[[Exchange], Answer],
    options: Mapping[str, Any] | None = None,
    **traits: Any,
) -> Fault:
    """A fault of the content only: its answer is transferred normally."""
    return Fault(
        summary, lambda exchange: exchange.reply(document(exchange)), options=options or {}, **traits
    )


def closing(play: Play) -> Play:
    """Close the connection normally after the play."""

    def play_and_finish(exchange: Exchange) -> None:
        play(exchange)
        exchange.connection.finish()

    return play_and_finish


def root(exchange: Exchange) -> str:
    return "monitors" if exchange.is_list else "result"


def is_json(exchange: Exchange) -> bool:
    return exchange.format is Format.JSON
