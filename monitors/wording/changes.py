"""When a record changed last and since when a customer is on it, with by whom; each in one cell of a table."""

from datetime import datetime
from typing import Protocol

from monitors.models import MonitorRecord
from monitors.models.person import display_name
from monitors.wording.ends import BY_LIST_ALONE, EXPIRED, OUTSIDE
from monitors.wording.text import Fixed, Muted, Name, Part, Text, compose
from monitors.wording.tickets import ticket_links
from monitors.wording.times import FirstList, ago, between, clock, span
from monitors.wording.who import Doing, doer


def _note(words: Part) -> Text:
    return Text((" ", Muted(Text(("· ", words)))))


_OUTSIDE, _EXPIRED, _BY_LIST_ALONE = (Fixed.of(_note(words)) for words in (OUTSIDE, EXPIRED, BY_LIST_ALONE))


def last_change(record: MonitorRecord) -> Text:
    if record.changed_outside:
        return _beside(ago(record.changed_at), _OUTSIDE)
    if record.changed_by_end:
        return _beside(ago(record.changed_at), _EXPIRED)
    if record.changed_by is not None:
        return _beside(ago(record.changed_at), _note(Name(display_name(record.changed_by))))
    if record.changed_at == record.first_seen:
        return Text((FirstList(record.changed_at),))
    return _beside(compose("before {}", clock(record.changed_at)), _BY_LIST_ALONE)


class Begun(Protocol):
    """An attachment, or the row of one."""

    @property
    def since(self) -> datetime: ...
    @property
    def attached_after(self) -> datetime | None: ...
    @property
    def is_baseline(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def began_by(self) -> Doing | None: ...


def since(attachment: Begun) -> Text:
    if attachment.is_baseline:
        return Text((FirstList(attachment.since),))
    if (beginning := attachment.began_by) is not None:
        return _beside(
            _beginning(attachment.since, beginning), _note(_doer_and_reason(beginning, attachment.reason))
        )
    if attachment.attached_after is not None:
        return _beside(between(attachment.attached_after, attachment.since), _OUTSIDE)
    return _beside(ago(attachment.since), _OUTSIDE)


def _beginning(since: datetime, operation: Doing) -> Text:
    """Of one that takes a detach back: since when the customer had been there, and for how long it was not."""
    former = operation.before.get("interrupted")
    if not former:
        return ago(since)
    began, left = (datetime.fromisoformat(former[key]) for key in ("since", "until"))
    return compose("{}, interrupted for {}", ago(began), span(since - left))


def _doer_and_reason(operation: Doing, reason: str) -> Part:
    who = doer(operation)
    return compose("{} · {}", who, ticket_links(reason)) if reason else who


def _beside(moment: Text, note: Part) -> Text:
    return Text((*moment.parts, note))
