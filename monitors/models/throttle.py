"""The throttle of all calls: a rate limit and a circuit breaker that every process shares."""

from django.db import models


class Throttle(models.Model):
    """The one row that is asked before every call: how many may leave, and until when none may."""

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
