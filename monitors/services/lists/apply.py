"""Writing a difference into the mirror; what our own operations touched since the list was asked for is left out."""

from collections.abc import Collection, Sequence
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from monitors.gateway.records import Record
from monitors.models import Attachment, Customer, MonitorRecord, Operation, Refresh, State, Task
from monitors.services import details
from monitors.services.lists import bulk, circles, mirror
from monitors.services.lists.attribution import Attribution, undone
from monitors.services.lists.difference import Difference, Placement, content_hash
from monitors.services.lists.events import Events, fields_of
from monitors.services.lists.mirror import Cause, NewAttachment
from monitors.services.lists.recent_writes import RecentWrites
from monitors.services.lists.steps import Step, Steps
from monitors.services.lists.transactions import Transactions
from monitors.services.log import audit

# What is read of an attachment that a list may end.
OF_AN_END = ("record_id", "customer_id", "attached_at", "attached_after", "began_by_id", "is_baseline")
Named = TypeVar("Named", MonitorRecord, Customer)


class MirrorWriter:
    """Writes one list's difference; afterwards `is_partial` says whether something had to be left out."""

    def __init__(self, refresh: Refresh, attribution: Attribution, transactions: Transactions) -> None:
        self.refresh = refresh
        self.attribution = attribution
        self.steps = Steps(attribution)
        self.transactions = transactions
        self.events = Events(refresh)
        self.unfinished: set[str] = set()  # records of which something had to be left out
        self.event_count = 0
        self.departures: dict[str, str] = {}
        self.arrivals: dict[str, str] = {}

    @property
    def is_partial(self) -> bool:
        return bool(self.unfinished)

    def write(self, changes: Difference) -> None:
        self._note_moves(changes)
        self.transactions.in_chunks(changes.new_records, self._add)
        self.transactions.in_chunks(changes.changed_records, self._change)
        self.transactions.in_chunks(changes.ended_placements, self._end)
        self._begin_all(changes.new_placements)
        self.transactions.in_chunks(changes.missing_names, self._remove)
        # Not under the lock: a record with half a million customers takes a tenth of a second.
        hashed = [(record, content_hash(record)) for record in changes.compared_records]
        self.transactions.in_chunks(hashed, self._store_hashes)

    def _note_moves(self, changes: Difference) -> None:
        """Who is gone from one record and new on another; the first list moves nobody."""
        if not self.attribution.is_baseline and changes.ended_placements:
            self.departures = {placement.username: placement.record for placement in changes.ended_placements}
            self.arrivals = {placement.username: placement.record for placement in changes.new_placements}

    def _free_records(self, records: list[Record], recent: RecentWrites) -> list[Record]:
        free = [record for record in records if not recent.covers(record.name)]
        self.unfinished |= {record.name for record in records} - {record.name for record in free}
        return free

    def _free_placements(self, placements: list[Placement], recent: RecentWrites) -> list[Placement]:
        free: list[Placement] = []
        for placement in placements:
            if recent.covers(placement.record, placement.username):
                self.unfinished.add(placement.record)
            else:
                free.append(placement)
        return free

    def _add(self, records: list[Record], recent: RecentWrites) -> None:
        new: list[tuple[MonitorRecord, Cause]] = []
        revived: list[tuple[MonitorRecord, Cause]] = []
        free = self._free_records(records, recent)
        living = _keys([record.name for record in free])
        for record in free:
            if record.name in living:  # a rename was followed
                self._change([record], recent)
            elif (former := self._revived(record)) is not None:
                revived.append(former)
            else:
                cause = self.attribution.of_new_record(record)
                new.append((mirror.new_record(record.name, record.email, record.frequency, cause), cause))
        mirror.add_records(new)
        self._log(
            [
                self.events.of_record("appeared", row, cause, fields=fields_of(row))
                for row, cause in new + revived
            ]
        )
        self._log(details.begin((row, cause.operation) for row, cause in new if cause.operation is not None))

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
        return row, mirror.revive_record(row, email=record.email, frequency=record.frequency, cause=cause)

    def _change(self, records: list[Record], recent: RecentWrites) -> None:
        rows = _rows([record.name for record in records])
        events: list[audit.Event] = []
        for record in self._free_records(records, recent):
            if (row := rows.get(record.name)) is not None:
                events += [self._edited(row, step) for step in self.steps.of_change(row, record)]
        self._log(events)

    def _edited(self, row: MonitorRecord, step: Step) -> audit.Event:
        before, to = fields_of(row), step.fields
        cause = mirror.change_record(
            row, name=to.name, email=to.email, frequency=to.frequency, cause=step.cause
        )
        return self.events.of_record("edited", row, cause, before=before, after=fields_of(row))

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
                self.events.of_attachment(
                    "detached",
                    attachment,
                    cause,
                    **_doubt(attachment.began_by, cause),
                    **self._left_for(attachment, cause),
                )
                for attachment, cause in ends
            ]
        )

    def _begin_all(self, placements: list[Placement]) -> None:
        plain = [placement for placement in placements if self.attribution.is_plain(placement)]
        rows = settings.PACE.baseline_rows
        self.transactions.in_chunks(plain, self._begin_plain, rows=rows)
        if len(plain) < len(placements):
            others = [placement for placement in placements if not self.attribution.is_plain(placement)]
            self.transactions.in_chunks(others, self._begin)

    def _begin_plain(self, placements: list[Placement], recent: RecentWrites) -> None:
        free = self._free_placements(placements, recent)
        keys = _keys([placement.record for placement in free])
        pairs = [
            (keys[placement.record], placement.username) for placement in free if placement.record in keys
        ]
        self.event_count += mirror.open_baseline(pairs, self.attribution.outside())

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
            cause = self.attribution.of_new_attachment(placement)
            former = mirror.ended_by_detach(record, customer, cause.operation)
            if former is None and _is_of_another(cause, record):
                cause = self.attribution.outside()
            new.append(NewAttachment(record, customer, cause, former))
        mirror.open_attachments(new)
        self._log(
            [
                self.events.of_attachment(
                    "attached", attachment, attachment.cause, **self._came_from(attachment)
                )
                for attachment in new
            ]
        )

    def _left_for(self, attachment: Attachment, cause: Cause) -> dict[str, str]:
        """For the event of an end: where the customer is instead, by an append of ours or outside."""
        if cause.operation is not None:
            return {"left_for": cause.operation.record_name} if cause.operation.task == Task.APPEND else {}
        name = self.arrivals.get(attachment.customer.username)
        return {"left_for": name} if name else {}

    def _came_from(self, new: NewAttachment) -> dict[str, str]:
        name = self.departures.get(new.customer.username)
        return {"came_from": name} if name and new.cause.operation is None else {}

    def _remove(self, names: list[str], recent: RecentWrites) -> None:
        free = [name for name in names if not recent.covers(name)]
        rows = [row for row in _rows(free).values() if not row.customer_count]
        self.unfinished |= set(names) - {row.name for row in rows}
        ends = mirror.end_records([(row, self.attribution.of_missing_record(row)) for row in rows])
        self._log(
            [
                self.events.of_record(
                    "vanished",
                    row,
                    cause,
                    fields=fields_of(row),
                    **_doubt(self.attribution.creation(row), cause),
                )
                for row, cause in ends
            ]
        )

    def _store_hashes(self, records: list[tuple[Record, str]], recent: RecentWrites) -> None:
        """Store the hash of what now stands in the mirror just as it stands in the list."""
        hashes = {
            record.name: own
            for record, own in records
            if record.name not in self.unfinished
            and not recent.covers_any(record)
            and record.users is not None
        }
        keys = _keys(hashes)
        bulk.update(MonitorRecord, "content_hash", [(key, hashes[name]) for name, key in keys.items()])

    def follow_renames(self) -> bool:
        """A record renamed by an operation of ours, or wrongly believed to be, keeps its row. True if any was."""
        rows: set[int | None] = set()
        # The latest first: a rename that a younger one took back is not undone.
        for operation in reversed(list(self.attribution.renames())):
            if operation.record_id not in rows and self._follow(operation):
                rows.add(operation.record_id)
        return bool(rows)

    def _follow(self, operation: Operation) -> bool:
        with self.transactions.locked() as recent:
            row = MonitorRecord.objects.living().filter(operations=operation).first()
            if row is None:
                return False
            steps = self.steps.of_rename(row, operation)
            if not steps:
                return self._undo_circle(row, recent)
            return self._is_untouched(row, steps, recent) and self._rename(row, steps, recent)

    def _undo_circle(self, row: MonitorRecord, recent: RecentWrites) -> bool:
        steps = circles.undone(self.steps, row)
        if not all(self._is_untouched(each, [step], recent) for each, step in steps):
            return False
        self._log([self._edited(each, step) for each, step in steps])
        for each, _ in steps:
            self.attribution.note_name(each)
        return bool(steps)

    @staticmethod
    def _is_untouched(row: MonitorRecord, steps: Sequence[Step], recent: RecentWrites) -> bool:
        """There are such steps, and no name of them was touched since the list was asked for."""
        names = (row.name, *(step.fields.name for step in steps))
        return bool(steps) and not any(recent.covers(name) for name in names)

    def _rename(self, row: MonitorRecord, steps: Sequence[Step], recent: RecentWrites) -> bool:
        """False where another record has the name."""
        other = MonitorRecord.objects.named(steps[-1].fields.name)
        if other is not None and not self._gives_back(other, row, recent):
            return False
        self._log([self._edited(row, step) for step in steps])
        self.attribution.note_name(row)
        return True

    def _gives_back(self, other: MonitorRecord, row: MonitorRecord, recent: RecentWrites) -> bool:
        """Whether `other` had the name of `row` by a false success alone, and has it no more."""
        creation = self.steps.false_creation(other, row)
        if creation is not None:
            [(_, cause)] = mirror.end_records([(other, undone(creation))])
            self._log([self.events.of_record("vanished", other, cause, fields=fields_of(other))])
            return True
        steps = self.steps.of_false_name(other, row)
        is_free = self._is_untouched(other, steps, recent) and not _rows([steps[-1].fields.name])
        return is_free and self._rename(other, steps, recent)

    def _log(self, events: Sequence[audit.Event]) -> None:
        self.event_count += len(events)
        if not self.attribution.is_baseline:  # the first list is one event, not one a row
            audit.write_all(events)


def _is_of_another(cause: Cause, record: MonitorRecord) -> bool:
    """Whether it was about another record of this name, or of a former one."""
    is_its_own = cause.operation is not None and cause.operation.record_id == record.pk
    return not is_its_own and cause.at < record.first_seen


def _doubt(began_by: Operation | None, cause: Cause) -> dict[str, bool]:
    """For the event of an end outside: that no list ever showed what SendGrid said it had done."""
    was_listed = began_by is None or began_by.settled_at is not None or began_by.state != State.ACCEPTED
    return {} if was_listed or cause.operation else {"never_listed": True}


def _keys(names: Collection[str]) -> dict[str, int]:
    """Of the living records of these names."""
    return bulk.keys(MonitorRecord, "name", set(names), where="gone_at IS NULL")


def _rows(names: Collection[str]) -> dict[str, MonitorRecord]:
    return {row.name: row for row in MonitorRecord.objects.living().filter(name__in=set(names))}


def _lasting(placements: list[Placement]) -> dict[Placement, Attachment]:
    """With what their ends and events need; a record is read once, however many leave it."""
    records = _named(MonitorRecord, {placement.record for placement in placements}, where="gone_at IS NULL")
    customers = _named(Customer, {placement.username for placement in placements})
    attachments = list(lasting_on(records, customers).only(*OF_AN_END))
    operations = Operation.objects.in_bulk({row.began_by_id for row in attachments} - {None})
    lasting: dict[Placement, Attachment] = {}
    for row in attachments:
        row.record, row.customer = records[row.record_id], customers[row.customer_id]
        if row.began_by_id is not None:
            row.began_by = operations[row.began_by_id]
        lasting[Placement(row.record.name, row.customer.username)] = row
    return lasting


def _named(model: type[Named], names: Collection[str], *, where: str = "") -> dict[int, Named]:
    """The rows of these names by key, of which nothing but the name is read."""
    column = "username" if model is Customer else "name"
    keys = bulk.keys(model, column, names, where=where)
    return {key: model.from_db(connection.alias, ("id", column), (key, name)) for name, key in keys.items()}


def lasting_on(records: Collection[int], customers: Collection[int]) -> QuerySet[Attachment]:
    """Those of the customers on any of the records, whoever is on which."""
    # Keys, not a join: SQLite would read all that were ever on the record.
    return Attachment.objects.lasting().filter(record__in=list(records), customer__in=list(customers))
