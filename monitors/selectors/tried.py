"""What was asked for with a reason lately, as plain tuples: for the list of tickets."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from monitors.models import Operation
from monitors.models.operation import UNDER_WAY, UNSUCCESSFUL

NEWEST = 2_000  # operations that are looked through


class Tried(NamedTuple):
    """One operation with a reason; the names are the model's."""

    reason: str
    state: str
    settled_at: datetime | None
    shown_by_id: int | None
    actor_name: str
    record_name: str
    username: str
    started_at: datetime

    @property
    def is_open(self) -> bool:
        return self.settled_at is None and self.state in UNDER_WAY

    @property
    def has_failed(self) -> bool:
        return self.state in UNSUCCESSFUL and self.shown_by_id is None


def with_reasons() -> Iterator[Tried]:
    """Those of the newest operations that have one, the newest first."""
    newest = Operation.objects.order_by("-started_at").values_list(*Tried._fields)[:NEWEST]
    return (tried for tried in map(Tried._make, newest) if tried.reason)
