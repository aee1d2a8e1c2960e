"""Moments: relative for the eye, absolute in <time>; static/js/times.js keeps them fresh."""

from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString


def ago(moment: datetime | None) -> SafeString | str:
    """`12 min ago` as a <time> that also holds the moment itself."""
    return _time(moment, _relative(moment, timezone.now()), kind="ago") if moment else ""


def age(moment: datetime | None) -> SafeString | str:
    """`12 min`, for sentences that go on with "old"."""
    if moment is None:
        return ""
    text = _span((timezone.now() - moment).total_seconds())
    return _time(moment, text, kind="age")


def clock(moment: datetime | None) -> SafeString | str:
    """`14:02`, with its day where that is not today."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localdate()
    text = f"{local:%H:%M}" if is_today else f"{_day(local, timezone.localtime())}, {local:%H:%M}"
    return _time(moment, text, kind="clock")


def between(after: datetime, at: datetime) -> SafeString:
    """`between 14:02 and 14:07`, with seconds where the minutes are the same."""
    is_short = after.replace(second=0, microsecond=0) == at.replace(second=0, microsecond=0)
    show = exact if is_short else clock
    return format_html("between {} and {}", show(after), show(at))


def exact(moment: datetime | None) -> SafeString | str:
    """`14:02:07`, where seconds tell something."""
    if moment is None:
        return ""
    return _time(moment, f"{timezone.localtime(moment):%H:%M:%S}", kind="exact")


def absolute(moment: datetime | None) -> str:
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y, %H:%M:%S %Z}"


def iso(moment: datetime | None) -> str:
    """For machines."""
    return moment.isoformat() if moment else ""


def is_coming(moment: datetime | None) -> bool:
    return moment is not None and moment > timezone.now()


def _time(moment: datetime, text: str, *, kind: str) -> SafeString:
    iso = moment.isoformat(timespec="seconds")
    return format_html('<time datetime="{}" title="{}" data-{}>{}</time>', iso, absolute(moment), kind, text)


def _relative(moment: datetime, now: datetime) -> str:
    seconds = (now - moment).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds < 86400:
        return f"{_span(seconds)} ago"
    local, today = timezone.localtime(moment), timezone.localtime(now)
    days = (today.date() - local.date()).days
    if days <= 1:
        return "yesterday"
    return f"{days} days ago" if days < 7 else _day(local, today)


def _day(local: datetime, today: datetime) -> str:
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def _span(seconds: float) -> str:
    if seconds < 90:
        return "1 min" if seconds >= 45 else "under a minute"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    if seconds < 2 * 86400:
        return f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86400)} days"
