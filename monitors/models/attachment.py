"""Which customer was on which record, from when until when: the history itself."""

from django.db import models


class Attachment(models.Model):
    """One stay of a customer on a record. `detached_at` None: it lasts.

    `began_by` and `ended_by` name our operation; None means outside the desk, and then
    `attached_after`/`detached_after` hold the moment of the list before, so that the
    true moment lies in between. Rows are closed, never removed.
    """

    record = models.ForeignKey("MonitorRecord", on_delete=models.PROTECT, related_name="attachments")
    customer = models.ForeignKey("Customer", on_delete=models.PROTECT, related_name="attachments")
    attached_at = models.DateTimeField()
    attached_after = models.DateTimeField(null=True)
    detached_at = models.DateTimeField(null=True)
    detached_after = models.DateTimeField(null=True)
    began_by = models.ForeignKey("Operation", null=True, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey("Operation", null=True, on_delete=models.PROTECT, related_name="+")
    # True for what the very first list held: it began at an unknown time before the desk was set up.
    is_baseline = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "customer"],
                condition=models.Q(detached_at=None),
                name="one_living_attachment_per_pair",
            )
        ]
        indexes = [
            models.Index(fields=["customer", "attached_at"], name="attachment_by_customer"),
            models.Index(fields=["record", "attached_at"], name="attachment_by_record"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} on {self.record_id}"
