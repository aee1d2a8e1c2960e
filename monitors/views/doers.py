"""Who began and who ended an attachment, by its row: on pages and in files."""

from monitors.models import Source
from monitors.selectors.monitored_rows import MonitoredRow
from monitors.wording.text import Text
from monitors.wording.who import doer_named, set_by


def began_by(row: MonitoredRow) -> Text:
    """Of one that an operation began."""
    return doer_named(row.attachment.began_by__actor_name or "", has_success=row.began_with_success)


def ended_by(row: MonitoredRow) -> Text:
    """Of one that an operation ended."""
    attachment = row.attachment
    if attachment.ended_by__source == Source.EXPIRY:
        return set_by(attachment.ended_by__before__set_by or "")
    return doer_named(attachment.ended_by__actor_name or "", has_success=row.ended_with_success)
