"""What became of a record since a form about it was opened: the revisions after the one that the form shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from monitors.models import MonitorRecord, RecordRevision
from monitors.models.renames import probable_successor


@dataclass(frozen=True, slots=True)
class Step:
    """From one revision to the next; who did it is what began `after`, nobody at this desk where nothing did."""

    before: RecordRevision
    after: RecordRevision

    @property
    def fields(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the record was and became."""
        return _fields(self.before), _fields(self.after)

    @property
    def is_rename_outside(self) -> bool:
        """A list lost the record under one name and shows it under another."""
        return self.before.record_id != self.after.record_id


@dataclass(frozen=True, slots=True)
class Race:
    """The record as it is now (another row, where it was renamed outside) and each change since."""

    record: MonitorRecord
    steps: Sequence[Step]
    seen: int  # the revision that a form shows from now on


def present(record: MonitorRecord) -> int | None:
    """The revision that a form opened now shows; None for a record that is gone."""
    return record.revisions.filter(until=None).values_list("pk", flat=True).first()


def of(record: MonitorRecord, seen: int | None) -> Race | None:
    """None where the form still shows the record as it is, or nobody knows what it showed."""
    now = _now(record)
    if seen is None or now is None:
        return None
    revisions = [*_revisions(record), *(_revisions(now) if now != record else ())]
    known = [revision.pk for revision in revisions]
    if seen not in known:
        return None
    since = revisions[known.index(seen) :]
    if now == record and _fields(since[0]) == _fields(since[-1]):
        return None
    steps = [Step(before, after) for before, after in pairwise(since)]
    return Race(now, steps, since[-1].pk)


def _now(record: MonitorRecord) -> MonitorRecord | None:
    """The living record that this one is, also under another name."""
    if record.gone_at is None:
        return record
    successor = record.successors.first() or probable_successor(record)
    return successor if successor is not None and successor.gone_at is None else None


def _revisions(record: MonitorRecord) -> list[RecordRevision]:
    return list(record.revisions.select_related("began_by").order_by("since", "pk"))


def _fields(revision: RecordRevision) -> dict[str, Any]:
    return {"name": revision.name, "email": revision.email, "frequency": revision.frequency}
