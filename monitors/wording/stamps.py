"""Moments as evidence: in full and in the desk's own time zone, the same for every reader."""

from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString


def stamp(moment: datetime | None) -> SafeString | str:
    """`3 Mar 2026, 14:02`, with the second on hovering. No <time>: scripts would move it to the reader's zone."""
    return _shown(moment, "%b %Y, %H:%M")


def full_stamp(moment: datetime | None) -> SafeString | str:
    return _shown(moment, "%b %Y, %H:%M:%S")


def window(after: datetime | None, at: datetime) -> SafeString | str:
    """When something happened that two lists enclose; the moment itself where it is known."""
    if after is None:
        return stamp(at)
    begin, end = timezone.localtime(after), timezone.localtime(at)
    is_close = begin.replace(second=0, microsecond=0) == end.replace(second=0, microsecond=0)
    first = full_stamp(begin) if is_close else stamp(begin)
    last = f"{end:%H:%M:%S}" if is_close else f"{end:%H:%M}" if begin.date() == end.date() else stamp(end)
    return format_html("between {} and {}", first, last)


def _shown(moment: datetime | None, pattern: str) -> SafeString | str:
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return format_html(
        '<span class="nowrap" title="{}">{} {}</span>',
        local.isoformat(timespec="seconds"),
        local.day,
        local.strftime(pattern),
    )
