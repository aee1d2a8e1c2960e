"""The desk's history of who was on which record, held against what really was."""

from dataclasses import dataclass
from math import inf
from typing import Any

from monitors.models import Task
from tests.endurance.ledger import lines, timestamp
from tests.product import Product
from tests.soak.placements import Pair, Placements, Span, by_pair, lasts, placements

SLACK_SECONDS = 0.05  # between two clocks' readings of one machine
_HISTORY = """
    SELECT v.name, c.username, GREATEST(a.attached_at, v.since), LEAST(a.detached_at, v.until)
    FROM monitors_attachment a JOIN monitors_customer c ON c.id = a.customer_id
    JOIN monitors_recordrevision v ON v.record_id = a.record_id
    WHERE (v.until IS NULL OR a.attached_at < v.until) AND (a.detached_at IS NULL OR v.since < a.detached_at)
"""
_LISTS = """
    SELECT id, asked_at, answered_at, finished_at FROM monitors_refresh
    WHERE outcome IN ('applied', 'unchanged') AND decided_at IS NULL ORDER BY id
"""
_TARGETS = """
    SELECT CAST(uuid AS TEXT), record_name, new_record_name, username, CAST(words AS TEXT) = '["success"]',
        started_at, CASE WHEN CAST(words AS TEXT) = '["success"]' OR state IN ('refused', 'not_sent')
        THEN ended_at ELSE settled_at END
    FROM monitors_operation
"""
_CAUSES = """
    SELECT c.username, CAST(a.began_by_id AS TEXT), CAST(a.ended_by_id AS TEXT)
    FROM monitors_attachment a JOIN monitors_customer c ON c.id = a.customer_id
"""


@dataclass(frozen=True, slots=True)
class Target:
    """What an operation touches, and while the desk may not know what became of it."""

    uuid: str
    records: frozenset[str]
    username: str
    is_success: bool  # in SendGrid's words
    doubt: Span


class History:
    """Everything is read once, when all has settled."""

    def __init__(self, product: Product) -> None:
        self.truth = placements(product.sandbox.store)
        self.claims: Placements = by_pair(
            (name, user, _span(since, until)) for name, user, since, until in product.rows(_HISTORY)
        )
        self.lists = [(row[0], *map(timestamp, row[1:])) for row in product.rows(_LISTS)]
        self.targets = [_target(row) for row in product.rows(_TARGETS)]
        self.lines = lines(product)
        self.causes = product.rows(_CAUSES)
        self.names = _names_of_one(self.targets)

    def differences(self, *, users: list[str]) -> list[str]:
        """`users`: whom nobody but the desk touches."""
        return [*self.wrong_at_lists(), *self.gaps(), *self.wrong_causes(set(users))]

    def wrong_at_lists(self) -> list[str]:
        """At the moment of each list history is what was, unless the pair was changed meanwhile."""
        return [
            f"list {number}: {pair} {lasts(self.truth[pair], at)} the desk says {lasts(self.claims[pair], at)}"
            for number, asked_at, at, finished_at in self.lists
            for pair in {*self.truth, *self.claims}
            if lasts(self.truth[pair], at) != lasts(self.claims[pair], at)
            and not self._is_disturbed(pair, Span(asked_at - SLACK_SECONDS, finished_at + SLACK_SECONDS))
        ]

    def gaps(self) -> list[str]:
        """What an append that was answered with success began is in history from its answer to its true end."""
        successes = {target.uuid for target in self.targets if target.is_success}
        return [
            f"{line}: it lasted {span}, the desk says {self.claims[pair]}"
            for line in self.lines
            if line.task == Task.APPEND and line.acted and line.uuid in successes
            for pair in [(line.parameters["name"], line.parameters["user"])]
            for span in self.truth[pair]
            if span.covers(line.ended_at) and not self._is_claimed(pair, Span(line.ended_at, span.until))
        ]

    def wrong_causes(self, users: set[str]) -> list[str]:
        """An operation that began or ended an attachment was carried out."""
        idle = {line.uuid for line in self.lines if not line.acted}
        return [
            f"{username}: {operation} was never carried out"
            for username, *operations in self.causes
            for operation in operations
            if operation in idle and username in users
        ]

    def _is_claimed(self, pair: Pair, whole: Span) -> bool:
        """Up to the first moment from which another operation is in doubt."""
        others = [target.doubt.since for target in self.targets if self._touches(target, pair)]
        until = min([whole.until, *(since for since in others if since > whole.since)])
        return any(
            claim.since <= whole.since + SLACK_SECONDS and claim.until >= until - SLACK_SECONDS
            for claim in self.claims[pair]
        )

    def _is_disturbed(self, pair: Pair, during: Span) -> bool:
        """A list leaves alone every record and customer that a recent write of ours touches."""
        is_changed = any(span.has_edge_in(during) for span in self.truth[pair])
        return is_changed or any(
            self._touches(target, pair) and target.doubt.meets(during) for target in self.targets
        )

    def _touches(self, target: Target, pair: Pair) -> bool:
        record, username = pair
        return username == target.username or not target.records.isdisjoint(self.names.get(record, {record}))


def _names_of_one(targets: list[Target]) -> dict[str, set[str]]:
    """By each name all names that the same record may have had."""
    names: dict[str, set[str]] = {}
    for target in targets:
        group = set().union(*(names.get(name, {name}) for name in target.records))
        names |= dict.fromkeys(group, group)
    return names


def _span(since: Any, until: Any) -> Span:
    return Span(timestamp(since), timestamp(until) if until else inf)


def _target(row: tuple[Any, ...]) -> Target:
    uuid, record, new_record, username, is_success, started_at, known_at = row
    doubt = Span(timestamp(started_at), timestamp(known_at) if known_at else inf)
    return Target(uuid, frozenset({record, new_record} - {""}), username, is_success, doubt)
