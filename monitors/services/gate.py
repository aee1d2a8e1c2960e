"""One rate gate and one breaker for all processes, kept in a row."""

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from monitors.gateway.errors import NotSent
from monitors.models import Gate
from monitors.services import clock

BURST_SECONDS = 10  # of the rate may leave at once
PATIENCE = 2.0  # seconds a caller waits for its turn
OPENS_AFTER = 5  # attempts in a row without an answer
FIRST_PAUSE = 15.0  # seconds; doubled by each failed probe
LONGEST_PAUSE = 300.0


class SharedGate:
    """Asked before each request leaves, told after each how it went."""

    def __init__(self, *, is_probe: bool = False) -> None:
        self.is_probe = is_probe

    def admit(self) -> None:
        """Take one request of the allowance; wait a little for it. Raises NotSent while closed."""
        patience = PATIENCE
        while (wait := self._try()) > 0:
            if wait > patience:
                raise NotSent(
                    f"More than {settings.SENDGRID_RATE_PER_MINUTE} requests a minute; try again in a moment.",
                    retry_after=wait,
                )
            patience -= wait
            time.sleep(wait)

    @transaction.atomic
    def _try(self) -> float:
        gate = Gate.objects.select_for_update().get(pk=1)
        now = clock.now()
        self._refuse_if_closed(gate, now)
        rate = settings.SENDGRID_RATE_PER_MINUTE / 60
        most = max(rate * BURST_SECONDS, 1)
        since = (now - gate.refilled_at).total_seconds() if gate.refilled_at else most / rate
        gate.allowance = min(most, gate.allowance + max(since, 0) * rate)
        gate.refilled_at = now
        wait = 0.0 if gate.allowance >= 1 else (1 - gate.allowance) / rate
        if not wait:
            gate.allowance -= 1
            if gate.open_until:
                gate.probe_until = now + timedelta(seconds=settings.SENDGRID_DEADLINE)
        gate.save()
        return wait

    def _refuse_if_closed(self, gate: Gate, now: datetime) -> None:
        if gate.closed_until and gate.closed_until > now:
            raise _closed("The upstream asked for a pause", gate.closed_until, now)
        if gate.open_until is None or self.is_probe:
            return
        if gate.open_until > now:
            raise _closed(f"The upstream did not answer {gate.failures} times in a row", gate.open_until, now)
        if gate.probe_until and gate.probe_until > now:
            raise _closed("The upstream did not answer and is being tried once", gate.probe_until, now)

    @transaction.atomic
    def report(self, *, healthy: bool, closed_for: float | None = None) -> None:
        """Remember an attempt: `closed_for` is in seconds, as a 429 asked."""
        gate = Gate.objects.select_for_update().get(pk=1)
        now = clock.now()
        gate.probe_until = None
        if closed_for:
            gate.closed_until = now + timedelta(seconds=closed_for)
        gate.failures = 0 if healthy else gate.failures + 1
        gate.open_until = None
        if gate.failures >= OPENS_AFTER:
            pause = min(FIRST_PAUSE * 2 ** min(gate.failures - OPENS_AFTER, 10), LONGEST_PAUSE)
            gate.open_until = now + timedelta(seconds=pause)
        gate.save()


def _closed(why: str, until: datetime, now: datetime) -> NotSent:
    seconds = (until - now).total_seconds()
    return NotSent(f"{why}; the next try is possible in {seconds:.0f} s.", retry_after=seconds)
