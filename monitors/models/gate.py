"""The rate gate and the breaker that all processes share."""

from django.db import models


class Gate(models.Model):
    """The one row behind every request: how many may leave, until when none may."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    allowance = models.FloatField(default=0)  # requests that may leave at once, refilled by the minute
    refilled_at = models.DateTimeField(null=True)
    closed_until = models.DateTimeField(null=True)  # a 429 said so
    failures = models.PositiveIntegerField(default=0)  # attempts in a row without an answer
    open_until = models.DateTimeField(null=True)  # the breaker lets nothing through before
    probe_until = models.DateTimeField(null=True)  # one probe is under way

    def __str__(self) -> str:
        return f"{self.failures} failures, closed until {self.closed_until}, open until {self.open_until}"
