"""Which of our edits of one record a list contradicts, and which it shows: each counts whole, or not at all."""

from collections.abc import Collection

from monitors.gateway.records import Record
from monitors.models import MonitorRecord, Operation, State
from monitors.services.lists.attribution import Attribution

Fields = dict[str, str]  # by name, as the API writes them
FIELDS = ("name", "email", "frequency")


def asked_for(edit: Operation) -> Fields:
    return {field: edit.parameters[f"new_{field}"] for field in FIELDS if f"new_{field}" in edit.parameters}


class EditsOfOne:
    """Those of one record, the newest first, between what the mirror says of it and what a list does.

    `changed` are the fields in which the two differ. `contradicted` are, by field, the accepted edits to which the
    mirror owes what it says, where the list shows what was before them. Where it shows a later edit as well, that one
    explains the field, unless another field tells that the earlier one was not carried out.
    """

    def __init__(self, attribution: Attribution, row: MonitorRecord, record: Record) -> None:
        self._attribution = attribution
        self._edits = attribution.edits_of(row)
        self._mirrored, self._listed = _fields_of(row), _fields_of(record)
        self._shown = [edit for edit in self._edits if attribution.is_shown(edit)]
        self.changed = {field for field in FIELDS if self._mirrored[field] != self._listed[field]}
        self.contradicted = self._contradicted()

    @property
    def is_all_contradicted(self) -> bool:
        """Whether the contradicted edits say all of the difference."""
        return self.contradicted.keys() >= self.changed

    def shown(self, fields: Collection[str]) -> Operation | None:
        """The latest edit that the list shows and that asked for one of these at least."""
        return next((edit for edit in self._shown if not asked_for(edit).keys().isdisjoint(fields)), None)

    def _contradicted(self) -> dict[str, list[Operation]]:
        undone = {field: edits for field in self.changed if (edits := self._undone(field))}
        sure = [edits for field, edits in undone.items() if not self._is_asked_again(field, since=edits[-1])]
        false = {edit for edits in sure for edit in edits}
        return {field: edits for field, edits in undone.items() if not false.isdisjoint(edits)}

    def _undone(self, field: str) -> list[Operation]:
        """The accepted edits to take back, the newest first, until the list's value is there; empty if it never is."""
        value, undone = self._mirrored[field], []
        for edit in self._edits:
            is_its = asked_for(edit).get(field) == value and edit.state == State.ACCEPTED
            if value != self._listed[field] and is_its and not self._is_partly_shown(edit):
                undone.append(edit)
                value = str(edit.before.get(field))
        return undone if value == self._listed[field] else []

    def _is_partly_shown(self, edit: Operation) -> bool:
        """Whether the list shows a value that it alone brought: there before neither it nor all of them."""
        return any(
            value == self._listed[field] and value not in self._before(field, edit)
            for field, value in asked_for(edit).items()
            if not self._is_asked_again(field, since=edit)
        )

    def _before(self, field: str, edit: Operation) -> set[str]:
        """The values before this edit, and before the first of them that no list has settled."""
        unsettled = [each for each in self._edits if each.settled_at is None and field in asked_for(each)]
        return {str(each.before.get(field)) for each in (edit, *unsettled[-1:])}

    def _is_asked_again(self, field: str, *, since: Operation) -> bool:
        """Whether the list shows a later edit that asked for what it says there."""
        later = [edit for edit in self._shown if self._attribution.is_later(edit, since)]
        return any(asked_for(edit).get(field) == self._listed[field] for edit in later)


def _fields_of(record: Record | MonitorRecord) -> Fields:
    return {field: str(getattr(record, field)) for field in FIELDS}
