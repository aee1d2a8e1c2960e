"""Which operation of ours explains a difference that a list shows; None means outside the desk."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.db.models import Q

from monitors.gateway.records import Record
from monitors.models import Attachment, MonitorRecord, Operation, State, Task
from monitors.services.difference import Pair
from monitors.services.mirror import Cause

_MAY_HAVE_ACTED = (State.PENDING, State.UNKNOWN, State.ACCEPTED, State.CONFIRMED)


class Explainer:
    """Our operations since the last list that was written whole (asked for at `after`), against one answered at `at`.

    An accepted operation that the list contradicts explains its own undoing: the change is
    dated back to where the operation ended, so that history never shows what never was.
    """

    def __init__(self, *, after: datetime | None, at: datetime) -> None:
        self.at = at
        self.after = after
        since = Q(settled_at=None) | Q(settled_by__asked_at__gt=after or at)
        newest_first = Operation.objects.filter(since, state__in=_MAY_HAVE_ACTED).order_by("-started_at")
        self.operations = list(newest_first.select_related("actor", "record"))

    def outside(self) -> Cause:
        return Cause(at=self.at, after=self.after, is_baseline=self.after is None)

    def new(self, record: Record) -> Cause:
        created = self._first(Task.CREATE, lambda it: it.record_name == record.name)
        renamed = self._first(Task.EDIT, lambda it: it.new_record_name == record.name)
        return self._applied(created or renamed) or self.outside()

    def wrongly_deleted(self, name: str) -> Operation | None:
        """The accepted deletion of a record that the list still shows."""
        return self._first(Task.DELETE, lambda it: it.record_name == name and it.state == State.ACCEPTED)

    def gone(self, row: MonitorRecord) -> Cause:
        created = self._first(Task.CREATE, lambda it: it.record_id == row.pk and it.state == State.ACCEPTED)
        if created is not None:
            return Cause(at=row.first_seen, operation=created)
        deleted = self._first(Task.DELETE, lambda it: it.record_id == row.pk)
        return self._applied(deleted) or self.outside()

    def changed(self, row: MonitorRecord, record: Record) -> Cause:
        edited = self._first(Task.EDIT, lambda it: it.record_id == row.pk)
        if edited is None:
            return self.outside()
        if _asked_for(edited, record):
            return self._applied(edited) or self.outside()
        was_before = (edited.before.get("email"), edited.before.get("frequency"))
        if edited.state == State.ACCEPTED and was_before == (record.email, record.frequency):
            return _undone(edited)
        return self.outside()

    def begin(self, pair: Pair) -> Cause:
        appended = self._first(
            Task.APPEND, lambda it: it.username == pair.username and pair.record in _names(it)
        )
        if appended is not None:
            return self._applied(appended) or self.outside()
        detached = self._first(Task.DETACH, lambda it: _detaches(it, pair) and it.state == State.ACCEPTED)
        return _undone(detached) if detached else self.outside()

    def end(self, stay: Attachment, pair: Pair) -> Cause:
        own = stay.began_by
        if own is not None and self._is_unshown(own, pair):
            return Cause(at=stay.attached_at, operation=own)  # the stay never was
        detached = self._first(Task.DETACH, lambda it: _detaches(it, pair))
        moved = self._first(
            Task.APPEND, lambda it: it.username == pair.username and pair.record not in _names(it)
        )
        return self._applied(detached or moved) or self.outside()

    def _is_unshown(self, own: Operation, pair: Pair) -> bool:
        """The customer's latest append: accepted, and no list has shown it yet."""
        is_waiting = own.task == Task.APPEND and own.state == State.ACCEPTED and own.settled_at is None
        latest = self._first(Task.APPEND, lambda it: it.username == pair.username)
        return is_waiting and latest is not None and latest.pk == own.pk

    def deletes(self, name: str) -> bool:
        """Whether a deletion of ours may be why the record is gone."""
        return self._first(Task.DELETE, lambda it: it.record_name == name) is not None

    def takes_off(self, pair: Pair) -> bool:
        """Whether a detach or a move of ours may be why the customer is off."""
        return any(
            _detaches(it, pair) if it.task == Task.DETACH else _moves(it, pair) for it in self.operations
        )

    def renames(self) -> Iterator[Operation]:
        """Edits with a new name, that a list may show to have been applied or not, the oldest first."""
        for operation in reversed(self.operations):
            if operation.new_record_name and operation.settled_at is None:
                yield operation

    def _first(self, task: Task, matches: Callable[[Operation], bool]) -> Operation | None:
        return next((it for it in self.operations if it.task == task and matches(it)), None)

    def _applied(self, operation: Operation | None) -> Cause | None:
        if operation is None:
            return None
        if operation.state == State.ACCEPTED and operation.ended_at is not None:
            return Cause(at=operation.ended_at, operation=operation)
        return Cause(at=self.at, after=operation.started_at, operation=operation)


def _undone(operation: Operation) -> Cause:
    assert operation.ended_at is not None
    return Cause(at=operation.ended_at, operation=operation)


def _asked_for(edit: Operation, record: Record) -> bool:
    email = edit.parameters.get("new_email", record.email)
    frequency = edit.parameters.get("new_frequency", str(record.frequency))
    return (email, frequency) == (record.email, str(record.frequency))


def _detaches(operation: Operation, pair: Pair) -> bool:
    return operation.username == pair.username and (
        not operation.record_name or pair.record in _names(operation)
    )


def _names(operation: Operation) -> Iterable[str]:
    """A record's name when the operation began, and its name now."""
    return (operation.record_name, operation.record.name if operation.record else "")


def _moves(operation: Operation, pair: Pair) -> bool:
    is_append = operation.task == Task.APPEND and operation.username == pair.username
    return is_append and pair.record not in _names(operation)
