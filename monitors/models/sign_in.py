"""Failed sign-ins, counted: they set the limits, and each row becomes one event."""

from django.db import models

from monitors.limits import MAX_ADDRESS

MAX_SUBJECT = 100  # characters that are kept of what a provider calls somebody
SOMEBODY_UNKNOWN = 0  # the account of somebody who gave no name


class SignInStep(models.TextChoices):
    PASSWORD = "password"  # noqa: S105 - a word, not a password
    SECOND_FACTOR = "second factor"
    SSO_PROVIDER = "provider"  # it said no, broke off, or nobody here had begun
    SSO_TOKEN = "token"  # noqa: S105 - what it said of somebody did not hold
    SSO_ACCOUNT = "account"  # it knows somebody who may not come in here


class FailedSignIns(models.Model):
    """How often an account was tried in vain from an address within one minute.

    An attempt is counted before it is judged, and taken back when it succeeds. `address` is a network of 64 bits for
    IPv6, and empty for all further ones of a minute with very many. `subject` is whom a provider proved it to be, where
    that person has no account here.
    """

    account_id = (
        models.BigIntegerField()
    )  # a person's key; below zero: of a name that nobody has; SOMEBODY_UNKNOWN
    address = models.CharField(max_length=MAX_ADDRESS, blank=True)
    minute = models.DateTimeField()
    step = models.CharField(max_length=13, choices=SignInStep)
    subject = models.CharField(max_length=MAX_SUBJECT, blank=True, default="")
    count = models.PositiveIntegerField(default=0)
    forgiven = models.PositiveIntegerField(default=0)  # of them: the person came in from there afterwards
    is_noted = models.BooleanField(default=False)  # its event is written

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "address", "minute", "step", "subject"],
                name="failed_sign_ins_once_a_minute",
            )
        ]
        indexes = [
            models.Index(fields=["address", "minute"], name="failed_by_address"),
            models.Index(fields=["minute"], name="failed_by_minute"),
        ]

    def __str__(self) -> str:
        return f"{self.count} of {self.account_id} from {self.address}"
