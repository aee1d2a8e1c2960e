"""The throttle of all calls: a rate limit and a circuit breaker that every process shares."""

from datetime import datetime, timedelta

from django.db import models

LONGEST_PAUSE = timedelta(hours=1)  # what a 429 may hold all calls back for
LONGEST_BREAK = timedelta(minutes=5)
LONGEST_PROBE = timedelta(hours=1)


class Throttle(models.Model):
    """The one row that is asked before every call: how many may leave, and until when none may.

    A moment further ahead than it can ever be set is from before a clock was set back, and counts as past.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    allowance = models.FloatField(default=0)  # calls that may leave at once, refilled by the minute
    refilled_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)  # SendGrid asked for a pause (429)
    failures = models.PositiveIntegerField(default=0)  # calls in a row without an answer
    broken_until = models.DateTimeField(null=True)  # the circuit breaker lets nothing through before
    probe_until = models.DateTimeField(
        null=True
    )  # one call is under way to find out whether SendGrid answers

    def __str__(self) -> str:
        return f"{self.failures} failures, paused until {self.paused_until}, broken until {self.broken_until}"

    def is_paused(self, now: datetime) -> bool:
        return _is_ahead(self.paused_until, now, LONGEST_PAUSE)

    def is_broken(self, now: datetime) -> bool:
        return _is_ahead(self.broken_until, now, LONGEST_BREAK)

    def is_probing(self, now: datetime) -> bool:
        return _is_ahead(self.probe_until, now, LONGEST_PROBE)


def _is_ahead(moment: datetime | None, now: datetime, longest: timedelta) -> bool:
    return moment is not None and now < moment <= now + longest
