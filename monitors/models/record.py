"""Monitor records as the last list shows them, and every revision they had."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce

from monitors.limits import MAX_MAILBOX, MAX_NAME


class Share(models.Func):
    """Of a record's customer count and sample rate: the samples that one message of each customer makes."""

    # No parameter in it: an index of an expression is found by its very words.
    template = "(CAST(%(expressions)s, 0))"
    arg_joiner = " AS double precision) / NULLIF("
    output_field = models.FloatField()


class MailboxDomain(models.Func):
    """In small letters, with the `@` before it; the whole where there is none."""

    template = (
        "LOWER(SUBSTR(%(expressions)s, LENGTH(RTRIM(%(expressions)s, REPLACE(%(expressions)s, '@', '')))))"
    )
    output_field = models.TextField()


class AnyName(models.Func):
    """A name's order among all records, also gone ones; no page of living ones is to be read by its index."""

    template = "(%(expressions)s || '')"
    output_field = models.TextField()


class RecordQuerySet(models.QuerySet["MonitorRecord"]):
    def living(self) -> Self:
        """Records that the mirror still shows."""
        return self.filter(gone_at=None)

    def named(self, name: str) -> "MonitorRecord | None":
        """The living record of exactly this name."""
        return self.living().filter(name=name).first()


class MonitorRecord(models.Model):
    """One record. It keeps its row through renames; `gone_at` is when it was last seen to be deleted."""

    name = models.CharField(max_length=MAX_NAME)
    # Casefolded, so that both databases sort alike.
    sort_name = models.CharField(max_length=MAX_NAME, editable=False)
    email = models.CharField("mailbox", max_length=MAX_MAILBOX, blank=True)
    # None: the upstream's value could not be read (docs/upstream.md).
    frequency = models.PositiveBigIntegerField(null=True)
    # What is not readable comes first; with a null no row could be compared to the one beside a page.
    sort_frequency = models.GeneratedField(
        expression=Coalesce("frequency", 0), output_field=models.PositiveBigIntegerField(), db_persist=True
    )
    customer_count = models.PositiveIntegerField(default=0)
    first_seen = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)
    # Empty: compare field by field.
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_outside = models.BooleanField(default=False)
    # The last change was an attachment whose end came; None: it was not.
    changed_by_end = models.BooleanField(null=True)
    # The record of another name whose history this one continues: renamed outside, as a person confirmed.
    continues = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="successors"
    )

    objects = RecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(gone_at=None), name="one_living_record_per_name"
            )
        ]
        indexes = [
            models.Index(fields=["sort_name", "id"], condition=models.Q(gone_at=None), name="record_by_name"),
            models.Index(
                fields=["customer_count", "id"], condition=models.Q(gone_at=None), name="record_by_count"
            ),
            models.Index(
                fields=["changed_at", "id"], condition=models.Q(gone_at=None), name="record_by_change"
            ),
            models.Index(
                fields=["sort_frequency", "id"], condition=models.Q(gone_at=None), name="record_by_sample"
            ),
            models.Index(fields=["email", "id"], condition=models.Q(gone_at=None), name="record_by_mailbox"),
            models.Index(
                fields=["email", "sort_name", "id"],
                condition=models.Q(gone_at=None),
                name="record_in_mailbox",
            ),
            models.Index(fields=["gone_at"], condition=models.Q(gone_at__isnull=False), name="record_by_end"),
            models.Index(AnyName("sort_name"), "id", name="record_by_any_name"),
            models.Index(
                Share("customer_count", "frequency"),
                "id",
                condition=models.Q(gone_at=None, frequency__isnull=False),
                name="record_by_share",
            ),
            models.Index(
                MailboxDomain("email"), "id", condition=models.Q(gone_at=None), name="record_by_domain"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SampleRate(models.Model):
    """Living records that have customers, by their sample rate (0: not readable); triggers count them."""

    frequency = models.BigIntegerField(primary_key=True)
    customers = models.BigIntegerField()  # of each record
    records = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.customers} at 1 in {self.frequency}"


class RecordRevision(models.Model):
    """What a record was from `since` until `until` (None: still is). Rows are closed, never changed."""

    record = models.ForeignKey(
        MonitorRecord, on_delete=models.PROTECT, related_name="revisions", db_index=False
    )  # others begin with it
    name = models.CharField(max_length=MAX_NAME)
    email = models.CharField(max_length=MAX_MAILBOX, blank=True)
    frequency = models.PositiveBigIntegerField(null=True)
    since = models.DateTimeField()
    # Found in a list: it began after the list before was asked for; None where the moment is known.
    since_after = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    until_after = models.DateTimeField(null=True)
    began_by = models.ForeignKey("Operation", null=True, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey("Operation", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record"], condition=models.Q(until=None), name="one_open_revision_per_record"
            )
        ]
        indexes = [
            models.Index(fields=["record", "since"], name="revision_by_record"),
            models.Index(fields=["email", "since", "id"], name="revision_by_mailbox"),
            models.Index(fields=["since", "id"], name="revision_by_since"),
            models.Index(
                fields=["until", "id"], condition=models.Q(until__isnull=False), name="revision_by_until"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} since {self.since:%Y-%m-%d %H:%M}"

    @property
    def has_doubtful_end(self) -> bool:
        """Outside, or it never took effect: SendGrid said `success`, and no list showed it."""
        is_ended_outside = self.until is not None and self.ended_by_id is None
        return is_ended_outside and self.began_by is not None and self.began_by.is_contradicted
