"""Writing a difference into the mirror, in transactions of at most a thousand rows.

Each transaction takes the writers' lock, proves that the lease is still ours, and leaves out
what our own operations touched since the list was asked for.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import transaction

from monitors.gateway.records import Record
from monitors.models import Attachment, Customer, MonitorRecord, Operation, Refresh
from monitors.services import audit, difference, lease, mirror
from monitors.services.difference import Difference, Pair, content_hash
from monitors.services.explain import Explainer
from monitors.services.mirror import Cause, Stay
from monitors.services.protect import Protected, protected

PAUSE = 0.02  # seconds between transactions: SQLite's lock is not fair to those who wait
T = TypeVar("T")


class Writer:
    """Writes one list's difference; afterwards `is_partial` says whether something had to be left out."""

    def __init__(self, refresh: Refresh, explainer: Explainer, holder: str) -> None:
        self.refresh = refresh
        self.explainer = explainer
        self.holder = holder
        self.unfinished: set[str] = set()  # records of which something had to be left out
        self.written = 0

    @property
    def is_partial(self) -> bool:
        return bool(self.unfinished)

    def write(self, found: Difference) -> None:
        self._each(found.new, self._add)
        self._each(found.changed, self._change)
        self._each(found.end, self._end)
        self._each(found.begin, self._begin)
        self._each(found.gone, self._remove)
        self._each(found.compared, self._remember)

    @contextmanager
    def locked(self) -> Iterator[Protected]:
        """One transaction under the writers' lock; raises lease.Lost when the lease has passed on."""
        with transaction.atomic():
            audit.lock()
            lease.renew(self.holder)
            yield protected(self.refresh.asked_at)

    def _each(self, items: list[T], write: Callable[[list[T], Protected], None]) -> None:
        for chunk in difference.chunks(items):
            with self.locked() as kept:
                write(chunk, kept)
            time.sleep(PAUSE)

    def _free(self, records: list[Record], kept: Protected) -> list[Record]:
        free = [record for record in records if not kept.covers(record.name)]
        self.unfinished |= {record.name for record in records} - {record.name for record in free}
        return free

    def _add(self, records: list[Record], kept: Protected) -> None:
        fresh: list[tuple[MonitorRecord, Cause]] = []
        added: list[tuple[MonitorRecord, Cause]] = []
        for record in self._free(records, kept):
            if mirror.living_record(record.name) is not None:  # a rename was followed
                self._change([record], kept)
                continue
            deletion = self.explainer.wrongly_deleted(record.name)
            if deletion is not None and deletion.record is not None:
                row, cause = (
                    deletion.record,
                    Cause(at=deletion.ended_at or self.explainer.at, operation=deletion),
                )
                mirror.revive_record(row, email=record.email, frequency=record.frequency, cause=cause)
            else:
                cause = self.explainer.new(record)
                row = mirror.new_record(record.name, record.email, record.frequency, cause)
                fresh.append((row, cause))
            added.append((row, cause))
        mirror.add_records(fresh)
        self._tell([self._record_event("appeared", row, cause, fields=_fields(row)) for row, cause in added])

    def _change(self, records: list[Record], kept: Protected) -> None:
        rows = _rows([record.name for record in records])
        events: list[audit.Event] = []
        for record in self._free(records, kept):
            row = rows.get(record.name)
            if row is None or (row.email, row.frequency) == (record.email, record.frequency):
                continue
            cause = self.explainer.changed(row, record)
            details = {"before": _fields(row), "after": _fields(record)}
            mirror.change_record(
                row, name=row.name, email=record.email, frequency=record.frequency, cause=cause
            )
            events.append(self._record_event("edited", row, cause, **details))
        self._tell(events)

    def _end(self, pairs: list[Pair], kept: Protected) -> None:
        stays = _stays(pairs)
        ended: list[tuple[Attachment, Cause]] = []
        for pair in self._free_pairs(pairs, kept):
            stay = stays.get(pair)
            if stay is not None:
                ended.append((stay, self.explainer.end(stay, pair)))
        mirror.end_stays(ended)
        self._tell([self._stay_event("detached", stay.record, stay.customer, cause) for stay, cause in ended])

    def _begin(self, pairs: list[Pair], kept: Protected) -> None:
        rows = _rows([pair.record for pair in pairs])
        there = _stays(pairs)
        wanted = [it for it in self._free_pairs(pairs, kept) if it.record in rows and it not in there]
        known = mirror.customers([pair.username for pair in wanted], self.explainer.at)
        begun = [self._stay(rows[it.record], known[it.username], self.explainer.begin(it)) for it in wanted]
        mirror.begin_stays(begun)
        self._tell([self._stay_event("attached", it.record, it.customer, it.cause) for it in begun])

    @staticmethod
    def _stay(record: MonitorRecord, customer: Customer, cause: Cause) -> Stay:
        return Stay(record, customer, cause, mirror.wrongly_ended(record, customer, cause.operation))

    def _free_pairs(self, pairs: list[Pair], kept: Protected) -> list[Pair]:
        free = [pair for pair in pairs if not kept.covers(pair.record, pair.username)]
        self.unfinished |= {pair.record for pair in set(pairs) - set(free)}
        return free

    def _remove(self, names: list[str], kept: Protected) -> None:
        free = [name for name in names if not kept.covers(name)]
        rows = [row for row in _rows(free).values() if not row.customer_count]
        self.unfinished |= set(names) - {row.name for row in rows}
        gone = [(row, self.explainer.gone(row)) for row in rows]
        mirror.end_records(gone)
        self._tell([self._record_event("vanished", row, cause, fields=_fields(row)) for row, cause in gone])

    def _remember(self, records: list[Record], kept: Protected) -> None:
        """Store the hash of what now stands in the mirror just as it stands in the list."""
        finished = [it for it in records if it.name not in self.unfinished and not kept.covers_any(it)]
        hashes = {it.name: content_hash(it) for it in finished if it.users is not None}
        rows = list(_rows(list(hashes)).values())
        for row in rows:
            row.content_hash = hashes[row.name]
        MonitorRecord.objects.bulk_update(rows, ["content_hash"], batch_size=mirror.BATCH)

    def follow_renames(self, listed: Collection[str]) -> bool:
        """A record renamed by an operation of ours, or wrongly believed to be, keeps its row. True if any was."""
        followed = [self._follow(operation, listed) for operation in self.explainer.renames()]
        return any(followed)

    def _follow(self, operation: Operation, listed: Collection[str]) -> bool:
        old, new = operation.record_name, operation.new_record_name
        with self.locked() as kept:
            row = _living(operation.record)
            target = {old: new, new: old}.get(row.name) if row else None
            if row is None or target is None or kept.covers(old) or kept.covers(new):
                return False
            if row.name in listed or target not in listed or mirror.living_record(target) is not None:
                return False
            self._rename(row, target, operation)
        return True

    def _rename(self, row: MonitorRecord, target: str, operation: Operation) -> None:
        is_undone = target == operation.record_name
        at = operation.ended_at if is_undone and operation.ended_at else self.explainer.at
        cause = Cause(at=at, after=None if is_undone else operation.started_at, operation=operation)
        before = _fields(row)
        mirror.change_record(row, name=target, email=row.email, frequency=row.frequency, cause=cause)
        details = {"before": before, "after": _fields(row)}
        self._tell([self._record_event("edited", row, cause, **details)])

    def _record_event(self, change: str, row: MonitorRecord, cause: Cause, **details: Any) -> audit.Event:
        return self._event(change, cause, record_id=row.pk, record_name=row.name, **details)

    def _stay_event(
        self, change: str, record: MonitorRecord, customer: Customer, cause: Cause
    ) -> audit.Event:
        return self._event(
            change,
            cause,
            record_id=record.pk,
            record_name=record.name,
            customer_id=customer.pk,
            username=customer.username,
        )

    def _event(self, change: str, cause: Cause, **columns: Any) -> audit.Event:
        details = {key: columns.pop(key) for key in ("before", "after", "fields") if key in columns}
        operation = cause.operation
        window = {"after": cause.after.isoformat() if cause.after else None, "at": cause.at.isoformat()}
        return audit.Event(
            kind="list.difference",
            actor_name=operation.actor_name if operation else "",
            actor_id=operation.actor_id if operation else None,
            source="refresh" if operation else "outside",
            operation_id=operation.uuid if operation else None,
            refresh_id=self.refresh.pk,
            details={"change": change, "window": window} | details,
            **columns,
        )

    def _tell(self, events: Sequence[audit.Event]) -> None:
        self.written += len(events)
        if self.explainer.after is not None:  # the first list is one event, not one a row
            audit.write_all(events)


def _living(record: MonitorRecord | None) -> MonitorRecord | None:
    return MonitorRecord.objects.filter(pk=record.pk, gone_at=None).first() if record else None


def _fields(record: Record | MonitorRecord) -> dict[str, str | int | None]:
    return {"name": record.name, "email": record.email, "frequency": record.frequency}


def _rows(names: list[str]) -> dict[str, MonitorRecord]:
    return {row.name: row for row in MonitorRecord.objects.filter(name__in=set(names), gone_at=None)}


def _stays(pairs: list[Pair]) -> dict[Pair, Attachment]:
    living = Attachment.objects.filter(
        detached_at=None,
        record__in=[row.pk for row in _rows([pair.record for pair in pairs]).values()],
        customer__username__in={pair.username for pair in pairs},
    )
    found = living.select_related("record", "customer", "began_by")
    return {Pair(stay.record.name, stay.customer.username): stay for stay in found}
