"""Which customer was on which record, from when until when: the history itself."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models

from monitors.limits import MAX_NAME, MAX_REASON

LASTING = 0  # the span of an attachment that has no end yet
# Longest attachment of each span, a fourfold each: 1 hour, 4 hours, … 4¹¹ hours (479 years).
SPANS = tuple(timedelta(hours=4**power) for power in range(12))


def span_of(attached_at: datetime, detached_at: datetime) -> int:
    """The number of the shortest span that holds an attachment, from 1."""
    length = detached_at - attached_at
    return next((number for number, longest in enumerate(SPANS, 1) if length <= longest), len(SPANS))


def lasting_at(moment: datetime) -> models.Q:
    """Attachments that lasted at `moment`, as one short range of the index for each span.

    A plain `attached_at <= moment < detached_at` has to read half of all history for a moment in
    the middle of it: no index of two columns helps. Within one span every row that began longer
    ago than the span has ended, so each range holds at most four times the rows it is asked for.
    """
    return lasting_between(moment, *earliest_beginnings(moment))


def earliest_beginnings(moment: datetime) -> list[datetime]:
    """Of attachments of each span that last at `moment`."""
    return [_earlier(moment, longest) for longest in SPANS]


def lasting_between(moment: datetime, *earliest: datetime) -> models.Q:
    """`lasting_at`, for queries that are prepared for any moment."""
    living = models.Q(span=LASTING, attached_at__lte=moment)
    for number, began_after in enumerate(earliest, 1):
        began = models.Q(span=number, attached_at__lte=moment, attached_at__gte=began_after)
        living |= began & models.Q(detached_at__gt=moment)
    return living


def _earlier(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment - by
    except OverflowError:
        return datetime.min.replace(tzinfo=moment.tzinfo)


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def lasting(self) -> Self:
        """Attachments that have not ended."""
        return self.filter(detached_at=None)

    def ending(self, after: datetime, until: datetime) -> Self:
        """Lasting ones whose end comes between the two moments, by the index of ends."""
        return self.lasting().filter(expired_at=None, expires_at__gt=after, expires_at__lte=until)

    def lasting_at(self, moment: datetime) -> Self:
        """Attachments that had begun and not ended at `moment`."""
        return self.filter(lasting_at(moment))


class Attachment(models.Model):
    """A customer on a record. `detached_at` None: still attached.

    `began_by` and `ended_by` name our operation; None means outside the desk, and then
    `attached_after`/`detached_after` hold the moment of the list before, so that the
    true moment lies in between. Rows are closed, never removed.
    """

    # Without an index of their own: others begin with them.
    record = models.ForeignKey(
        "MonitorRecord", on_delete=models.PROTECT, related_name="attachments", db_index=False
    )
    customer = models.ForeignKey(
        "Customer", on_delete=models.PROTECT, related_name="attachments", db_index=False
    )
    # The customer's, copied: a record's page is read from one index, in its order.
    sort_name = models.CharField(max_length=MAX_NAME, editable=False)
    attached_at = models.DateTimeField()
    # When the customer came, where a detach that was none had cut the attachment in two; else attached_at.
    since = models.DateTimeField()
    attached_after = models.DateTimeField(null=True)
    detached_at = models.DateTimeField(null=True)
    span = models.PositiveSmallIntegerField(default=LASTING, editable=False)  # set with detached_at
    detached_after = models.DateTimeField(null=True)
    began_by = models.ForeignKey("Operation", null=True, on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey("Operation", null=True, on_delete=models.PROTECT, related_name="+")
    # True for what the very first list held: it began at an unknown time before the desk was set up.
    is_baseline = models.BooleanField(default=False)
    reason = models.CharField(max_length=MAX_REASON, blank=True)
    expires_at = models.DateTimeField(null=True)
    # Somebody chose that it has no end, which is not the same as nobody having said.
    is_endless = models.BooleanField(default=False)
    # When its end was carried out, or found to be needless.
    expired_at = models.DateTimeField(null=True)
    # When somebody last decided that it stays; an append with an end and a reason is a decision too.
    kept_at = models.DateTimeField(null=True)
    # Its end has come and could not be carried out yet: when the next try is due.
    retry_at = models.DateTimeField(null=True)
    # Who appended the customer, copied from that operation; None: nobody at this desk.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = AttachmentQuerySet.as_manager()

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
            models.Index(fields=["record", "attached_at", "id"], name="attachment_by_record"),
            # With its end, which none has: SQLite must find all of a row here, or prefers an index that knows ends.
            models.Index(
                fields=["record", "sort_name", "id", "detached_at"],
                condition=models.Q(detached_at=None),
                name="attachment_by_name",
            ),
            models.Index(fields=["span", "attached_at"], name="attachment_by_moment"),
            # The orders of *Monitored*; whether one lasted at a moment is told by the index alone.
            models.Index(
                fields=["sort_name", "id", "attached_at", "detached_at"], name="attachment_by_customer_name"
            ),
            models.Index(fields=["since", "id"], name="attachment_by_since"),
            # PostgreSQL expects few attachments on a record, and sorts them unless the index answers alone.
            models.Index(
                fields=["record", "sort_name", "id", "attached_at", "detached_at"],
                name="attachment_by_record_name",
            ),
            # Without those that last: looked up by it, every one of them would be read.
            models.Index(
                fields=["detached_at"],
                condition=models.Q(detached_at__isnull=False),
                name="attachment_by_end",
            ),
            models.Index(
                fields=["record", "detached_at", "id"],
                condition=models.Q(detached_at__isnull=False),
                name="attachment_by_record_end",
            ),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False, expired_at=None),
                name="attachment_by_expiry",
            ),
            models.Index(
                fields=["owner", "expires_at"],
                condition=models.Q(detached_at=None, expires_at__isnull=False, expired_at=None),
                name="attachment_ending",
            ),
            models.Index(
                fields=["owner", "kept_at", "since", "id"],
                condition=models.Q(detached_at=None),
                name="attachment_to_review",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} on {self.record_id}"

    @property
    def username(self) -> str:
        return self.customer.username

    @property
    def is_outside(self) -> bool:
        """Somebody began it outside the desk, after the first list."""
        return self.began_by_id is None and not self.is_baseline

    @property
    def has_doubtful_end(self) -> bool:
        """Outside, or it never took effect: SendGrid said `success`, and no list showed it."""
        is_ended_outside = self.detached_at is not None and self.ended_by_id is None
        return is_ended_outside and self.began_by is not None and self.began_by.is_contradicted
