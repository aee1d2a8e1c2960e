"""Each list asked for, its anomalies, and the state of the local copy."""

from django.conf import settings
from django.db import models

from monitors.limits import MAX_NAME, MAX_NOTE


class RefreshOutcome(models.TextChoices):
    RUNNING = "running", "Running"
    APPLIED = "applied", "Applied"
    UNCHANGED = "unchanged", "Nothing changed"
    HELD = "held", "Held for an administrator"
    REJECTED = "rejected", "Rejected by an administrator"
    UNUSABLE = "unusable", "Answer could not be used"
    FAILED = "failed", "No answer"
    BROKEN_OFF = "broken_off", "Broken off"


class Refresh(models.Model):
    """One list asked for. Sizes in bytes after inflation, `milliseconds` until the answer was read."""

    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=RefreshOutcome.choices, default=RefreshOutcome.RUNNING)
    source = models.CharField(max_length=10, blank=True)  # worker, web, command
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    bytes = models.BigIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)
    records = models.PositiveIntegerField(null=True)
    attachments = models.PositiveIntegerField(null=True)
    differences = models.PositiveIntegerField(default=0)
    anomalies = models.PositiveIntegerField(default=0)
    # The earlier list of the same bytes whose anomaly rows are this one's too.
    anomalies_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    # What a list would remove and add that no operation of ours explains.
    removed_records = models.PositiveIntegerField(default=0)
    removed_attachments = models.PositiveIntegerField(default=0)
    added_records = models.PositiveIntegerField(default=0)
    added_attachments = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)  # a held list: accepted or rejected
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(max_length=MAX_NOTE, blank=True)  # why it failed or was held
    # Of a held list whose changes are stored whole: how many of each kind, and a hash over all of them.
    held_summary = models.JSONField(null=True)
    # The earlier held list with the very same changes, whose rows are this one's too.
    held_changes_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-asked_at"], name="refresh_by_time")]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M:%S} {self.outcome}"


class RefreshAnomaly(models.Model):
    """One anomaly of a list and the rule it fell under."""

    refresh = models.ForeignKey(Refresh, on_delete=models.CASCADE, related_name="anomaly_rows")
    kind = models.CharField(max_length=30)
    record = models.CharField(max_length=255, blank=True)
    detail = models.CharField(max_length=MAX_NOTE, blank=True)

    def __str__(self) -> str:
        return f"{self.kind}: {self.record}"


class HeldChange(models.Model):
    """One change that a held list would make, so that somebody can look before deciding.

    `details` hold the record's fields: `before` and `after` of one that would change, else as they are.
    """

    class What(models.TextChoices):
        RECORD_ADDED = "record_added", "Record added"
        RECORD_REMOVED = "record_removed", "Record removed"
        RECORD_CHANGED = "record_changed", "Record changed"
        CUSTOMER_ADDED = "customer_added", "Customer added"
        CUSTOMER_REMOVED = "customer_removed", "Customer removed"

    refresh = models.ForeignKey(
        Refresh, on_delete=models.CASCADE, related_name="held_changes", db_index=False
    )
    what = models.CharField(max_length=16, choices=What.choices)
    record = models.CharField(max_length=MAX_NAME)
    username = models.CharField(max_length=MAX_NAME, blank=True)
    words = models.CharField(max_length=4 * MAX_NAME, editable=False)  # both names casefolded, for the search
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["refresh", "id"], name="held_change_by_list"),
            models.Index(fields=["refresh", "what", "id"], name="held_change_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.record} {self.username}"


class Failure(models.TextChoices):
    """Why there is no newer list: an upstream that answers is never called silent."""

    SILENT = "silent", "has not answered"
    UNUSABLE = "unusable", "has not sent a list that can be used"
    CREDENTIALS = "credentials", "has not accepted the desk's user and key"
    REFUSED = "refused", "has refused to send its list"
    LIMITED = "limited", "has asked for fewer requests"


class Mirror(models.Model):
    """The one row that says how old the copy is, who is refreshing it and when the next is due."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    # The list the copy shows: when it was asked for. None: never loaded.
    asked_at = models.DateTimeField(null=True)
    # Of the list last applied whole; empty after our own writes.
    digest = models.CharField(max_length=64, blank=True)
    # The last list of which nothing had to be skipped: what a later one shows happened after it.
    whole_asked_at = models.DateTimeField(null=True)
    # When the next list is due. None: now, or while one is being fetched whenever that one says.
    due_at = models.DateTimeField(null=True)
    # The last list took long: one that only confirms writes is due no earlier.
    confirm_from = models.DateTimeField(null=True)
    is_forced = models.BooleanField(default=False)  # a person asked: the breaker lets the next one try
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    failure = models.CharField(max_length=MAX_NOTE, blank=True)
    failure_kind = models.CharField(max_length=11, choices=Failure.choices, blank=True)
    held = models.ForeignKey(Refresh, null=True, on_delete=models.SET_NULL, related_name="+")
    accepted = models.ForeignKey(Refresh, null=True, on_delete=models.SET_NULL, related_name="+")
    lease_holder = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    worker_seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"mirror of {self.asked_at}"
