"""Until when a customer is on a record: beside the attachment, for an append under way, and as evidence."""

import re
from datetime import datetime
from typing import Protocol

from django.utils.dateparse import parse_datetime

from monitors.models import Attachment, Operation
from monitors.wording.states import is_under_way
from monitors.wording.text import Fixed, Muted, Part, Strong, Text, compose
from monitors.wording.times import ago, ahead, is_coming, stamp, upcoming

NO_END = "no end"
NOT_SET = "no end set"
_ENDLESS, _UNSET = (Text((Fixed.of(Muted(words)),)) for words in (NO_END, NOT_SET))
_UNITS = {"h": "hour", "d": "day", "w": "week"}
_DURATION = re.compile(r"(\d+)([hdw])")


class SetToEnd(Protocol):
    """An attachment, or the row of one."""

    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def is_endless(self) -> bool: ...


class Lasting(SetToEnd, Protocol):
    """One that lasts: its end may have come, and its detach be tried again."""

    @property
    def retry_at(self) -> datetime | None: ...


def until(attachment: Lasting) -> Text:
    """Of one that lasts: `until Fri 18:00 · in 2 days`, `no end`, or that its end has come and it is still there."""
    moment = attachment.expires_at
    if moment is None:
        return _ENDLESS if attachment.is_endless else _UNSET
    if is_coming(moment):
        return compose("until {} {}", Strong(upcoming(moment)), Muted(compose("· {}", ahead(moment))))
    if is_coming(attachment.retry_at):
        return compose("end came {}, next try {}", Strong(upcoming(moment)), upcoming(attachment.retry_at))
    return compose("end came {}, being detached", Strong(upcoming(moment)))


def until_stamp(attachment: SetToEnd) -> Part:
    """As evidence: the moment, the words for none, or that nobody has said."""
    if attachment.expires_at is not None:
        return stamp(attachment.expires_at)
    return NO_END if attachment.is_endless else NOT_SET


def to_decide(attachment: Attachment) -> Text:
    """Why it is to be reviewed."""
    if attachment.kept_at is not None:
        return compose("last decided {}", ago(attachment.kept_at))
    has_end, has_reason = attachment.expires_at is not None, bool(attachment.reason)
    words = {(False, False): "no end, no reason", (False, True): "no end", (True, False): "no reason"}
    return compose(words.get((has_end, has_reason), "nothing"))


def until_asked(operation: Operation) -> Part:
    """Of an append that is under way; one that came to nothing has no end."""
    return asked(operation.until) if is_under_way(operation) else ""


def asked(text: str) -> Part:
    """What was asked for, in words; a duration counts from the confirmation."""
    match = _DURATION.fullmatch(text)
    if match:
        return f"{length(text)} once confirmed"
    if text in ("none", ""):
        return NO_END if text else NOT_SET
    moment = parse_datetime(text) if text != "today" else None
    return compose("until {}", upcoming(moment)) if moment else "until this evening"


def length(text: str) -> str:
    """`4h` as `4 hours`; nothing for what is no duration."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return ""
    count, unit = int(match[1]), _UNITS[match[2]]
    return f"{count} {unit if count == 1 else f'{unit}s'}"


def until_words(expires_at: str | None, *, is_endless: bool) -> Part:
    """As the details of an event hold it."""
    if expires_at:
        return stamp(parse_datetime(expires_at))
    return NO_END if is_endless else NOT_SET
