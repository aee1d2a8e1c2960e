"""When a record changed last and since when a customer is on it, with by whom; each in one cell of a table."""

from datetime import datetime

from monitors.models import Attachment, MonitorRecord, Operation
from monitors.models.person import display_name
from monitors.wording.ends import BY_LIST_ALONE, EXPIRED, OUTSIDE
from monitors.wording.text import Muted, Name, Part, Text, compose
from monitors.wording.tickets import ticket_links
from monitors.wording.times import FirstList, ago, between, clock, span
from monitors.wording.who import doer


def last_change(record: MonitorRecord) -> Text:
    if record.changed_outside:
        return _beside(ago(record.changed_at), OUTSIDE)
    if record.changed_by_end:
        return _beside(ago(record.changed_at), EXPIRED)
    if record.changed_by is not None:
        return _beside(ago(record.changed_at), Name(display_name(record.changed_by)))
    if record.changed_at == record.first_seen:
        return Text((FirstList(record.changed_at),))
    return _beside(compose("before {}", clock(record.changed_at)), BY_LIST_ALONE)


def since(attachment: Attachment) -> Text:
    if attachment.is_baseline:
        return Text((FirstList(attachment.since),))
    if attachment.began_by is not None:
        return _beside(_beginning(attachment), _doer_and_reason(attachment.began_by, attachment.reason))
    if attachment.attached_after is not None:
        return _beside(between(attachment.attached_after, attachment.since), OUTSIDE)
    return _beside(ago(attachment.since), OUTSIDE)


def _beginning(attachment: Attachment) -> Text:
    """Of one that takes a detach back: since when the customer had been there, and for how long it was not."""
    former = attachment.began_by.before.get("interrupted") if attachment.began_by else None
    if not former:
        return ago(attachment.since)
    began, left = (datetime.fromisoformat(former[key]) for key in ("since", "until"))
    return compose("{}, interrupted for {}", ago(began), span(attachment.since - left))


def _doer_and_reason(operation: Operation, reason: str) -> Part:
    who = doer(operation)
    return compose("{} · {}", who, ticket_links(reason)) if reason else who


def _beside(moment: Text, words: Part) -> Text:
    return Text((*moment.parts, " ", Muted(Text(("· ", words)))))
