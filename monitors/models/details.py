"""What the desk itself says of a record: whose it is, what it is for, and words to find it by."""

from django.conf import settings
from django.db import models

from monitors.limits import MAX_DESCRIPTION, MAX_TAG
from monitors.models.record import MonitorRecord


class RecordDetails(models.Model):
    """Nothing of it is known upstream. A record without a row has none; `tags` are in the order of the alphabet."""

    record = models.OneToOneField(
        MonitorRecord, primary_key=True, on_delete=models.PROTECT, related_name="details"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    description = models.CharField(max_length=MAX_DESCRIPTION, blank=True)
    tags = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["owner", "record"], name="details_by_owner")]

    def __str__(self) -> str:
        return f"of {self.record_id}"


class RecordTag(models.Model):
    """One of `RecordDetails.tags`, to find records by it."""

    record = models.ForeignKey(MonitorRecord, on_delete=models.PROTECT, related_name="+", db_index=False)
    tag = models.CharField(max_length=MAX_TAG)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "tag"], name="one_tag_per_record")]
        indexes = [models.Index(fields=["tag", "record"], name="record_by_tag")]

    def __str__(self) -> str:
        return self.tag
