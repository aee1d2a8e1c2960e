"""Moments: relative or by the clock in <time>, which static/js/times.js keeps fresh; as evidence, fixed.

All are in the reader's zone (`zones`), which stands beside each that is told by the clock.

The words and limits of `_span` stand in static/js/times.js too; tests/browser/test_times.py holds them equal.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor

from django.utils import timezone
from django.utils.safestring import SafeString

from monitors.wording import zones
from monitors.wording.text import Text, compose

_WEEK = timedelta(days=7)
_MINUTE_SECONDS = 44.5  # and more are a minute
_MONTHS = ("", *(datetime(2000, month, 1).strftime("%b") for month in range(1, 13)))


@dataclass(frozen=True, slots=True)
class Time:
    """A moment that browsers write anew while time passes; `kind` says how."""

    moment: datetime
    words: str
    kind: str

    def __html__(self) -> SafeString:
        # Nothing in it needs escaping, and a page has a hundred of them.
        iso, title = self.moment.isoformat(timespec="seconds"), absolute(self.moment)
        return SafeString(f'<time datetime="{iso}" title="{title}" data-{self.kind}>{self.words}</time>')

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment as evidence, which nothing writes anew; its title holds what its words leave out."""

    local: datetime
    words: str
    has_seconds: bool

    def __html__(self) -> SafeString:
        words = _unbroken(self.words)
        if self.has_seconds and not self.local.utcoffset():
            return SafeString(words)
        return SafeString(f'<span title="{self.local.isoformat(timespec="seconds")}">{words}</span>')

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, slots=True)
class FirstList:
    """What the first list showed, which had begun before: a dash in a table, which a legend explains."""

    moment: datetime

    def __html__(self) -> SafeString:
        before = absolute(self.moment)
        return SafeString(
            f'<span class="mute first-list" title="in the first list, before {before}">'
            '<span aria-hidden="true">–</span><span class="visually-hidden">in the first list</span></span>'
        )

    def __str__(self) -> str:
        return f"before {absolute(self.moment)}, first list"


def ago(moment: datetime | None) -> Text:
    """`12 min ago`; the day where it is more than a week."""
    return _time(moment, _ago(moment), "ago") if moment else Text()


def age(moment: datetime | None) -> Text:
    """`12 min`, for sentences that go on with "old"."""
    return _time(moment, _span(timezone.now() - moment), "age") if moment else Text()


def clock(moment: datetime | None) -> Text:
    """`14:02 UTC`, with its day where that is not today."""
    if moment is None:
        return Text()
    local, today = _local(moment), _local(timezone.now())
    time = of_day(local)
    is_today = local.date() == today.date()
    return _time(moment, time if is_today else f"{_day(local, today)}, {time}", "clock")


def upcoming(moment: datetime | None) -> Text:
    """`today 18:00 UTC`, `Fri 18:00 UTC` within a week, else `4 Dec, 18:00 UTC`: for what is to come."""
    if moment is None:
        return Text()
    local = _local(moment)
    return _time(moment, f"{_coming_day(local)} {local:%H:%M} {zones.label(local)}", "upcoming")


def ahead(moment: datetime | None) -> Text:
    """`in 2 days`"""
    return _time(moment, f"in {_span(moment - timezone.now())}", "ahead") if moment else Text()


def span(length: timedelta) -> str:
    """`2 min`, `3 h`, `1 day`"""
    return _span(length)


def exact(moment: datetime | None) -> Text:
    """`14:02:07 UTC`, where seconds matter."""
    return _time(moment, _exact(_local(moment)), "exact") if moment else Text()


def of_day(moment: datetime) -> str:
    """`18:00 UTC`"""
    local = _local(moment)
    return f"{local:%H:%M} {zones.label(local)}"


def between(after: datetime, at: datetime) -> Text:
    """`between 14:02 UTC and 14:07 UTC`, with seconds where the minutes are the same."""
    show = exact if _minute(after) == _minute(at) else clock
    return compose("between {} and {}", show(after), show(at))


def stamp(moment: datetime | None) -> Text:
    """`3 Mar 2026, 14:02 UTC`"""
    return _stamp(moment, has_seconds=False)


def full_stamp(moment: datetime | None) -> Text:
    """`3 Mar 2026, 14:02:07 UTC`"""
    return _stamp(moment, has_seconds=True)


def window(after: datetime | None, at: datetime) -> Text:
    """As evidence, when something happened that two lists enclose; the moment itself where it is known."""
    if after is None:
        return stamp(at)
    begin, end = _local(after), _local(at)
    if _minute(begin) == _minute(end):
        return compose("between {} and {}", full_stamp(begin), _exact(end))
    is_same_day = begin.date() == end.date()
    return compose("between {} and {}", stamp(begin), of_day(end) if is_same_day else stamp(end))


def absolute(moment: datetime | None) -> str:
    """`3 Mar 2026, 14:02:07 UTC`"""
    if moment is None:
        return ""
    local = _local(moment)
    time = f"{local.hour:02}:{local.minute:02}:{local.second:02}"
    return f"{local.day} {_MONTHS[local.month]} {local.year}, {time} {zones.label(local)}"


def iso(moment: datetime | None) -> str:
    """For machines."""
    return moment.isoformat() if moment else ""


def is_coming(moment: datetime | None) -> bool:
    return moment is not None and moment > timezone.now()


def _unbroken(words: str) -> str:
    """A line may end between the day and the time, not within either."""
    return ", ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in words.split(", "))


def _time(moment: datetime, words: str, kind: str) -> Text:
    return Text((Time(moment, words, kind),))


def _stamp(moment: datetime | None, *, has_seconds: bool) -> Text:
    if moment is None:
        return Text()
    local = _local(moment)
    words = absolute(local) if has_seconds else f"{local.day} {local:%b %Y, %H:%M} {zones.label(local)}"
    return Text((Stamp(local, words, has_seconds),))


def _ago(moment: datetime) -> str:
    now = timezone.now()
    passed = now - moment
    if passed >= _WEEK:
        return _day(_local(moment), _local(now))
    return "just now" if passed.total_seconds() < _MINUTE_SECONDS else f"{_span(passed)} ago"


_local = zones.local


def _exact(local: datetime) -> str:
    return f"{local:%H:%M:%S} {zones.label(local)}"


def _day(local: datetime, today: datetime) -> str:
    day = f"{local.day} {_MONTHS[local.month]}"
    return day if local.year == today.year else f"{day} {local.year}"


def _coming_day(local: datetime) -> str:
    today = _local(timezone.now())
    days = (local.date() - today.date()).days
    if days == 0:
        return "today"
    return f"{local:%a}" if 0 < days < _WEEK.days else f"{_day(local, today)},"


def _span(passed: timedelta) -> str:
    """Rounded half up, as the browser rounds."""
    seconds = passed.total_seconds()
    if seconds < _MINUTE_SECONDS:
        return "under a minute"
    minutes = floor(seconds / 60 + 0.5)
    if minutes < 60:
        return f"{minutes} min"
    hours = floor(seconds / 3600 + 0.5)
    if hours < 24:
        return f"{hours} h"
    days = floor(seconds / 86400 + 0.5)
    return "1 day" if days == 1 else f"{days} days"


def _minute(moment: datetime) -> datetime:
    return _local(moment).replace(second=0, microsecond=0)
