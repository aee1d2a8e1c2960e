"""The entries of a timeline, each written at once: there are twenty beside a record."""

from datetime import datetime

from django.utils.safestring import SafeString

from monitors.models import Operation, State
from monitors.wording.addresses import address
from monitors.wording.chips import chip
from monitors.wording.ends import where_from
from monitors.wording.event_words import DifferenceWords
from monitors.wording.events import event_sentence
from monitors.wording.operations import came_from, left_for, reply, sentence
from monitors.wording.states import look
from monitors.wording.text import Link, Part, Text, compose, join
from monitors.wording.tickets import ticket_links
from monitors.wording.times import ago, between
from monitors.wording.who import who

_ENTRY = '<li class="out" data-event="{number}"><p>{sentence}</p><small>{about}</small>{undo}</li>'
_OPERATION = (
    '<li class="{tone}" data-operation="{key}" data-state="{state}"><p>{sentence}</p>{came}<small>{about}</small>'
    "{said}{chip}{undo}</li>"
)


def operation(done: Operation, *, is_departure: bool = False, undo: str = "") -> SafeString:
    """`is_departure`: by it the customer left for another record; `undo` is HTML."""
    came = None if is_departure else came_from(done)
    is_refused, is_confirmed = done.state == State.REFUSED, done.state == State.CONFIRMED
    return SafeString(
        _OPERATION.format(
            tone=look(done).tone,
            key=done.pk,
            state=done.state,
            sentence=(left_for(done) if is_departure else sentence(done)).__html__(),
            came=_small(came) if came else "",
            about=join(" · ", _about_operation(done)).__html__(),
            said=_small(compose("SendGrid said {}", reply(done))) if is_refused else "",
            chip="" if is_confirmed else chip(done),
            undo=undo,
        )
    )


def _small(words: Text) -> str:
    return f"<small>{words.__html__()}</small>"


def _about_operation(done: Operation) -> list[Part]:
    reason = [ticket_links(done.reason)] if done.reason else []
    return [ago(done.started_at), who(done), *reason, Link(address("operation", done.pk), "operation")]


def difference(event: DifferenceWords, *, window_start: datetime | None, undo: str = "") -> SafeString:
    """What a list showed: `window_start` is when the list before was asked for; `undo` is HTML."""
    return SafeString(
        _ENTRY.format(
            number=event.number,
            sentence=event_sentence(event).__html__(),
            about=join(" · ", _about(event, window_start)).__html__(),
            undo=undo,
        )
    )


def _about(event: DifferenceWords, window_start: datetime | None) -> list[Part]:
    parts: list[Part] = [
        between(window_start, event.at) if window_start else ago(event.at),
        where_from(event),
    ]
    if event.reason:
        parts.append(ticket_links(event.reason))
    if event.refresh_id:
        parts.append(compose("seen in {}", Link(address("refreshed", event.refresh_id), "a list")))
    return parts
