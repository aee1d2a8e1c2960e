"""What the events of the audit log say, as titles for a column and as sentences for people."""

import json
from datetime import datetime

from django.utils.safestring import SafeString

from monitors.models import Kind, State, Task
from monitors.wording.addresses import address
from monitors.wording.event_sentences import SENTENCES, difference_title
from monitors.wording.event_words import EventWords, LoggedWords
from monitors.wording.names import visible_lines
from monitors.wording.operations import Subject, aim, quoted
from monitors.wording.states import LOOKS, SHOWN_BY_LIST, SUPERSEDED_LOOK, accepted_word
from monitors.wording.text import Link, Name, Part, Text, humanize, join, strong_name

# Of an enumeration they are made anew at each look.
_KINDS, _TASKS, _STATES = (frozenset(values) for values in (Kind.values, Task.values, State.values))
_OUTCOMES = {State.ACCEPTED: "Accepted", State.UNKNOWN: "Unknown"}


def event_title(event: EventWords) -> str:
    """A few words for a column: what kind of event, of which task."""
    if event.kind == Kind.DIFFERENCE:
        return difference_title(event)
    title = Kind(event.kind).label if event.kind in _KINDS else humanize(event.kind)
    return f"{Task(event.task).label}: {title.lower()}" if event.task in _TASKS else title


def event_outcome(event: EventWords) -> str:
    """How it stood after the event; what came later has events of its own."""
    if event.kind == Kind.STARTED or event.outcome not in _STATES:
        return ""
    if event.kind == Kind.SETTLED and event.outcome == State.ACCEPTED:
        return accepted_word(str(event.details.get("note", "")))
    if event.kind == Kind.SETTLED and event.outcome == State.CONFIRMED and not event.actor_id:
        return SHOWN_BY_LIST
    return _OUTCOMES.get(State(event.outcome), State(event.outcome).label)


def event_sentence(event: EventWords) -> Text:
    """What an event says by itself."""
    return _sentence(event, record=strong_name(event.record_name), customer=strong_name(event.username))


def event_line(event: LoggedWords) -> Text:
    """The same, with its record and customer as links."""
    return _sentence(
        event,
        record=_linked("record", event.record_id, event.record_name),
        customer=_linked("customer", event.customer_id, event.username),
    )


def event_words(event: EventWords) -> Text:
    """The upstream's own words that an event holds, quoted."""
    return quoted([str(word) for word in event.details.get("words", ())])


def event_tone(event: EventWords) -> str:
    if event.kind == Kind.SETTLED and event.outcome == State.ACCEPTED:
        return SUPERSEDED_LOOK.tone
    return LOOKS[State(event.outcome)].tone if event.outcome in _STATES else "mute"


def event_details(event: EventWords) -> SafeString:
    return visible_lines(json.dumps(event.details, indent=2, ensure_ascii=False, sort_keys=True))


def moment(text: str) -> datetime:
    """A moment as details hold it."""
    return datetime.fromisoformat(text)


def _linked(page: str, key: int | None, name: str) -> Part:
    return Link(address(page, key), Name(name)) if key else strong_name(name)


def _sentence(event: EventWords, *, record: Part, customer: Part) -> Text:
    subject = Subject(
        task=event.task,
        parameters=event.details.get("parameters", {}),
        before=event.details.get("before", {}),
        record=record if event.record_name else None,
        customer=customer,
    )
    if event.task in _TASKS and "parameters" in event.details:
        return aim(subject)
    write = SENTENCES.get(event.kind)
    return (write and write(event, subject)) or _title_and_names(event, subject)


def _title_and_names(event: EventWords, subject: Subject) -> Text:
    names = [subject.customer] if event.username else []
    return join(" · ", [event_title(event), *names, *([subject.record] if subject.record else [])])
