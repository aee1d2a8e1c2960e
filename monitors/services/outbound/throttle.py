"""One rate limit and one circuit breaker for all processes, kept in a row."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet

from monitors.gateway.errors import NotSent
from monitors.models import Throttle, fixed, prepared
from monitors.models.saving import save_each
from monitors.models.throttle import LONGEST_BREAK
from monitors.services import clock, metrics

logger = logging.getLogger(__name__)

BURST_SECONDS = 10  # as many calls may leave at once as the rate allows in this time
FAILURES_TO_BREAK = 5  # calls in a row without an answer
FIRST_BREAK_SECONDS = 15.0  # doubled by each probe that fails
MAX_DOUBLINGS = 10
# Whatever a call without trouble would change.
TROUBLED = Q(failures__gt=0) | Q(broken_until__isnull=False) | Q(probe_until__isnull=False)
_TAKE = (
    "UPDATE monitors_throttle SET allowance = {allowance} - %(count)s, refilled_at = %(now)s"
    " WHERE id = 1 AND broken_until IS NULL AND (paused_until IS NULL OR paused_until <= %(now)s)"
    " AND refilled_at <= %(now)s AND {allowance} >= %(count)s"
)
TAKE = {
    "sqlite": _TAKE.format(
        allowance="min(%(capacity)s, allowance"
        " + (julianday(%(now)s) - julianday(refilled_at)) * 86400 * %(rate)s)"
    ),
    "postgresql": _TAKE.format(
        allowance="least(%(capacity)s, allowance"
        " + EXTRACT(EPOCH FROM %(now)s::timestamptz - refilled_at) * %(rate)s)"
    ),
}


class Silent(Exception):
    """The database did not answer for the throttle."""


class SharedThrottle:
    """Asked before each call leaves, told after each how it went."""

    def __init__(self, *, is_probe: bool = False, is_admitted: bool = False) -> None:
        self.is_probe = is_probe
        self._is_admitted = is_admitted
        self._began = time.monotonic()  # the call that is under way, with its wait here

    def admit(self) -> None:
        """Take one call of the allowance; wait a little for it. Raises NotSent while calls are held back.

        Also where the database cannot be asked: a call that nobody counted must not leave.
        """
        self._began = time.monotonic()
        if self._is_admitted:
            self._is_admitted = False
            return
        try:
            self._admit()
        except NotSent:
            metrics.HELD_BACK.inc()
            raise
        except DatabaseError as error:
            logger.exception("the throttle could not be asked")
            raise NotSent("The desk's own database did not answer.") from error

    def _admit(self) -> None:
        patience = settings.PACE.throttle_patience.total_seconds()
        while (wait := self._take()) > 0:
            if wait > patience:
                raise NotSent(
                    f"More than {settings.SENDGRID_RATE_PER_MINUTE} requests a minute; try again in a moment.",
                    retry_after=wait,
                )
            patience -= wait
            time.sleep(wait)

    @transaction.atomic
    def _take(self) -> float:
        """0 after taking one call of the allowance, else the seconds until there is one."""
        throttle = Throttle.objects.select_for_update().get(pk=1)
        now = clock.now()
        self._refuse_while_held_back(throttle, now)
        _refill(throttle, now)
        wait = 0.0 if throttle.allowance >= 1 else (1 - throttle.allowance) / _rate()
        if not wait:
            throttle.allowance -= 1
            if throttle.broken_until:
                throttle.probe_until = now + timedelta(seconds=settings.SENDGRID_DEADLINE)
        throttle.save()
        return wait

    def _refuse_while_held_back(self, throttle: Throttle, now: datetime) -> None:
        if throttle.paused_until and throttle.is_paused(now):
            raise _held_back("SendGrid asked for a pause", throttle.paused_until, now)
        if throttle.broken_until is None or self.is_probe:
            return
        if throttle.is_broken(now):
            reason = f"SendGrid did not answer {throttle.failures} times in a row"
            raise _held_back(reason, throttle.broken_until, now)
        if throttle.probe_until and throttle.is_probing(now):
            reason = "SendGrid did not answer, and one call is under way to see whether it does now"
            raise _held_back(reason, throttle.probe_until, now)

    def report(self, *, is_healthy: bool, pause_for: float | None = None) -> None:
        """Remember how a call went; `pause_for` is in seconds, as a 429 asks. Never raises.

        The call is over and its answer is what counts: a database that fails here must not turn a success
        into an error.
        """
        metrics.CALLS.labels("limited" if pause_for else "answered" if is_healthy else "failed").inc()
        metrics.CALL_SECONDS.observe(time.monotonic() - self._began)
        try:
            # Read first: a call that went as the one before changes nothing, and waits for nobody.
            if not is_healthy or pause_for or prepared.by_key("trouble", _troubled):
                _remember(is_healthy=is_healthy, pause_for=pause_for)
        except DatabaseError:
            logger.exception("the throttle could not remember how a call went")


def _troubled() -> QuerySet[Any, int]:
    return Throttle.objects.filter(TROUBLED).values_list("pk", flat=True)


@transaction.atomic
def _remember(*, is_healthy: bool, pause_for: float | None) -> None:
    throttle = Throttle.objects.select_for_update().get(pk=1)
    now = clock.now()
    throttle.probe_until = None
    if pause_for:
        throttle.paused_until = now + timedelta(seconds=pause_for)
    throttle.failures = 0 if is_healthy else throttle.failures + 1
    throttle.broken_until = None
    if throttle.failures >= FAILURES_TO_BREAK:
        doublings = min(throttle.failures - FAILURES_TO_BREAK, MAX_DOUBLINGS)
        pause = timedelta(seconds=FIRST_BREAK_SECONDS * 2**doublings)
        throttle.broken_until = now + min(pause, LONGEST_BREAK)
    throttle.save()


def take_at_once(now: datetime) -> bool:
    """Take one call of the allowance within the caller's transaction, by one statement; False where it must wait.

    False too while anything is out of the ordinary: `admit` then finds out what. Raises Silent; the transaction is
    lost then, and what it was to record must be written again without asking.
    """
    try:
        return _has_taken(1, now)
    except DatabaseError as error:
        raise Silent from error


def _has_taken(count: int, now: datetime) -> bool:
    """Whether there were as many, and nothing out of the ordinary."""
    values = {
        "now": connection.ops.adapt_datetimefield_value(now),
        "rate": _rate(),
        "capacity": _capacity(),
        "count": count,
    }
    with fixed.cursor() as cursor:
        cursor.execute(TAKE[connection.vendor], values)
        return bool(cursor.rowcount == 1)


@dataclass(frozen=True, slots=True)
class Turns:
    """How many calls may leave now; `why` not more, in a clause for a person.

    `is_for_insisted`: only one that somebody insists on, while SendGrid is believed not to answer.
    """

    count: int
    why: str = ""
    is_for_insisted: bool = False


def turns(now: datetime, wanted: int, *, is_insisted: bool) -> Turns:
    """What `take` would give, without taking it."""
    throttle = prepared.only("throttle as it is", _as_it_is)
    return _turns(throttle, now, wanted, is_insisted=is_insisted)


def take(now: datetime, wanted: int, *, is_insisted: bool) -> Turns:
    """Take up to so many calls of the allowance within the caller's transaction; `is_insisted`: one of them is."""
    if _has_taken(wanted, now):
        return Turns(wanted)
    throttle = prepared.only("throttle", _locked)
    given = _turns(throttle, now, wanted, is_insisted=is_insisted)
    throttle.allowance -= given.count
    if given.count and throttle.broken_until:
        throttle.probe_until = now + timedelta(seconds=settings.SENDGRID_DEADLINE)
    save_each([throttle], ("allowance", "refilled_at", "probe_until"))
    return given


def _as_it_is() -> QuerySet[Throttle]:
    return Throttle.objects.filter(pk=1)


def _locked() -> QuerySet[Throttle]:
    return Throttle.objects.select_for_update().filter(pk=1)


def _turns(throttle: Throttle, now: datetime, wanted: int, *, is_insisted: bool) -> Turns:
    """Refills the row, which the caller may save."""
    _refill(throttle, now)
    if throttle.paused_until and throttle.is_paused(now):
        return Turns(0, "SendGrid had asked for a pause")
    if throttle.allowance < 1:
        return Turns(0, f"more than {settings.SENDGRID_RATE_PER_MINUTE} requests a minute were asked for")
    if throttle.broken_until is None:
        return Turns(min(wanted, int(throttle.allowance)))
    if throttle.is_broken(now) or throttle.is_probing(now):
        why = f"SendGrid did not answer {throttle.failures} times in a row"
        return Turns(int(is_insisted), why, is_for_insisted=True)
    return Turns(1)  # a trial


def _refill(throttle: Throttle, now: datetime) -> None:
    capacity = _capacity()
    if throttle.refilled_at is None:
        throttle.allowance = capacity
    else:
        elapsed = max((now - throttle.refilled_at).total_seconds(), 0)
        throttle.allowance = min(capacity, throttle.allowance + elapsed * _rate())
    throttle.refilled_at = now


def _capacity() -> float:
    return max(_rate() * BURST_SECONDS, 1)


def _rate() -> float:
    """Calls a second."""
    rate: float = settings.SENDGRID_RATE_PER_MINUTE / 60
    return rate


def _held_back(reason: str, until: datetime, now: datetime) -> NotSent:
    seconds = (until - now).total_seconds()
    return NotSent(f"{reason}; the next try is possible in {seconds:.0f} s.", retry_after=seconds)
