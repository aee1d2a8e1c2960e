"""Who was on which record upstream, and when: the sandbox's own database writes it down, whoever makes the change."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from monitors.sandbox.store import Store

_NOW = "(julianday('now') - 2440587.5) * 86400"
_SCHEMA = (
    "CREATE TABLE placed (record_id INTEGER, username TEXT, since REAL, until REAL)",
    "CREATE TABLE named (record_id INTEGER, name TEXT, since REAL, until REAL)",
    f"""CREATE TRIGGER placed_begins AFTER INSERT ON attachment BEGIN
        INSERT INTO placed VALUES (NEW.record_id, NEW.username, {_NOW}, NULL);
    END""",
    f"""CREATE TRIGGER placed_ends AFTER DELETE ON attachment BEGIN
        UPDATE placed SET until = {_NOW}
        WHERE record_id = OLD.record_id AND username = OLD.username AND until IS NULL;
    END""",
    f"""CREATE TRIGGER named_begins AFTER INSERT ON record BEGIN
        INSERT INTO named VALUES (NEW.id, NEW.name, {_NOW}, NULL);
    END""",
    f"""CREATE TRIGGER named_changes AFTER UPDATE OF name ON record WHEN NEW.name != OLD.name BEGIN
        UPDATE named SET until = {_NOW} WHERE record_id = OLD.id AND until IS NULL;
        INSERT INTO named VALUES (NEW.id, NEW.name, {_NOW}, NULL);
    END""",
    f"""CREATE TRIGGER named_ends AFTER DELETE ON record BEGIN
        UPDATE named SET until = {_NOW} WHERE record_id = OLD.id AND until IS NULL;
    END""",
)
_PLACEMENTS = """
    SELECT n.name, p.username, max(p.since, n.since), min(ifnull(p.until, 9e999), ifnull(n.until, 9e999))
    FROM placed p JOIN named n ON n.record_id = p.record_id
    WHERE p.since < ifnull(n.until, 9e999) AND n.since < ifnull(p.until, 9e999)
"""
Pair = tuple[str, str]  # a record's name and a customer's


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` to `until`, seconds of the machine's clock; infinite: it lasts."""

    since: float
    until: float = inf

    def covers(self, moment: float) -> bool:
        return self.since <= moment < self.until

    def meets(self, other: "Span") -> bool:
        return self.since <= other.until and other.since <= self.until

    def has_edge_in(self, other: "Span") -> bool:
        return any(other.since <= edge <= other.until for edge in (self.since, self.until))


Placements = dict[Pair, list[Span]]


def write_down(store: Store) -> None:
    """From now on, before the first record is there."""
    with store.transaction() as connection:
        for statement in _SCHEMA:
            connection.execute(statement)


def placements(store: Store) -> Placements:
    with store.transaction() as connection:
        rows = connection.execute(_PLACEMENTS).fetchall()
    return by_pair((name, user, Span(since, until)) for name, user, since, until in rows)


def by_pair(rows: Iterable[tuple[str, str, Span]]) -> Placements:
    """Without the seams where only the record's other fields changed."""
    spans: Placements = defaultdict(list)
    for name, user, span in sorted(rows, key=lambda row: row[2].since):
        known = spans[name, user]
        if known and known[-1].until == span.since:
            known[-1] = Span(known[-1].since, span.until)
        else:
            known.append(span)
    return spans


def lasts(spans: list[Span], moment: float) -> bool:
    return any(span.covers(moment) for span in spans)
