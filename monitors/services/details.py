"""What the desk itself says of a record: its owner, a description and tags. Nothing of it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from monitors.limits import MAX_DESCRIPTION, MAX_TAG, MAX_TAGS
from monitors.models import Kind, MonitorRecord, Operation, RecordDetails, RecordTag, Right, Source
from monitors.services import clock, rights, writers_lock
from monitors.services.errors import Invalid
from monitors.services.log import audit
from monitors.services.submission import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is None stays as it is. `owner` is a username, "" for nobody."""

    owner: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None


NOTHING = Wanted()


def save(*, submission: Submission, record: MonitorRecord, wanted: Wanted) -> bool:
    """Whether anything was changed; what was before and after is an event of the log. Raises Denied, Invalid."""
    rights.demand(submission.actor, Right.MANAGE)
    with transaction.atomic():
        chain = writers_lock.take()
        row = RecordDetails.objects.select_related("owner").filter(record=record).first()
        row = row or RecordDetails(record=record)
        before = _state(row)
        _take(row, wanted)
        if _state(row) == before:
            return False
        _write(row)
        audit.append(chain, _event(submission, record, before, _state(row)), at=clock.now())
    return True


def to_keep(wanted: Wanted) -> dict[str, Any]:
    """As the operation that creates a record keeps it until the record is there; empty for nothing. Raises Invalid."""
    row = RecordDetails()
    _take(row, wanted)
    return _kept(row)


def of(record: MonitorRecord) -> dict[str, Any]:
    """The same of what a record has, for one that takes its place."""
    row = RecordDetails.objects.select_related("owner").filter(record=record).first()
    return _kept(row) if row else {}


def _kept(row: RecordDetails) -> dict[str, Any]:
    return {"details": _state(row)} if _state(row) != _state(RecordDetails()) else {}


def begin(created: Iterable[tuple[MonitorRecord, Operation]]) -> list[audit.Event]:
    """Give new records what the operations that created them kept; the events that say so are the caller's to write.

    In the caller's transaction, under the writers' lock.
    """
    return [_begun(record, operation) for record, operation in created if _has_some_for(record, operation)]


def _has_some_for(record: MonitorRecord, operation: Operation) -> bool:
    return bool(operation.details) and not RecordDetails.objects.filter(record=record).exists()


def _begun(record: MonitorRecord, operation: Operation) -> audit.Event:
    kept = operation.details
    # Whoever was to look after it may have left meanwhile.
    owner = User.objects.filter(username=kept["owner"], is_active=True).first()
    row = RecordDetails(record=record, owner=owner, description=kept["description"], tags=kept["tags"])
    _write(row)
    by = Submission(actor=operation.actor, reason=operation.reason, source=Source(operation.source))
    return _event(by, record, _state(RecordDetails()), _state(row))


def carry_over(former: MonitorRecord, record: MonitorRecord) -> None:
    """To the record that continues it, where that has none of its own. In the caller's transaction."""
    row = RecordDetails.objects.filter(record=former).first()
    if row is not None and not RecordDetails.objects.filter(record=record).exists():
        _write(RecordDetails(record=record, owner=row.owner, description=row.description, tags=row.tags))


def _take(row: RecordDetails, wanted: Wanted) -> None:
    if wanted.owner is not None:
        row.owner = _owner(wanted.owner)
    if wanted.description is not None:
        if len(wanted.description) > MAX_DESCRIPTION:
            raise Invalid("description", f"A description has at most {MAX_DESCRIPTION:,} characters.")
        row.description = wanted.description
    if wanted.tags is not None:
        row.tags = _tags(wanted.tags)


def _owner(username: str) -> User | None:
    if not username:
        return None
    owner = User.objects.filter(username=username, is_active=True).first()
    if owner is None:
        raise Invalid("owner", f"Nobody at this desk is called {username}.")
    return owner


def _tags(names: Iterable[str]) -> list[str]:
    tags = sorted({name.strip().casefold() for name in names if name.strip()})
    if len(tags) > MAX_TAGS:
        raise Invalid("tags", f"A record has at most {MAX_TAGS} tags.")
    if any(len(tag) > MAX_TAG for tag in tags):
        raise Invalid("tags", f"A tag has at most {MAX_TAG} characters.")
    return tags


def _write(row: RecordDetails) -> None:
    row.save()
    RecordTag.objects.filter(record=row.record_id).exclude(tag__in=row.tags).delete()
    tags = [RecordTag(record_id=row.record_id, tag=tag) for tag in row.tags]
    RecordTag.objects.bulk_create(tags, ignore_conflicts=True)


def _event(
    submission: Submission, record: MonitorRecord, before: dict[str, Any], after: dict[str, Any]
) -> audit.Event:
    return audit.Event(
        kind=Kind.DETAILS,
        **audit.by(submission.actor),
        source=submission.source,
        record_id=record.pk,
        record_name=record.name,
        reason=submission.reason,
        details={"before": before, "after": after},
    )


def _state(row: RecordDetails) -> dict[str, Any]:
    """As evidence: who it was by the username."""
    owner = row.owner.get_username() if row.owner else ""
    return {"owner": owner, "description": row.description, "tags": list(row.tags)}
