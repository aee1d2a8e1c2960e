"""What the frame round every page shows: freshness, banners, who is signed in and may do what."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from monitors.models import Mirror, Right
from monitors.selectors import mirror as mirrors
from monitors.services import refresh, rights


@dataclass(frozen=True, slots=True)
class Freshness:
    """The chip: `state` is never, failing, old, ageing or fresh."""

    state: str
    tone: str
    icon: str
    mirror: Mirror


@dataclass(frozen=True, slots=True)
class Frame:
    """`may` answers by the right's name: frame.may.manage."""

    freshness: Freshness
    mirror: Mirror
    is_worker_silent: bool
    roles: tuple[str, ...]
    may: dict[str, bool]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Lazy: fragments and error pages ask for nothing."""
    return {"frame": SimpleLazyObject(lambda: _build(request))}


def freshness(mirror: Mirror) -> Freshness:
    age = mirrors.age_seconds(mirror)
    if age is None:
        return Freshness("never", "bad" if mirror.failing_since else "wait", "inbox", mirror)
    if mirror.failing_since:
        return Freshness("failing", "bad", "exclamation-triangle", mirror)
    if age > settings.REFRESH_SECONDS * 10:
        return Freshness("old", "bad", "exclamation-triangle", mirror)
    if age > settings.REFRESH_SECONDS * 2:
        return Freshness("ageing", "wait", "clock", mirror)
    return Freshness("fresh", "good", "check-lg", mirror)


def _build(request: HttpRequest) -> Frame | None:
    if not hasattr(request, "user") or not request.user.is_authenticated:
        return None
    mirror = mirrors.get()
    if mirrors.is_outdated(mirror):
        refresh.wanted()
    return Frame(
        freshness=freshness(mirror),
        mirror=mirror,
        is_worker_silent=mirrors.is_worker_silent(mirror),
        roles=tuple(rights.roles(request.user)),
        may={right.value: rights.may(request.user, right) for right in Right},
    )
