"""The steps from what the mirror says of a record to what a list does, each with its cause."""

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from monitors.gateway.records import Record
from monitors.models import MonitorRecord, Operation, State
from monitors.services.lists.attribution import Attribution, undone
from monitors.services.lists.edits import FIELDS, EditsOfOne, asked_for
from monitors.services.lists.mirror import Cause


class Step(NamedTuple):
    cause: Cause
    fields: Record  # what the record is after it; without its customers


class Steps:
    """Those of one list."""

    def __init__(self, attribution: Attribution) -> None:
        self.attribution, self.listed = attribution, attribution.listed

    def of_change(self, row: MonitorRecord, record: Record) -> list[Step]:
        """What the list shows not to have been done is taken back first."""
        edits = self._edits_of(row, record)
        steps = []
        if edits.contradicted:
            steps.append(Step(undone(self._newest(edits)), _mixed(row, record, edits.contradicted)))
        if rest := edits.changed - edits.contradicted.keys():
            steps.append(Step(self.attribution.applied(edits.shown(rest)), record))
        return steps

    def of_rename(self, row: MonitorRecord, rename: Operation) -> list[Step]:
        """From a name that the list lacks to one that it shows; empty where this rename says nothing of it."""
        if row.name in self.listed:
            return []
        if row.name == rename.record_name:
            return self._carried_out(row, rename)
        return self._taken_back(row, rename) if row.name == rename.new_record_name else []

    def of_false_name(self, other: MonitorRecord, row: MonitorRecord) -> list[Step]:
        """Of `other`, back from the name that `row` never lost; empty where its customers say that it has the name."""
        users = self.listed[other.name].users or ()
        return [] if len(users) == other.customer_count != row.customer_count else self.of_listed_name(other)

    def of_listed_name(self, row: MonitorRecord) -> list[Step]:
        """Back from the name that a rename gave it which no list has shown yet, to one that is listed as well."""
        for edit in self.attribution.edits_of(row):
            if edit.new_record_name == row.name and edit.state == State.ACCEPTED and edit.settled_at is None:
                return self._taken_back(row, edit)
        return []

    def false_creation(self, other: MonitorRecord, row: MonitorRecord) -> Operation | None:
        """The accepted creation of `other` where the list shows under its name the customers of `row`: it was there.

        None where it may have been carried out.
        """
        creation, users = self.attribution.creation(other), self.listed[other.name].users or ()
        if creation is None or creation.state != State.ACCEPTED or creation.settled_at is not None:
            return None
        is_row = not other.customer_count and 0 < row.customer_count == len(users)
        return creation if is_row else None

    def _carried_out(self, row: MonitorRecord, rename: Operation) -> list[Step]:
        record = self.listed.get(rename.new_record_name)
        if record is None or self._edits_of(row, record).is_all_contradicted:
            return []
        fields = asked_for(rename) if self.attribution.is_shown(rename) else ()
        cause = Cause(at=self.attribution.at, after=rename.left_at, operation=rename)
        return [Step(cause, _mixed(row, record, {"name", *fields}))]

    def _taken_back(self, row: MonitorRecord, rename: Operation) -> list[Step]:
        """With the renames before it that were none either, and with what else these were to change."""
        renames = self._back_to_a_listed_name(row, rename)
        if not renames:
            return []
        record = self.listed[renames[-1].record_name]
        contradicted = self._edits_of(row, record).contradicted
        fields = {field for field, edits in contradicted.items() if not set(edits).isdisjoint(renames)}
        names = [replace(_mixed(row, record, ()), name=each.record_name) for each in renames[:-1]]
        values = [*names, _mixed(row, record, {"name", *fields})]
        return [Step(self._end_of(each), value) for each, value in zip(renames, values, strict=True)]

    def _back_to_a_listed_name(self, row: MonitorRecord, rename: Operation) -> list[Operation]:
        renames = [rename]
        for edit in self.attribution.edits_of(row):
            latest = renames[-1]
            is_earlier = self.attribution.is_later(latest, edit) and edit.state == State.ACCEPTED
            is_needed = latest.record_name not in self.listed and edit.new_record_name == latest.record_name
            if is_earlier and is_needed:
                renames.append(edit)
        return renames if renames[-1].record_name in self.listed else []

    def _end_of(self, rename: Operation) -> Cause:
        return Cause(at=rename.ended_at or self.attribution.at, operation=rename)

    def _edits_of(self, row: MonitorRecord, record: Record) -> EditsOfOne:
        return EditsOfOne(self.attribution, row, record)

    def _newest(self, edits: EditsOfOne) -> Operation:
        return max((undone[0] for undone in edits.contradicted.values()), key=self.attribution.order_of)


def _mixed(row: MonitorRecord, record: Record, fields: Collection[str]) -> Record:
    """The record as the mirror has it, but as the list has it in these fields."""
    return Record(
        users=None, **{field: getattr(record if field in fields else row, field) for field in FIELDS}
    )
