"""Which operation of ours explains a difference that a list shows; none means outside the desk."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import QuerySet

from monitors.gateway.records import Record
from monitors.models import (
    MAY_HAVE_ACTED,
    Attachment,
    MonitorRecord,
    Operation,
    Refresh,
    State,
    Task,
    prepared,
)
from monitors.services.lists import evidence, order
from monitors.services.lists.difference import Placement
from monitors.services.lists.evidence import Evidence, Listed
from monitors.services.lists.mirror import Cause
from monitors.services.lists.order import Order

Matches = Callable[[Operation], bool]


class Attribution:
    """Our operations since the last list that was written whole (asked for at `after`), against one answered at `at`.

    Also those of the last day that a list did not show (`provisional`) and that this list does.
    """

    def __init__(
        self, *, after: datetime | None, at: datetime, listed: Listed, provisional: Sequence[Operation]
    ) -> None:
        self.at, self.listed = at, listed
        self.after = after and min(after, at)  # a clock may have been set back
        explaining = [
            operation
            for operation in self._newest_first([*_since(after or at), *provisional])
            if operation.state in MAY_HAVE_ACTED or evidence.of(operation, listed) is Evidence.SHOWN
        ]
        # A refusal is believed for as long as another operation explains the same.
        self.operations = sorted(explaining, key=lambda operation: operation.state == State.REFUSED)
        self._of_task: dict[str, list[Operation]] = {}
        self._of_customer: dict[str, list[Operation]] = {}
        self._edits: dict[int | None, list[Operation]] = {}
        for operation in self.operations:
            if operation.task == Task.EDIT:
                self._edits.setdefault(operation.record_id, []).append(operation)
            self._of_task.setdefault(operation.task, []).append(operation)
            self._of_customer.setdefault(operation.username, []).append(operation)

    @property
    def is_baseline(self) -> bool:
        """The very first list: nothing in it is a change."""
        return self.after is None

    def outside(self) -> Cause:
        return Cause(at=self.at, after=self.after, is_baseline=self.is_baseline)

    def of_new_record(self, record: Record) -> Cause:
        created = self._latest(Task.CREATE, lambda operation: operation.record_name == record.name)
        renamed = self._latest(Task.EDIT, lambda operation: operation.new_record_name == record.name)
        return self.applied(created or renamed)

    def is_plain(self, placement: Placement) -> bool:
        """Of the very first list, and no operation of ours is about its customer: its cause is `outside`."""
        return self.is_baseline and placement.username not in self._of_customer

    def contradicted_deletion(self, name: str) -> Operation | None:
        """The accepted deletion of a record that the list still shows."""
        return self._latest(
            Task.DELETE,
            lambda operation: operation.record_name == name and operation.state == State.ACCEPTED,
        )

    def of_missing_record(self, row: MonitorRecord) -> Cause:
        deletion = self._latest(Task.DELETE, lambda operation: operation.record_id == row.pk)
        if deletion is not None:
            return self.applied(deletion)
        created = self.creation(row)
        is_exact = created is not None and created.ended_at == row.first_seen
        return self._outside_since(row.first_seen if is_exact else None)

    def creation(self, row: MonitorRecord) -> Operation | None:
        return self._latest(Task.CREATE, lambda operation: operation.record_id == row.pk)

    def edits_of(self, row: MonitorRecord) -> Sequence[Operation]:
        """Those of a record, the newest first."""
        return self._edits.get(row.pk, ())

    def is_shown(self, operation: Operation) -> bool:
        return evidence.of(operation, self.listed) is Evidence.SHOWN

    def of_new_attachment(self, placement: Placement) -> Cause:
        latest = next(
            (operation for operation in self._on(placement) if _decides(operation, placement)), None
        )
        if latest is None or latest.task == Task.APPEND:
            return self.applied(latest)
        return undone(latest) if latest.state == State.ACCEPTED else self.outside()

    def of_ended_attachment(self, attachment: Attachment, placement: Placement) -> Cause:
        """A list without it proves only that it had ended by then: one that SendGrid accepted is never erased."""
        own = attachment.began_by
        began = self._began(attachment)
        own_writes = [operation for operation in self._on(placement) if not _was_over(operation, began)]
        detaches = (operation for operation in own_writes if _detaches(operation, placement))
        detach = next((each for each in detaches if not _is_on_another(each, attachment)), None)
        appends = (each for each in own_writes if each.task == Task.APPEND and not self._is_denied(each))
        move = next(
            (each for each in appends if _moves(each, placement) or _is_on_another(each, attachment)), None
        )
        explained = detach or move
        if explained is None or (own and self._is_older(explained, own, placement)):
            is_exact = attachment.attached_after is None and not attachment.is_baseline
            return self._outside_since(began if is_exact else attachment.attached_after)
        return self.applied(explained)

    def _is_denied(self, append: Operation) -> bool:
        """Whether its outcome is unknown, and this list, which does not show it, settles that it was not applied."""
        is_in_doubt = append.state in (State.PENDING, State.UNKNOWN)
        return is_in_doubt and evidence.of(append, self.listed) in (
            Evidence.NOT_SHOWN,
            Evidence.RECORD_MISSING,
        )

    def _began(self, attachment: Attachment) -> datetime:
        """One in the future was written before a clock was set back: it had begun by the list before this one."""
        at = attachment.attached_at
        return at if at <= self.at else self.after or self.at

    def _is_older(self, explained: Operation, own: Operation, placement: Placement) -> bool:
        """Whether it left before the append that no list has shown yet."""
        return self._is_unconfirmed(own, placement) and not self.is_later(explained, own)

    def _is_unconfirmed(self, own: Operation, placement: Placement) -> bool:
        """Whether it is the customer's latest append: accepted, and no list has shown it yet."""
        is_accepted = own.task == Task.APPEND and own.state == State.ACCEPTED and own.settled_at is None
        latest = next((other for other in self._on(placement) if other.task == Task.APPEND), None)
        return is_accepted and latest is not None and latest.pk == own.pk

    def _outside_since(self, begin: datetime | None) -> Cause:
        """Ended outside, not before it had begun; what a list showed first may have ended while that list came."""
        after = max((moment for moment in (self.after, begin) if moment), default=None)
        return Cause(at=self.at, after=after and min(after, self.at))

    def may_have_deleted(self, name: str) -> bool:
        """Whether a deletion of ours may be why the record is gone."""
        return self._latest(Task.DELETE, lambda operation: operation.record_name == name) is not None

    def may_have_created(self, name: str) -> bool:
        """Whether a create or a rename of ours may be why the record is there."""
        return (
            any(
                (operation.task == Task.CREATE and operation.record_name == name)
                or operation.new_record_name == name
                for task in (Task.CREATE, Task.EDIT)
                for operation in self._of_task.get(task, ())
            )
            or self.contradicted_deletion(name) is not None
        )

    def may_have_begun(self, placement: Placement) -> bool:
        """Whether an append of ours, or a detach that was not carried out, may be why the customer is on."""
        return any(
            _appends(operation, placement) or _detaches(operation, placement)
            for operation in self._on(placement)
        )

    def may_have_ended(self, placement: Placement) -> bool:
        """Whether a detach or a move of ours may be why the customer is off."""
        return any(
            _detaches(operation, placement)
            or (_moves(operation, placement) and not self._is_denied(operation))
            for operation in self._on(placement)
        )

    def renames(self) -> Iterator[Operation]:
        """Edits with a new name, which a list may show to have been applied or not; the oldest first.

        Unsettled ones, and those whose provisional verdict this list shows to be wrong.
        """
        for operation in reversed(self.operations):
            is_open = operation.settled_at is None or operation.state not in MAY_HAVE_ACTED
            if operation.new_record_name and is_open:
                yield operation

    def note_name(self, row: MonitorRecord) -> None:
        """The record has another name than when the operations were read."""
        for operation in self.operations:
            if operation.record is not None and operation.record.pk == row.pk:
                operation.record.name = row.name

    def is_later(self, operation: Operation, other: Operation) -> bool:
        return self.order_of(operation) > self.order_of(other)

    def order_of(self, operation: Operation) -> Order:
        return order.of(operation.left_at, at=self.at)

    def _newest_first(self, operations: Iterable[Operation]) -> list[Operation]:
        rows = {row.pk: row for row in operations}
        return sorted(rows.values(), key=self.order_of, reverse=True)

    def _on(self, placement: Placement) -> Sequence[Operation]:
        """Those on its customer, the newest first: a list may move tens of thousands, and thousands may wait."""
        return self._of_customer.get(placement.username, ())

    def _latest(self, task: Task, matches: Matches) -> Operation | None:
        return next((operation for operation in self._of_task.get(task, ()) if matches(operation)), None)

    def applied(self, operation: Operation | None) -> Cause:
        """Carried out, before this list was answered; None is outside."""
        if operation is None:
            return self.outside()
        ended_at = operation.ended_at if operation.state == State.ACCEPTED else None
        if ended_at is not None and (self.after is None or ended_at >= self.after):
            return Cause(at=ended_at, operation=operation)
        # The last whole list did not show it yet.
        after = max(operation.left_at, self.after) if self.after else operation.left_at
        return Cause(at=self.at, after=min(after, self.at), operation=operation)


def _since(moment: datetime) -> list[Operation]:
    """One by one, because each has its index: together they would read all operations."""
    unsettled = prepared.read("unsettled that may explain", unsettled_ones)
    return unsettled + prepared.read("settled that may explain", settled_since, moment)


def unsettled_ones() -> QuerySet[Operation]:
    return _acting().filter(settled_at=None)


def settled_since(moment: datetime) -> QuerySet[Operation]:
    return _acting().filter(settled_by__in=Refresh.objects.filter(asked_at__gt=moment))


def _acting() -> QuerySet[Operation]:
    return Operation.objects.filter(state__in=MAY_HAVE_ACTED).select_related("actor", "record")


def undone(operation: Operation) -> Cause:
    """Not carried out in spite of its answer: from there on."""
    assert operation.ended_at is not None
    return Cause(at=operation.ended_at, operation=operation)


def _was_over(operation: Operation, moment: datetime) -> bool:
    """Whether it cannot have acted after `moment`."""
    end = operation.ended_at if operation.state == State.ACCEPTED else operation.settled_at
    return end is not None and end < moment


def _decides(operation: Operation, placement: Placement) -> bool:
    """Whether it puts the customer on this record, or has surely taken them off: what came before says no more."""
    if operation.task == Task.APPEND:
        return operation.username == placement.username and placement.record in _names(operation)
    return _detaches(operation, placement) and operation.state in (State.ACCEPTED, State.CONFIRMED)


def _detaches(operation: Operation, placement: Placement) -> bool:
    is_detach = operation.task == Task.DETACH and operation.username == placement.username
    return is_detach and (not operation.record_name or placement.record in _names(operation))


def _appends(operation: Operation, placement: Placement) -> bool:
    is_append = operation.task == Task.APPEND and operation.username == placement.username
    return is_append and placement.record in _names(operation)


def _moves(operation: Operation, placement: Placement) -> bool:
    is_append = operation.task == Task.APPEND and operation.username == placement.username
    return is_append and placement.record not in _names(operation)


def _is_on_another(operation: Operation, attachment: Attachment) -> bool:
    """Whether it is about another record that is still there: a name may have gone from one to the other meanwhile."""
    record = operation.record
    return record is not None and record.pk != attachment.record_id and record.gone_at is None


def _names(operation: Operation) -> tuple[str, str]:
    """The record's name when the operation began, and its name now."""
    return operation.record_name, operation.record.name if operation.record else ""
