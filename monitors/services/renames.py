"""A person confirms that a record was renamed outside the desk: its history is joined to the new one's."""

from django.db import transaction

from monitors.models import Attachment, Kind, MonitorRecord, Right
from monitors.models.renames import probable_successor
from monitors.services import details, rights, writers_lock
from monitors.services.errors import Invalid
from monitors.services.lists.mirror import CARRIED_COLUMNS
from monitors.services.log import audit
from monitors.services.submission import Submission


def join(*, submission: Submission, gone: MonitorRecord) -> MonitorRecord:
    """Join the history of `gone` to its probable successor, which is returned. Raises Denied, Invalid.

    The successor's attachments of that moment continue the former ones: since when, by whom and why.
    """
    rights.demand(submission.actor, Right.MANAGE)
    with transaction.atomic():
        writers_lock.take()
        successor = probable_successor(gone)
        if successor is None:
            raise Invalid(None, f"{gone.name} no longer looks like a renamed record.")
        successor.continues = gone
        successor.save(update_fields=["continues"])
        _carry_over(gone, successor)
        details.carry_over(gone, successor)
        audit.write(
            audit.Event(
                kind=Kind.JOINED,
                source="web",
                record_id=successor.pk,
                record_name=successor.name,
                reason=submission.reason,
                details={"former": {"id": gone.pk, "name": gone.name}},
                **audit.by(submission.actor),
            )
        )
    return successor


def _carry_over(gone: MonitorRecord, successor: MonitorRecord) -> None:
    ended = Attachment.objects.filter(record=gone, detached_at=gone.gone_at)
    former = {attachment.customer_id: attachment for attachment in ended}
    begun = Attachment.objects.filter(record=successor, attached_at=successor.first_seen)
    for attachment in begun:
        for column in CARRIED_COLUMNS:
            setattr(attachment, column, getattr(former[attachment.customer_id], column))
        attachment.save(update_fields=CARRIED_COLUMNS)
