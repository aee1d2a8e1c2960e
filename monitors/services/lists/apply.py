"""Writing a difference into the mirror, in short transactions (PACE.transaction_time).

Each transaction takes the writers' lock, proves that the lease is still ours, and leaves out
what our own operations touched since the list was asked for.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction

from monitors.gateway.records import Record
from monitors.models import Attachment, Kind, MonitorRecord, Operation, Refresh, State
from monitors.services import writers_lock
from monitors.services.lists import difference, lease, mirror, recent_writes
from monitors.services.lists.attribution import Attribution
from monitors.services.lists.difference import Difference, Placement, content_hash
from monitors.services.lists.mirror import Cause, NewAttachment
from monitors.services.lists.recent_writes import EndedBefore, RecentWrites
from monitors.services.log import audit

T = TypeVar("T")


class MirrorWriter:
    """Writes one list's difference; afterwards `is_partial` says whether something had to be left out."""

    def __init__(
        self, refresh: Refresh, attribution: Attribution, holder: str, ended_before: EndedBefore
    ) -> None:
        self.refresh = refresh
        self.attribution = attribution
        self.holder = holder
        self.ended_before = ended_before
        self.unfinished: set[str] = set()  # records of which something had to be left out
        self.event_count = 0

    @property
    def is_partial(self) -> bool:
        return bool(self.unfinished)

    def write(self, changes: Difference) -> None:
        self._in_chunks(changes.new_records, self._add)
        self._in_chunks(changes.changed_records, self._change)
        self._in_chunks(changes.ended_placements, self._end)
        self._in_chunks(changes.new_placements, self._begin)
        self._in_chunks(changes.missing_names, self._remove)
        self._in_chunks(changes.compared_records, self._store_hashes)

    @contextmanager
    def locked(self) -> Iterator[RecentWrites]:
        """One transaction under the writers' lock; raises lease.Lost when the lease has passed on."""
        with transaction.atomic():
            writers_lock.take()
            lease.renew(self.holder)
            yield recent_writes.since(self.refresh.asked_at, ended_before=self.ended_before)

    def _in_chunks(self, items: list[T], write: Callable[[list[T], RecentWrites], None]) -> None:
        """Each transaction takes as many chunks as fit into PACE.transaction_time, at least one."""
        chunks = difference.chunks(items)
        chunk = next(chunks, None)
        while chunk is not None:
            with self.locked() as recent:
                ends_at = time.monotonic() + settings.PACE.transaction_time.total_seconds()
                while chunk is not None:
                    write(chunk, recent)
                    chunk = next(chunks, None)
                    if time.monotonic() >= ends_at:
                        break
            self.pause()

    @staticmethod
    def pause() -> None:
        time.sleep(settings.PACE.transaction_pause.total_seconds())

    def _free_records(self, records: list[Record], recent: RecentWrites) -> list[Record]:
        free = [record for record in records if not recent.covers(record.name)]
        self.unfinished |= {record.name for record in records} - {record.name for record in free}
        return free

    def _free_placements(self, placements: list[Placement], recent: RecentWrites) -> list[Placement]:
        free = [
            placement for placement in placements if not recent.covers(placement.record, placement.username)
        ]
        self.unfinished |= {placement.record for placement in set(placements) - set(free)}
        return free

    def _add(self, records: list[Record], recent: RecentWrites) -> None:
        new: list[tuple[MonitorRecord, Cause]] = []
        revived: list[tuple[MonitorRecord, Cause]] = []
        for record in self._free_records(records, recent):
            if MonitorRecord.objects.named(record.name) is not None:  # a rename was followed
                self._change([record], recent)
            elif (former := self._revived(record)) is not None:
                revived.append(former)
            else:
                cause = self.attribution.of_new_record(record)
                new.append((mirror.new_record(record.name, record.email, record.frequency, cause), cause))
        mirror.add_records(new)
        self._log(
            [self._record_event("appeared", row, cause, fields=_fields(row)) for row, cause in new + revived]
        )

    def _revived(self, record: Record) -> tuple[MonitorRecord, Cause] | None:
        """The record that a deletion of ours had ended and that the list shows again under its name."""
        deletion = self.attribution.contradicted_deletion(record.name)
        if deletion is None or deletion.record_id is None:
            return None
        # Read anew: it may have been revived or renamed since the operations were read.
        ended = MonitorRecord.objects.exclude(gone_at=None)
        row = ended.filter(pk=deletion.record_id, name=record.name).first()
        if row is None:
            return None
        cause = Cause(at=deletion.ended_at or self.attribution.at, operation=deletion)
        mirror.revive_record(row, email=record.email, frequency=record.frequency, cause=cause)
        return row, cause

    def _change(self, records: list[Record], recent: RecentWrites) -> None:
        rows = _rows([record.name for record in records])
        events: list[audit.Event] = []
        for record in self._free_records(records, recent):
            row = rows.get(record.name)
            if row is None or (row.email, row.frequency) == (record.email, record.frequency):
                continue
            cause = self.attribution.of_changed_record(row, record)
            details = {"before": _fields(row), "after": _fields(record)}
            mirror.change_record(
                row, name=row.name, email=record.email, frequency=record.frequency, cause=cause
            )
            events.append(self._record_event("edited", row, cause, **details))
        self._log(events)

    def _end(self, placements: list[Placement], recent: RecentWrites) -> None:
        lasting = _lasting(placements)
        ends: list[tuple[Attachment, Cause]] = []
        for placement in self._free_placements(placements, recent):
            attachment = lasting.get(placement)
            if attachment is not None:
                ends.append((attachment, self.attribution.of_ended_attachment(attachment, placement)))
        mirror.close_attachments(ends)
        self._log(
            [
                self._attachment_event("detached", attachment, cause, **_doubt(attachment.began_by, cause))
                for attachment, cause in ends
            ]
        )

    def _begin(self, placements: list[Placement], recent: RecentWrites) -> None:
        rows = _rows([placement.record for placement in placements])
        lasting = _lasting(placements)
        missing = [
            placement
            for placement in self._free_placements(placements, recent)
            if placement.record in rows and placement not in lasting
        ]
        customers = mirror.customers([placement.username for placement in missing], self.attribution.at)
        new: list[NewAttachment] = []
        for placement in missing:
            record, customer = rows[placement.record], customers[placement.username]
            cause = self._cause_of_beginning(placement, record)
            former = mirror.ended_by_detach(record, customer, cause.operation)
            new.append(NewAttachment(record, customer, cause, former))
        mirror.open_attachments(new)
        self._log([self._attachment_event("attached", attachment, attachment.cause) for attachment in new])

    def _cause_of_beginning(self, placement: Placement, record: MonitorRecord) -> Cause:
        cause = self.attribution.of_new_attachment(placement)
        is_older = (
            cause.at < record.first_seen
        )  # it was about another record of this name, or of a former one
        return self.attribution.outside() if is_older else cause

    def _remove(self, names: list[str], recent: RecentWrites) -> None:
        free = [name for name in names if not recent.covers(name)]
        rows = [row for row in _rows(free).values() if not row.customer_count]
        self.unfinished |= set(names) - {row.name for row in rows}
        ends = [(row, self.attribution.of_missing_record(row)) for row in rows]
        mirror.end_records(ends)
        self._log(
            [
                self._record_event(
                    "vanished",
                    row,
                    cause,
                    fields=_fields(row),
                    **_doubt(self.attribution.creation(row), cause),
                )
                for row, cause in ends
            ]
        )

    def _store_hashes(self, records: list[Record], recent: RecentWrites) -> None:
        """Store the hash of what now stands in the mirror just as it stands in the list."""
        hashes = {
            record.name: content_hash(record)
            for record in records
            if record.name not in self.unfinished
            and not recent.covers_any(record)
            and record.users is not None
        }
        rows = list(_rows(list(hashes)).values())
        for row in rows:
            row.content_hash = hashes[row.name]
        MonitorRecord.objects.bulk_update(rows, ["content_hash"], batch_size=mirror.INSERT_ROWS)

    def follow_renames(self, listed: Collection[str]) -> bool:
        """A record renamed by an operation of ours, or wrongly believed to be, keeps its row. True if any was."""
        rows: set[int | None] = set()
        # The latest first: a rename that a younger one took back is not undone.
        for operation in reversed(list(self.attribution.renames())):
            if operation.record_id not in rows and self._follow(operation, listed):
                rows.add(operation.record_id)
        return bool(rows)

    def _follow(self, operation: Operation, listed: Collection[str]) -> bool:
        old, new = operation.record_name, operation.new_record_name
        with self.locked() as recent:
            row = MonitorRecord.objects.living().filter(operations=operation).first()
            target = {old: new, new: old}.get(row.name) if row else None
            if row is None or target is None or recent.covers(old) or recent.covers(new):
                return False
            if row.name in listed or target not in listed or MonitorRecord.objects.named(target) is not None:
                return False
            self._rename(row, target, operation)
        return True

    def _rename(self, row: MonitorRecord, target: str, operation: Operation) -> None:
        is_undone = target == operation.record_name
        at = operation.ended_at if is_undone and operation.ended_at else self.attribution.at
        cause = Cause(at=at, after=None if is_undone else operation.started_at, operation=operation)
        before = _fields(row)
        mirror.change_record(row, name=target, email=row.email, frequency=row.frequency, cause=cause)
        self.attribution.note_name(row)
        details = {"before": before, "after": _fields(row)}
        self._log([self._record_event("edited", row, cause, **details)])

    def _record_event(self, change: str, row: MonitorRecord, cause: Cause, **details: Any) -> audit.Event:
        return self._event(change, cause, details, record_id=row.pk, record_name=row.name)

    def _attachment_event(
        self, change: str, attachment: Attachment | NewAttachment, cause: Cause, **details: Any
    ) -> audit.Event:
        record, customer = attachment.record, attachment.customer
        return self._event(
            change,
            cause,
            details,
            record_id=record.pk,
            record_name=record.name,
            customer_id=customer.pk,
            username=customer.username,
        )

    def _event(self, change: str, cause: Cause, details: dict[str, Any], **columns: Any) -> audit.Event:
        operation = cause.operation
        # Of what only a list shows nobody knows who did it, also where SendGrid refused it in words.
        actor = operation if operation and operation.words and operation.state != State.REFUSED else None
        window = {"after": cause.after.isoformat() if cause.after else None, "at": cause.at.isoformat()}
        return audit.Event(
            kind=Kind.DIFFERENCE,
            actor_name=actor.actor_name if actor else "",
            actor_id=actor.actor_id if actor else None,
            source="refresh" if operation else "outside",
            operation_id=operation.uuid if operation else None,
            refresh_id=self.refresh.pk,
            details={"change": change, "window": window} | details,
            **columns,
        )

    def _log(self, events: Sequence[audit.Event]) -> None:
        self.event_count += len(events)
        if not self.attribution.is_baseline:  # the first list is one event, not one a row
            audit.write_all(events)


def _fields(record: Record | MonitorRecord) -> dict[str, str | int | None]:
    return {"name": record.name, "email": record.email, "frequency": record.frequency}


def _doubt(began_by: Operation | None, cause: Cause) -> dict[str, bool]:
    """For the event of an end outside: that no list ever showed what SendGrid said it had done."""
    was_listed = began_by is None or began_by.settled_at is not None or began_by.state != State.ACCEPTED
    return {} if was_listed or cause.operation else {"never_listed": True}


def _rows(names: Collection[str]) -> dict[str, MonitorRecord]:
    return {row.name: row for row in MonitorRecord.objects.living().filter(name__in=set(names))}


def _lasting(placements: list[Placement]) -> dict[Placement, Attachment]:
    rows = _rows([placement.record for placement in placements]).values()
    lasting = Attachment.objects.lasting().filter(
        record__in=[row.pk for row in rows],
        customer__username__in={placement.username for placement in placements},
    )
    return {
        Placement(attachment.record.name, attachment.customer.username): attachment
        for attachment in lasting.select_related("record", "customer", "began_by")
    }
