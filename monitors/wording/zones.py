"""One clock: the zone in which somebody reads every moment, on pages, in files and in print.

It is the desk's own TIME_ZONE until somebody chooses another; a cookie remembers it. It changes what is read, and
how a moment without an offset is understood that somebody types; when days end stays TIME_ZONE's.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

COOKIE = "clock"
UTC = "UTC"
Entry = TypeVar("Entry")
_chosen: ContextVar[tzinfo | None] = ContextVar("zone", default=None)


@lru_cache(maxsize=600)  # more than there are zones in use; a stranger's nonsense pushes out nonsense
def named(name: str) -> tzinfo | None:
    """The zone of an IANA name; None for what is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, not a name, a folder of names
        return None


def current() -> tzinfo:
    return _chosen.get() or timezone.get_default_timezone()


def current_name() -> str:
    return str(_chosen.get() or settings.TIME_ZONE)


def is_own() -> bool:
    """Whether it is the desk's own, in which a moment without an offset is understood anyway."""
    return current_name() == settings.TIME_ZONE


@contextmanager
def reading_in(zone: tzinfo | None) -> Iterator[None]:
    token = _chosen.set(zone)
    try:
        yield
    finally:
        _chosen.reset(token)


def kept(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The same, each made in the zone of now: a file is written when its request is over."""
    return _made_in(copy_context(), iter(entries))


def _made_in(context: Context, entries: Iterator[Entry]) -> Iterator[Entry]:
    end = object()
    while (entry := context.run(next, entries, end)) is not end:
        yield entry  # type: ignore[misc]  # `end` does not come this far


def local(moment: datetime) -> datetime:
    return moment.astimezone(current())


def label(moment: datetime) -> str:
    """`UTC`, `CET`, or `UTC-03` where a zone has no letters; of a moment in its own zone."""
    name = moment.tzname() or ""
    return name if name[:1].isalpha() else f"{UTC}{name}"


def written(moment: datetime) -> str:
    """A moment that somebody typed without an offset, with the offset of the zone of now."""
    return moment.replace(tzinfo=current()).isoformat()


def place(name: str) -> str:
    """`Berlin` for `Europe/Berlin`"""
    return name.rpartition("/")[2].replace("_", " ")


def choices() -> list[tuple[str, str]]:
    """Zones to choose from, as name and words: UTC, the desk's own, and the one chosen."""
    names = dict.fromkeys((UTC, settings.TIME_ZONE, current_name()))
    now = timezone.now()
    return [(name, _words(name, zone, now)) for name in names if (zone := named(name))]


def _words(name: str, zone: tzinfo, now: datetime) -> str:
    short = label(now.astimezone(zone))
    return short if name == UTC else f"{place(name)} ({short})"
