"""Who or what ended an attachment or a revision, or made a difference, in a few words."""

from monitors.models import Attachment, AuditEvent, RecordRevision
from monitors.wording.text import Name, Text, compose
from monitors.wording.who import doer

OUTSIDE = "outside the desk"
DOUBTFUL = "outside the desk, or it never took effect"
BY_LIST_ALONE = "shown by a list"


def ended_by(row: Attachment | RecordRevision) -> Text:
    """Whose operation ended it; else that it was outside, or (no list ever showed it) perhaps never was."""
    if row.ended_by is not None:
        return doer(row.ended_by)
    return compose(DOUBTFUL if row.has_doubtful_end else OUTSIDE)


def where_from(event: AuditEvent) -> Text:
    """Who or what made a difference between two lists; nobody where only a list shows it."""
    if event.source == "outside":
        return compose(DOUBTFUL if event.details.get("never_listed") else OUTSIDE)
    return compose("{}", Name(event.actor_name)) if event.actor_name else compose(BY_LIST_ALONE)


def end_reason(row: Attachment) -> str:
    return row.ended_by.reason if row.ended_by else ""
