"""The queue of what was asked for and has not left: its rows are the operations themselves.

Who claims holds the writers' lock, so that several workers on several machines never take the same one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from monitors.models import RECORD_TASKS, AuditChain, Operation, State, fixed, prepared
from monitors.models.saving import save_each
from monitors.services import clock, ends, targets, writers_lock
from monitors.services.operations import latest_end
from monitors.services.outbound import throttle
from monitors.services.outbound.spool import CallEnd
from monitors.services.outbound.throttle import Turns

CLOCK_SLACK = timedelta(seconds=5)
# As they were asked for. Without the ORM: a plan may have queued hundreds, and each claim reads them.
_SELECT = """
    SELECT uuid, state = 'queued', task, record_id, record_name, new_record_name, username, change_id, is_insisted,
        state = 'queued' AND (send_by < {now} OR send_by > {latest}), {now}
    FROM monitors_operation
    WHERE settled_at IS NULL AND state IN ('queued', 'pending', 'unknown')
    ORDER BY started_at, uuid
"""
# By the time that is known, or by the database's when it is asked.
AT = _SELECT.format(now="%(now)s", latest="%(latest)s")
NOW = _SELECT.format(now="statement_timestamp()", latest="statement_timestamp() + %(ahead)s")


@dataclass(frozen=True, slots=True)
class Claimed:
    """An operation whose call may leave now; `at` is when it was claimed, by the stopwatch."""

    operation: Operation
    at: float


class _Row(NamedTuple):
    """One operation that is queued or in the way of others; `pk` as the database has it."""

    pk: Any
    is_queued: bool
    task: str
    record_id: int | None
    record_name: str
    new_record_name: str
    username: str
    change_id: int | None
    is_insisted: bool
    is_overdue: bool
    read_at: Any  # as the database has it

    @property
    def own_keys(self) -> list[object]:
        """Its record, by its names and by its row."""
        return [key for key in (self.record_name, self.new_record_name, self.record_id) if key]


@dataclass(slots=True)
class _Ahead:
    """What is ahead of an operation: the same rule as Operation.objects.in_the_way, without a statement for each."""

    touched: dict[object, Any] = field(default_factory=dict)
    changed: dict[object, Any] = field(default_factory=dict)
    customers: dict[str, Any] = field(default_factory=dict)

    def of(self, row: _Row) -> Any:
        """One that it must wait for."""
        records = self.touched if row.task in RECORD_TASKS else self.changed
        on_customer = self.customers.get(row.username)
        if on_customer is not None or not records:
            return on_customer
        return next((records[key] for key in row.own_keys if key in records), None)

    def add(self, row: _Row) -> None:
        if row.username:
            self.customers.setdefault(row.username, row.pk)
        for records in (self.touched, self.changed) if row.task in RECORD_TASKS else (self.touched,):
            for key in row.own_keys:
                records.setdefault(key, row.pk)


@dataclass(frozen=True, slots=True)
class _Queue:
    """What is queued: whose turn it is, single ones first, and whose time is over, each with what it waited for.

    `now`: when it was read.
    """

    now: datetime
    ready: list[_Row]
    overdue: list[tuple[Any, Any]]


def is_ready(senders: int) -> bool:
    """Whether a claim would do something, looked up without the lock: `senders` are free."""
    queue = _read()
    if queue.overdue or not queue.ready or not senders:
        return bool(queue.overdue)
    return throttle.turns(queue.now, len(queue.ready), is_insisted=_is_insisted(queue.ready)).count > 0


def claim(chain: AuditChain, senders: int) -> list[Claimed]:
    """Under the caller's lock: at most as many as senders are free, with their calls' turns at the throttle.

    Committed before a call leaves: they are pending. What waited for too long or no longer holds is not sent.
    """
    began, queue = clock.stopwatch(), _read()
    now = queue.now
    if queue.overdue:
        _give_up(chain, queue)
    if not queue.ready or not senders:
        return []
    chosen = queue.ready[:senders]
    turns = throttle.take(now, len(chosen), is_insisted=_is_insisted(chosen))
    operations = _load([row.pk for row in _allowed(chosen, turns)])
    good = _still_right(chain, operations, now)
    _mark(good, now)
    return [Claimed(operation, began) for operation in good]


def expire() -> int:
    """Say of those that nobody could send in time that they are not sent; for whoever has no senders."""
    count = 0
    while is_ready(0):
        with transaction.atomic():
            chain, queue = writers_lock.take(), _read()
            _give_up(chain, queue)
        count += len(queue.overdue)
    return count


def give_back(operations: Sequence[Operation]) -> None:
    """Claimed ones whose call this process has surely not begun wait for their turn again."""
    with transaction.atomic():
        writers_lock.take()
        pending = Operation.objects.filter(pk__in=[row.pk for row in operations], state=State.PENDING)
        pending.update(state=State.QUEUED, claimed_at=None)


def _read() -> _Queue:
    """In the order in which they were asked for; each waits for what is ahead of it on its record or customer."""
    now, rows = _rows()
    ahead, queue = _Ahead(), _Queue(now, [], [])
    for row in rows:
        blocking = ahead.of(row)
        if row.is_overdue:
            if len(queue.overdue) < settings.PACE.transaction_operations:
                queue.overdue.append((row.pk, blocking))
            continue
        if row.is_queued and blocking is None:
            queue.ready.append(row)
        ahead.add(row)
    queue.ready.sort(key=lambda row: (not row.is_insisted, row.change_id is not None))  # stable
    return queue


def _rows() -> tuple[datetime, list[_Row]]:
    """With the time of the database, by one statement where there is one.

    A moment further ahead than it can be is from before a clock was set back, and has passed.
    """
    ahead = timedelta(seconds=settings.SEND_WITHIN) + CLOCK_SLACK
    if connection.vendor == "postgresql" and clock.is_of_the_database():
        rows = _select(NOW, {"ahead": ahead})
        return (rows[0].read_at if rows else clock.now()), rows
    now = clock.now()
    moments = {"now": now, "latest": now + ahead}
    adapted = {key: connection.ops.adapt_datetimefield_value(at) for key, at in moments.items()}
    return now, _select(AT, adapted)


def _select(sql: str, values: dict[str, Any]) -> list[_Row]:
    with fixed.cursor() as cursor:
        cursor.execute(sql, values)
        return list(map(_Row._make, cursor.fetchall()))


def _is_insisted(rows: Iterable[_Row]) -> bool:
    return any(row.is_insisted for row in rows)


def _allowed(rows: list[_Row], turns: Turns) -> list[_Row]:
    """While the circuit is broken only one goes, and before its time only one that somebody insists on."""
    return [row for row in rows if row.is_insisted or not turns.is_for_insisted][: turns.count]


def _load(keys: list[Any]) -> list[Operation]:
    rows = prepared.of_keys("to be sent", _whole, [_uuid(key) for key in keys])
    found = {row.pk: row for row in rows}
    people = {row.actor_id: row.actor for row in found.values()}
    for operation in found.values():
        operation.actor = people[operation.actor_id]  # one of each, whose roles are read once
    return [found[_uuid(key)] for key in keys]


def _whole(*keys: UUID) -> QuerySet[Operation]:
    return Operation.objects.select_related("record", "customer", "actor").filter(pk__in=keys)


def _uuid(key: Any) -> UUID:
    return key if isinstance(key, UUID) else UUID(key)


def _still_right(chain: AuditChain, operations: list[Operation], now: datetime) -> list[Operation]:
    """Those that the mirror has nothing against by now; the others are not sent."""
    good: list[Operation] = []
    refused: list[ends.Ended] = []
    for operation, target in zip(operations, targets.find_each(operations), strict=True):
        if target.problem is not None:
            refused.append((operation, CallEnd(state=State.NOT_SENT, note=target.problem.message)))
            continue
        before = operation.before | target.before
        if (operation.customer_id, operation.before) != (target.customer_id, before):
            operation.customer_id, operation.before = target.customer_id, before
            operation.save(update_fields=["customer", "before"])
        good.append(operation)
    ends.close(chain, refused, now)
    return good


def _mark(operations: list[Operation], now: datetime) -> None:
    for operation in operations:
        operation.state, operation.claimed_at, operation.deadline_at = State.PENDING, now, latest_end(now)
    save_each(operations, ("state", "claimed_at", "deadline_at"))


def _give_up(chain: AuditChain, queue: _Queue) -> None:
    rows = Operation.objects.select_related("actor").in_bulk(
        {key for pair in queue.overdue for key in pair if key is not None}
    )
    held_back = throttle.turns(queue.now, 1, is_insisted=False).why
    notes = (
        (rows[_uuid(pk)], _why_late(rows[_uuid(blocking)] if blocking else None, held_back))
        for pk, blocking in queue.overdue
    )
    ends.close(chain, [(row, CallEnd(state=State.NOT_SENT, note=note)) for row, note in notes], queue.now)


def _why_late(blocking: Operation | None, held_back: str) -> str:
    text = f"Nobody could send it within {settings.SEND_WITHIN:g} s"
    if blocking is not None:
        return f"{text}: it waited for an earlier one that is not settled, {blocking.brief}."
    return f"{text}: {held_back or 'no sender was free for it'}."
