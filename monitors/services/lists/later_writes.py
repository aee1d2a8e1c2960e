"""Later writes: which operations changed the same again before a list, so that it can tell nothing of the earlier."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from monitors.models import MAY_HAVE_ACTED, RECORD_TASKS, Operation, Task

COLUMNS = ("task", "record_id", "record_name", "new_record_name", "username", "claimed_at")
Target = tuple[str, Hashable]  # what kind of key, and the key


@dataclass(frozen=True, slots=True)
class LaterWrites:
    """When each target was last written to; read at once for all operations that are judged together."""

    latest: dict[Target, datetime] = field(default_factory=dict)

    @classmethod
    def than(cls, operations: Sequence[Operation], *, until: datetime) -> "LaterWrites":
        """Operations that left after the first of these (which are in order) and up to `until`."""
        if not operations:
            return cls()
        same = Q(username__in={operation.username for operation in operations} - {""})
        window = Q(claimed_at__gt=operations[0].left_at, claimed_at__lte=until, state__in=MAY_HAVE_ACTED)
        rows = Operation.objects.filter(window, same | Q(task__in=RECORD_TASKS))
        later = cls()
        for row in rows.order_by("claimed_at").values_list(*COLUMNS):
            later.latest.update(dict.fromkeys(_written(*row[:-1]), row[-1]))
        return later

    def supersede(self, operation: Operation) -> bool:
        left = operation.left_at
        return any(self.latest.get(target, left) > left for target in _targets(operation))


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
