"""Every row that the mirror gained, ended or changed in a step needs a hand that did so upstream.

docs/testing.md says what each of these rules allows, and why.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from monitors.models import State, Task
from tests.machine.mirror_rows import MirrorRows
from tests.machine.needless import is_needless
from tests.machine.upstream_history import Described, Facts, Placed, UpstreamHistory

ENDS = ("detached_at", "detached_after", "ended_by_id", "span")
CLOSES = ("until", "until_after", "ended_by_id")


class Explanations:
    """One step: the mirror's rows before and after it, against what happened upstream."""

    def __init__(self, upstream: UpstreamHistory, before: MirrorRows, after: MirrorRows) -> None:
        self.upstream, self.before, self.after = upstream, before, after

    def demand(self) -> None:
        """Fails for the first row that nothing explains."""
        self._demand_history_only_grows()
        for row in _new(self.before.attachments, self.after.attachments):
            self._attachment_began(row)
        for row in _ended(self.before.attachments, self.after.attachments, "detached_at"):
            self._attachment_ended(row)
        for row in _new(self.before.revisions, self.after.revisions):
            self._revision_began(row)
        for row in _ended(self.before.revisions, self.after.revisions, "until"):
            self._revision_ended(row)
        for operation in self.after.operations.values():
            if _word(operation) != _word(self.before.operations.get(operation.pk)):
                self._demand_a_true_word(operation)

    def _demand_history_only_grows(self) -> None:
        _demand_only_ends(self.before.attachments, self.after.attachments, "detached_at", ENDS)
        _demand_only_ends(self.before.revisions, self.after.revisions, "until", CLOSES)

    # Attachments

    def _attachment_began(self, row: Any) -> None:
        facts = self._placements(row)
        if row.is_baseline and row.since == row.attached_at:
            assert self.before.whole_asked_at is None, f"a baseline after the first list: {row}"
        elif row.since != row.attached_at:
            self._attachment_goes_on(row, facts)
        elif row.began_by_id is None:
            is_true = self.upstream.began_elsewhere(facts, after=row.attached_after, until=row.attached_at)
            assert is_true or self._is_ours_but_disturbed(facts), f"nobody outside began {row}"
        else:
            operation = self.after.operations[row.began_by_id]
            assert operation.task in (Task.APPEND, Task.DETACH), f"{operation} began {row}"
            assert operation.username == row.customer__username
            assert not self._formers(row, ended_by=operation.pk), f"a beginning was lost: {row}"
            assert self._may_have_begun(row.began_by_id, facts), f"{operation} did not begin {row}"

    def _attachment_goes_on(self, row: Any, facts: Facts) -> None:
        """A detach that the list contradicts had ended it: the same customer, cause and reason go on."""
        former = self._formers(row)[-1]
        detach = self.after.operations[former.ended_by_id]
        assert detach.task == Task.DETACH
        assert row.attached_at == max(detach.ended_at, former.detached_at)
        own = ("since", "attached_after", "began_by_id", "reason", "is_baseline")
        assert [getattr(row, name) for name in own] == [getattr(former, name) for name in own]
        assert self._may_have_begun(detach.pk, facts, unless_it_acted=True), f"{detach} did detach {row}"

    def _formers(self, row: Any, *, ended_by: UUID | None = None) -> list[Any]:
        """Earlier attachments of the same customer to the same record."""
        return [
            former
            for former in self.after.attachments.values()
            if (former.record_id, former.customer__username) == (row.record_id, row.customer__username)
            and former.pk < row.pk
            and ended_by in (None, former.ended_by_id)
        ]

    def _attachment_ended(self, row: Any) -> None:
        facts = self._placements(row)
        if row.ended_by_id is None:
            is_true = self.upstream.ended_elsewhere(facts, after=row.detached_after, until=row.detached_at)
            is_true = is_true or self._is_ours_but_disturbed(facts)
            assert is_true or self._never_was(row.began_by_id), f"nobody outside ended {row}"
            return
        operation = self.after.operations[row.ended_by_id]
        assert row.ended_by_id != row.began_by_id, f"erased: {row}"
        assert self._may_have_ended(operation.pk, facts), f"{operation} did not end {row}"

    def _is_ours_but_disturbed(self, facts: Facts) -> bool:
        """An operation did so, and somebody outside used its names before a list could show it."""
        disturbed = [
            row
            for row in self.after.operations.values()
            if row.claimed_at is not None and self._is_disturbed(row, self._in_doubt_since(row.pk))
        ]
        return any(
            self._is_an_open_rename(row, {fact.record for fact in facts})
            or any(
                row.pk in change.hands and facts & (change.began | change.ended)
                for change in self.upstream.changes
            )
            for row in disturbed
        )

    def _is_an_open_rename(self, operation: Any, names: set[str]) -> bool:
        """Whether it is a rename between these names that no list had settled before this step."""
        before = self.before.operations.get(operation.pk)
        is_open = operation.new_record_name and (before is None or before.settled_at is None)
        return bool(is_open) and not names.isdisjoint({operation.record_name, operation.new_record_name})

    def _placements(self, row: Any) -> Facts:
        return frozenset(Placed(name, row.customer__username) for name in self.after.names(row.record_id))

    # Records

    def _revision_began(self, row: Any) -> None:
        facts: Facts = frozenset({Described(row.name, row.email, row.frequency)})
        if row.began_by_id is not None:
            self._demand_a_rename_is_ours(row)
            assert self._may_have_begun(row.began_by_id, facts), f"no operation began {row}"
        elif self.before.whole_asked_at is not None:
            is_true = self.upstream.began_elsewhere(facts, after=row.since_after, until=row.since)
            assert is_true or self._is_ours_but_disturbed(facts), f"nobody outside began {row}"

    def _demand_a_rename_is_ours(self, row: Any) -> None:
        former = [
            each
            for each in self.after.revisions.values()
            if each.record_id == row.record_id and each.pk < row.pk
        ]
        if former and former[-1].name != row.name:
            operation = self.after.operations[row.began_by_id]
            assert operation.task == Task.EDIT
            assert {former[-1].name, row.name} == {operation.record_name, operation.new_record_name}

    def _revision_ended(self, row: Any) -> None:
        facts: Facts = frozenset({Described(row.name, row.email, row.frequency)})
        if row.ended_by_id is not None:
            undone = row.ended_by_id == row.began_by_id
            assert self._may_have_ended(row.ended_by_id, facts, unless_it_acted=undone), (
                f"no operation ended {row}"
            )
        else:
            is_true = self.upstream.ended_elsewhere(facts, after=row.until_after, until=row.until)
            is_true = is_true or self._is_ours_but_disturbed(facts)
            assert is_true or self._never_was(row.began_by_id), f"nobody outside ended {row}"

    # Operations

    def _may_have_begun(self, operation: UUID, facts: Facts, *, unless_it_acted: bool = False) -> bool:
        """It acted or was said to; or somebody else did the same meanwhile, which no list can tell apart."""
        if (operation in self.upstream.acted) is not unless_it_acted or operation in self.upstream.unfounded:
            return True
        after = self._in_doubt_since(operation)
        is_true = self.upstream.began_elsewhere(facts, after=after, until=self.upstream.now)
        is_true = is_true or (self._is_needless(operation) and bool(facts & self.upstream.facts))
        return is_true or self._is_ours_but_disturbed(facts)

    def _may_have_ended(self, operation: UUID, facts: Facts, *, unless_it_acted: bool = False) -> bool:
        if (operation in self.upstream.acted) is not unless_it_acted or operation in self.upstream.unfounded:
            return True
        after = self._in_doubt_since(operation)
        is_true = self.upstream.ended_elsewhere(facts, after=after, until=self.upstream.now)
        is_true = is_true or (self._is_needless(operation) and not facts & self.upstream.facts)
        return is_true or self._is_ours_but_disturbed(facts) or self._is_one_of_two(operation, facts)

    def _is_needless(self, operation: UUID) -> bool:
        operations = self.after.operations
        return is_needless(operations[operation], operations, self.upstream)

    def _is_one_of_two(self, operation: UUID, facts: Facts) -> bool:
        """A detach without an answer, beside a move that ended it: the desk names the detach."""
        is_detach = self.after.operations[operation].task == Task.DETACH
        moves = [row.pk for row in self.after.operations.values() if row.task == Task.APPEND]
        return is_detach and any(
            change.hands.intersection(moves) and facts & change.ended for change in self.upstream.changes
        )

    def _in_doubt_since(self, operation: UUID) -> datetime | None:
        """Before it began too: what changed after the last whole list is as new to the desk as the operation."""
        whole = self.before.whole_asked_at
        return whole and min(whole, self.after.operations[operation].claimed_at)

    def _never_was(self, operation: UUID | None) -> bool:
        return operation is not None and operation not in self.upstream.acted

    def _demand_a_true_word(self, operation: Any) -> None:
        acted = operation.pk in self.upstream.acted
        if operation.state in (State.REFUSED, State.NOT_SENT):
            assert not acted or operation.pk in self.upstream.unpromised, f"it acted: {operation}"
        if operation.state == State.ACCEPTED:
            assert acted or operation.pk in self.upstream.unfounded, f"it did not act: {operation}"
        if operation.state in (State.NOT_APPLIED, State.CONTRADICTED):
            assert not acted or self._is_disturbed(operation, operation.claimed_at), f"it acted: {operation}"
        if operation.state == State.CONFIRMED:
            since = self._in_doubt_since(operation.pk)
            is_true = acted or self._is_disturbed(operation, since) or _asks_for_what_is_there(operation)
            is_true = is_true or self._is_needless(operation.pk)
            assert is_true, f"it did not act: {operation}"

    def _is_disturbed(self, operation: Any, since: datetime | None) -> bool:
        """Somebody else changed the same before its judgement: no list can tell."""
        own = {operation.record_name, operation.new_record_name, operation.username}
        changes = self.upstream.foreign(after=since, until=self.upstream.now)
        return any(change.keys() & own for change in changes)


def _word(operation: Any) -> tuple[Any, ...]:
    """What is said of it; an end that is recorded after a list has judged it says nothing new."""
    return (operation.state, operation.settled_at) if operation else ()


def _asks_for_what_is_there(operation: Any) -> bool:
    """An edit that changes nothing: whether it was carried out or not, the list shows what it wanted."""
    wanted, before = operation.parameters, operation.before
    return operation.task == Task.EDIT and all(
        str(before[field]) == wanted.get(f"new_{field}", str(before[field]))
        for field in ("name", "email", "frequency")
    )


def _new(before: dict[int, Any], after: dict[int, Any]) -> list[Any]:
    return [row for key, row in after.items() if key not in before]


def _ended(before: dict[int, Any], after: dict[int, Any], end: str) -> list[Any]:
    """Rows that have an end now and had none."""
    return [
        row
        for key, row in after.items()
        if getattr(row, end) is not None and (key not in before or getattr(before[key], end) is None)
    ]


def _demand_only_ends(
    before: dict[int, Any], after: dict[int, Any], end: str, columns: tuple[str, ...]
) -> None:
    """Rows stay, and nothing about them changes but that they end, once."""
    for key, old in before.items():
        row = after.get(key)
        if row == old:
            continue
        assert row is not None, f"gone from history: {old}"
        assert getattr(old, end) is None, f"an ended row changed: {old} became {row}"
        assert row._replace(**{name: getattr(old, name) for name in columns}) == old, f"{old} became {row}"
