"""Who or what ended an attachment or a revision, in a few words."""

from monitors.models import Attachment, AuditEvent, RecordRevision
from monitors.wording.names import visible

OUTSIDE = "outside the desk"
DOUBTFUL = "outside the desk, or it never took effect"


def ended_by(row: Attachment | RecordRevision) -> str:
    """Whose operation ended it; else that it was outside, or (no list ever showed it) perhaps never was."""
    if row.ended_by is not None:
        return visible(row.ended_by.actor_name)
    return DOUBTFUL if row.has_doubtful_end else OUTSIDE


def where_from(event: AuditEvent) -> str:
    """Who or what made a difference between two lists."""
    if event.source != "outside":
        return visible(event.actor_name)
    return DOUBTFUL if event.details.get("never_listed") else OUTSIDE


def end_reason(row: Attachment) -> str:
    return row.ended_by.reason if row.ended_by else ""
