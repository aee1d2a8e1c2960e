"""Who or what ended an attachment or a revision, or made a difference, in a few words."""

from monitors.models import Attachment, RecordRevision, Source, Task
from monitors.wording.event_words import DifferenceWords
from monitors.wording.text import Name, Text, compose
from monitors.wording.who import doer

OUTSIDE = "outside the desk"
DOUBTFUL = "outside the desk, or it never took effect"
BY_LIST_ALONE = "shown by a list"
# How an attachment ended: by its end, by a person here, or by nobody here.
EXPIRED, DETACHED, DETACHED_OUTSIDE = "expired", "detached", "detached outside"
LEFT, RECORD_DELETED = "left for another record", "record deleted"
_ENDED_BY_TASK: dict[str, str] = {Task.APPEND: LEFT, Task.DELETE: RECORD_DELETED}


def how_ended(*, is_over: bool, task: str | None, source: str | None) -> str:
    """In a word or three, by the operation that ended it (None: none of ours); empty while it lasts."""
    if not is_over:
        return ""
    if task is None:
        return DETACHED_OUTSIDE
    return EXPIRED if source == Source.EXPIRY else _ENDED_BY_TASK.get(task, DETACHED)


def ended_by(row: Attachment | RecordRevision) -> Text:
    """Whose operation ended it; else that it was outside, or (no list ever showed it) perhaps never was."""
    operation = row.ended_by
    if operation is None:
        return ended_outside(is_doubtful=row.has_doubtful_end)
    return ended_here(operation.task, operation.source, operation.record_name, by=doer(operation))


def ended_here(task: str, source: str, record_name: str, *, by: Text) -> Text:
    """The same by what is known of the operation."""
    if source == Source.EXPIRY:
        return compose("expired, {}", by)
    return compose("left for {}, {}", Name(record_name), by) if task == Task.APPEND else by


def ended_outside(*, is_doubtful: bool) -> Text:
    return compose(DOUBTFUL if is_doubtful else OUTSIDE)


def where_from(event: DifferenceWords) -> Text:
    """Who or what made a difference between two lists; nobody where only a list shows it."""
    if event.source == "outside":
        return compose(DOUBTFUL if event.details.get("never_listed") else OUTSIDE)
    return compose("{}", Name(event.actor_name)) if event.actor_name else compose(BY_LIST_ALONE)


def end_reason(row: Attachment) -> str:
    return row.ended_by.reason if row.ended_by else ""
