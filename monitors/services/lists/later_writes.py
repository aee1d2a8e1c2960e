"""Later writes: which operations changed the same again before a list, so that it can tell nothing of the earlier."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from monitors.models import MAY_HAVE_ACTED, RECORD_TASKS, Operation, Refresh, Task
from monitors.services.lists import order
from monitors.services.lists.order import Order

COLUMNS = (
    *("state", "task", "record_id", "record_name", "new_record_name", "username"),
    *("claimed_at", "settled_by_id"),
)
Target = tuple[str, Hashable]  # what kind of key, and the key
Write = tuple[Order, int | None]  # when it left, and the list that judged it


@dataclass(frozen=True, slots=True)
class LaterWrites:
    """What was written to each target; read at once for all operations that a list judges together."""

    refresh: Refresh
    writes: dict[Target, list[Write]] = field(default_factory=dict)

    @classmethod
    def than(cls, operations: Sequence[Operation], refresh: Refresh) -> "LaterWrites":
        """Operations that left after the first of these (which are in order), until the list was answered."""
        later = cls(refresh)
        if operations:
            for state, *written, left_at, judged_by in later._rows(operations):
                if state in MAY_HAVE_ACTED:
                    write = later._order(left_at), judged_by
                    for target in _written(*written):
                        later.writes.setdefault(target, []).append(write)
        return later

    def _rows(self, operations: Sequence[Operation]) -> QuerySet[Operation, Any]:
        """Of any state: asked for states, SQLite reads all operations that were ever confirmed."""
        same = Q(username__in={operation.username for operation in operations} - {""})
        window = Q(claimed_at__gt=operations[0].left_at, claimed_at__lte=self._until)
        if operations[-1].left_at > self._until:  # told before the clock was set back
            judged_by = min(map(self._judged_by, operations))
            window = (
                Q(claimed_at__gt=operations[0].left_at) | Q(settled_at=None) | Q(settled_by__gte=judged_by)
            )
        return Operation.objects.filter(window, same | Q(task__in=RECORD_TASKS)).values_list(*COLUMNS)

    @property
    def _until(self) -> datetime:
        return self.refresh.answered_at or self.refresh.asked_at

    def _order(self, left_at: datetime) -> Order:
        return order.of(left_at, at=self._until)

    def _judged_by(self, operation: Operation) -> int:
        return operation.settled_by_id or self.refresh.pk

    def supersede(self, operation: Operation) -> bool:
        left, judged_by = self._order(operation.left_at), self._judged_by(operation)
        writes = (write for target in _targets(operation) for write in self.writes.get(target, ()))
        # Across a clock that was set back a moment proves nothing: what a list had judged before was over before.
        return any(
            when > left and (when.is_past == left.is_past or (by or judged_by) >= judged_by)
            for when, by in writes
        )


def _written(task: str, record_id: int | None, name: str, new_name: str, username: str) -> list[Target]:
    """The targets under which an operation is looked for by earlier ones."""
    targets: list[Target] = [("customer", username)]
    if task in RECORD_TASKS:
        targets += [("name", name), ("name", new_name), ("record", record_id)]
    if task == Task.DELETE:
        targets.append(("deleted", record_id))
    return targets


def _targets(operation: Operation) -> list[Target]:
    """Where a later operation would be that makes this one untellable."""
    if operation.task in RECORD_TASKS:
        names = (operation.record_name, operation.new_record_name)
        keys: list[Target] = [("name", name) for name in names if name]
        return keys + ([("record", operation.record_id)] if operation.record_id is not None else [])
    keys = [("customer", operation.username)]
    if operation.task == Task.APPEND and operation.record_id is not None:
        keys.append(("deleted", operation.record_id))
    return keys
