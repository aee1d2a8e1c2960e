"""How long a customer is to stay on a record: what people may write, the moment it means, and each role's limits.

`4h` `3d` `1w`, `today`, an ISO moment or date, or `none`. Hours count exactly; days and dates end with the working
day at 18:00 in TIME_ZONE. A duration counts from the moment that the append is confirmed (docs/ends.md).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.dateparse import parse_date

from monitors import moments
from monitors.models import Operation
from monitors.services import rights
from monitors.services.errors import Invalid

NO_END, TODAY = "none", "today"
DAY_ENDS = time(18)
LAST_SECOND = time(23, 59, 59)
HELP = "Write 4h, today, 3d, 1w, a date like 2026-12-04, a moment like 2026-12-04T18:00, or none."
_DURATION = re.compile(r"([1-9]\d{0,2})([hdw])")


@dataclass(frozen=True, slots=True)
class Until:
    """One way to say how long. `text` is what an operation keeps: parsing it again gives the same."""

    text: str
    moment: datetime | None = None

    @property
    def is_endless(self) -> bool:
        return self.text == NO_END

    @property
    def lasts(self) -> bool:
        """Whether it ends later than it begins whenever that is: no moment and no day, which may have passed."""
        return self.moment is None and self.text != TODAY

    def end(self, since: datetime) -> datetime | None:
        """The moment for one that is confirmed at `since`; None without an end."""
        if self.is_endless:
            return None
        return self.moment or _end_of_duration(self.text, since)


def parse(text: str) -> Until:
    """Raises Invalid on the field `until`."""
    word = text.strip()
    lower = word.lower()
    if lower in (NO_END, TODAY) or _DURATION.fullmatch(lower):
        return Until(lower)
    moment = _moment(word)
    if moment is None:
        raise Invalid("until", f"“{word}” is not an end. {HELP}")
    return Until(moment.isoformat(), moment)


def of(operation: Operation) -> Until | None:
    """What was asked for with an append; None where nothing was."""
    return parse(operation.until) if operation.until else None


def chosen(actor: User | None, text: str, *, read_clock: Callable[[], datetime]) -> Until:
    """What this person asks for, or their role's DEFAULT_UNTIL where they said nothing.

    Raises Invalid where it has passed already, or is longer than LONGEST_UNTIL allows the role. The clock is read
    where the answer depends on it.
    """
    until, longest = parse(text or default_of(actor)), parse(longest_of(actor))
    if longest.is_endless and until.lasts:
        return until
    now = read_clock()
    end, limit = until.end(now), longest.end(now)
    if end is not None and end <= now:
        raise Invalid("until", "This time has already passed.")
    if limit is not None and (end is None or end > limit):
        raise Invalid(
            "until", f"Your role may choose an end up to {timezone.localtime(limit):%d %b %Y, %H:%M %Z}."
        )
    return until


def default_of(actor: User | None) -> str:
    return _by_role(settings.DEFAULT_UNTIL, actor)[0]


def longest_of(actor: User | None) -> str:
    """The longest of all of somebody's roles."""
    far = datetime.max.replace(tzinfo=timezone.get_current_timezone())
    now = timezone.now()
    return max(_by_role(settings.LONGEST_UNTIL, actor), key=lambda text: parse(text).end(now) or far)


def _by_role(table: dict[str, str], actor: User | None) -> list[str]:
    """The entries of somebody's roles, the most powerful first; the one for everybody else where there are none."""
    roles = rights.roles(actor) if actor else ()
    entries = [table.get(role.key, table[""]) for role in roles]
    return entries or [table[""]]


def _end_of_duration(text: str, since: datetime) -> datetime:
    local = timezone.localtime(since)
    if text == TODAY:
        end = _at(local.date(), DAY_ENDS)
        return end if end > since else _at(local.date(), LAST_SECOND)
    match = _DURATION.fullmatch(text)
    assert match is not None
    count, unit = int(match[1]), match[2]
    if unit == "h":
        return since + timedelta(hours=count)
    return _at(local.date() + timedelta(days=count * (7 if unit == "w" else 1)), DAY_ENDS)


def _moment(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is None:
        return moments.parse(text)
    moment = datetime.combine(day, DAY_ENDS)
    return timezone.make_aware(moment) if moments.is_usable(moment) else None


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))
