"""What the frame round every page shows: freshness, banners, who is signed in and may do what."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, get_script_prefix, resolve
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import SimpleLazyObject

from monitors.models import Failure, Mirror, Refresh, RefreshOutcome, Throttle
from monitors.selectors import held as held_lists
from monitors.selectors import mirror as mirrors
from monitors.selectors import needs
from monitors.selectors.mirror import Desk, Pause
from monitors.selectors.needs import Needs
from monitors.selectors.single_rows import Question
from monitors.services import rights

POLL_SECONDS, WAITING_POLL_SECONDS = 15, 2  # between two requests of an open page
ASKED_AT_KEY = "asked_at"  # in the session: when this person asked for a list that the worker fetches
MAX_DELAY = timedelta(seconds=60)  # beyond the call's deadline; after it no list is coming
SOON = timedelta(seconds=10)  # a list that is due by then is not announced
CLOCK_SLACK_SECONDS = 60  # a list dated further ahead than this is from before a clock was set back
FAILURES = {
    Failure.SILENT: "No answer",
    Failure.UNUSABLE: "No usable list",
    Failure.CREDENTIALS: "Key refused",
    Failure.REFUSED: "List refused",
    Failure.LIMITED: "Rate limited",
}
PAUSES = {True: "Rate limited", False: "Calls paused"}


@dataclass(frozen=True, slots=True)
class Freshness:
    """The chip: `state` is never, clock, failing, paused, old, ageing or fresh; `failure` says why no list comes."""

    state: str
    tone: str
    icon: str
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """`may` answers by the right's name: frame.may.manage. `asked_at`: this person waits for a list.
    `is_on_held`: the page shows the held list, and says itself what the banner says elsewhere.
    """

    freshness: Freshness
    mirror: Mirror
    throttle: Throttle
    pause: Pause | None
    asked_at: datetime | None
    is_worker_silent: bool
    is_fetching: bool
    is_on_held: bool
    roles: tuple[str, ...]
    may: dict[str, bool]
    needs: Needs

    @property
    def itself(self) -> "Frame":
        """Without what made it lazy, which costs at each look."""
        return self

    @property
    def needing(self) -> int:
        """How many things wait for a decision of this person."""
        return self.needs.number + self.is_held_for_them

    @property
    def is_held_for_them(self) -> bool:
        held = self.mirror.held
        return self.may["govern"] and held is not None and held.outcome == RefreshOutcome.HELD

    @property
    def may_have_banners(self) -> bool:
        """Mostly there is nothing to say, and so nothing to go through."""
        mirror = self.mirror
        reasons = (mirror.failing_since, mirror.held, self.is_worker_silent, self.asked_at)
        return any(reasons) or self.freshness.state == "clock"

    @property
    def poll_seconds(self) -> int:
        return WAITING_POLL_SECONDS if self.asked_at or self.is_fetching else POLL_SECONDS

    @property
    def next_list_at(self) -> datetime | None:
        """When the next list is due, where that takes a while."""
        due_at = self.mirror.due_at
        return due_at if due_at is not None and due_at - timezone.now() > SOON else None

    @property
    def resumes_at(self) -> datetime | None:
        """When the pause ends, where the next list waits for that; a trial call does not wait."""
        pause, due_at = self.pause, self.mirror.due_at
        if pause is None or (self.is_fetching and not pause.is_requested):
            return None
        return pause.until if due_at is None or due_at - pause.until <= SOON else None

    @property
    def version(self) -> str:
        """Changes with anything that the chip or a banner shows, but for the passing of time."""
        mirror, held = self.mirror, self.mirror.held
        visible_state = (
            *(self.freshness.state, self.pause, self.throttle.failures, self.throttle.probe_until),
            *(self.asked_at, self.is_worker_silent, self.is_fetching, self.needing),
            *(mirror.asked_at, mirror.failing_since, mirror.failure, held and (held.pk, held.outcome)),
        )
        return hashlib.blake2s(repr(visible_state).encode(), digest_size=8).hexdigest()


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Lazy: fragments and error pages ask for nothing."""
    return {"frame": SimpleLazyObject(lambda: build(request))}


def build(request: HttpRequest) -> Frame | None:
    """None for somebody who is not signed in."""
    if not hasattr(request, "user") or not request.user.is_authenticated:
        return None
    desk = desk_of(request)
    mirror, throttle = desk.mirror, desk.throttle
    pause = mirrors.pause(throttle)
    return Frame(
        freshness=_freshness(mirror, pause),
        mirror=mirror,
        throttle=throttle,
        pause=pause,
        asked_at=_waiting_since(request),
        is_worker_silent=mirrors.is_worker_silent(mirror),
        is_fetching=mirrors.is_fetching(mirror),
        is_on_held=_is_on_held(request, mirror.held),
        roles=tuple(rights.roles(request.user)),
        may=rights.by_name(request.user),
        needs=Needs(**desk.beside.counts),
    )


def desk_of(request: HttpRequest, question: Question = mirrors.FRAME_ALONE) -> Desk:
    """Read once a request, by whoever needs it first: the view, with what else it asks for, or the frame."""
    desk: Desk | None = getattr(request, "_desk", None)
    if desk is None:
        desk = mirrors.desk(question, needs.counted_for(request.user.pk or 0, timezone.now()))
        request._desk = desk  # type: ignore[attr-defined]
    return desk


def _is_on_held(request: HttpRequest, held: Refresh | None) -> bool:
    """Also on the page of an earlier list that would change the same, and on that of all lists."""
    if held is None:
        return False
    page = _page(request)
    if page is None or page.url_name not in ("refreshed", "upstream"):
        return False
    if page.url_name == "upstream":
        return True
    key = page.kwargs["refresh_id"]
    shown = held if key == held.pk else mirrors.refresh(key)
    return shown is not None and held_lists.is_same(shown, held)


def _page(request: HttpRequest) -> ResolverMatch | None:
    """The page that this one is or goes into; None for an address that is none."""
    htmx = getattr(request, "htmx", None)
    path = (htmx and htmx.current_url_abs_path) or request.path
    try:
        return resolve("/" + path.partition("?")[0].removeprefix(get_script_prefix()))
    except Resolver404:
        return None


def _freshness(mirror: Mirror, pause: Pause | None) -> Freshness:
    age = mirrors.age_seconds(mirror)
    failure = FAILURES[Failure(mirror.failure_kind or Failure.SILENT)] if mirror.failing_since else ""
    if age is None:
        return Freshness("never", "bad" if failure else "wait", "inbox", failure)
    if age < -CLOCK_SLACK_SECONDS:
        return Freshness("clock", "bad", "exclamation-triangle")
    if failure:
        return Freshness("failing", "bad", "exclamation-triangle", failure)
    if pause:
        return Freshness("paused", "wait", "clock", PAUSES[pause.is_requested])
    return _by_age(age)


def _by_age(age: float) -> Freshness:
    if age > settings.REFRESH_SECONDS * 10:
        return Freshness("old", "bad", "exclamation-triangle")
    if age > settings.REFRESH_SECONDS * 2:
        return Freshness("ageing", "wait", "clock")
    return Freshness("fresh", "good", "check-lg")


def _waiting_since(request: HttpRequest) -> datetime | None:
    asked_at = parse_datetime(request.session.get(ASKED_AT_KEY, ""))
    if asked_at is None:
        return None
    is_over = timezone.now() - asked_at > timedelta(seconds=settings.SENDGRID_DEADLINE) + MAX_DELAY
    return None if is_over or mirrors.has_finished_since(asked_at) else asked_at
