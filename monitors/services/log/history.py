"""Verifying the history by the log: the first row of the tables that the events do not explain, in a sentence.

A digest of the tables each night is an event of the chain. The events are played again from the first list on (of an
older log: from its first digest), the digests are compared with what they lead to, and the end with the tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Max

from monitors.models import AuditChain, AuditEvent, Kind, Refresh
from monitors.services.log import audit, lines, snapshot
from monitors.services.log.lines import (
    ATTACHMENTS,
    OPERATIONS,
    REVISIONS,
    TABLES,
    Row,
    Table,
)
from monitors.services.log.replay import COLUMNS, UNKNOWN, Event, History, Replay, Start

CHUNK_EVENTS = 2000
NO_START = "nothing tells what there was at the beginning: no digest of the tables has been written yet"
_SAME_STATE = {"pending": "queued"}  # no event tells when a sender takes one
_PLAYED = (
    *(Kind.STARTED, Kind.ENDED, Kind.ABANDONED, Kind.SETTLED, Kind.SHOWN),
    *(Kind.DIFFERENCE, Kind.JOINED, Kind.END_SET, Kind.KEPT),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`problem` is empty where the events up to number `length` explain every row; `rows` by table.

    `digests` are the numbers of the events whose digests fit; `since` is the event that the replay begins after.
    """

    length: int
    rows: dict[str, int]
    digests: tuple[int, ...] = ()
    problem: str = ""
    since: int = 0


class _Differs(Exception):
    """The first difference, as a sentence."""


def write_digest() -> dict[str, Any]:
    """Add an event with a digest of each table, of one moment; its details."""
    with snapshot.taken():
        details = {
            "algorithm": audit.ALGORITHM,
            "upto": AuditChain.objects.get(pk=1).length,
            "keys": last_keys(),
            "tables": {table.name: lines.digest(table, table.rows()) for table in TABLES},
        }
    audit.write(audit.Event(kind=Kind.DIGEST, actor_name=audit.DESK, details=details))
    return details


def last_keys() -> dict[str, int]:
    """Of the tables whose keys count up."""
    return {
        table.name: table.model._default_manager.aggregate(last=Max("pk"))["last"] or 0
        for table in lines.WITH_KEYS
    }


def verify() -> Verdict:
    """In bounded memory; the tables are read at one moment, and what is written meanwhile is not looked at."""
    start = _start()
    if start is None:
        return Verdict(0, {}, problem=NO_START)
    history = History()
    try:
        return _Verification(history, start).run()
    finally:
        history.close()


def _start() -> Start | None:
    """The first list, where it says what there was; else the first digest; else, without a list, the beginning.

    Until a list was applied whole each of them is a first one.
    """
    baseline = AuditEvent.objects.filter(kind=Kind.BASELINE).order_by("number").last()
    if baseline is not None and "keys" in baseline.details:
        return Start(baseline.number, baseline.details["keys"])
    first = _digests().first()
    if baseline is None:
        return Start()
    return first and Start(first.details["upto"], first.details["keys"], is_digest=True)


def _digests() -> Any:
    return AuditEvent.objects.filter(kind=Kind.DIGEST).order_by("number")


class _Verification:
    def __init__(self, history: History, start: Start) -> None:
        self.history, self.start = history, start
        self.replay = Replay(history, start)
        self.digests = _to_compare(start)
        self.fitting: list[int] = []
        self.misfits: list[str] = []
        self.played = 0

    def run(self) -> Verdict:
        try:
            rows = self._compare_all()
        except _Differs as difference:
            return self._verdict({}, str(difference))
        return self._verdict(rows)

    def _verdict(self, rows: dict[str, int], problem: str = "") -> Verdict:
        return Verdict(self.played, rows, tuple(self.fitting), problem, self.start.number)

    def _compare_all(self) -> dict[str, int]:
        """What takes long, the events of years, is read between two moments of the database."""
        noted = self._note(0)
        with snapshot.taken():
            noted = self._note(noted)
            self.replay.load()
        self._play(noted)
        with snapshot.taken():
            self._play(_length())
            _compare_lists()
            rows = {table.name: self._compare(table) for table in TABLES}
        if self.misfits:
            raise _Differs(self.misfits[0])
        return rows

    def _note(self, after: int) -> int:
        length = _length()
        for event in _events(after, length):
            self.replay.note(event)
        return length

    def _play(self, last: int) -> None:
        for event in _events(self.played, last):
            self._compare_digests(before=event.number)
            self.replay.play(event)
        self._compare_digests(before=last + 1)
        self.played = last

    def _compare_digests(self, before: int) -> None:
        """Those of the moment before this event."""
        while self.digests and self.digests[0].details["upto"] < before:
            self._compare_digest(self.digests.pop(0))

    def _compare_digest(self, event: AuditEvent) -> None:
        for table in TABLES:
            told = event.details["tables"][table.name]
            if lines.digest(table, self.history.rows(table)) != told:
                self._misfit(table, event)
                return
        self.fitting.append(event.number)

    def _misfit(self, table: Table, event: AuditEvent) -> None:
        """Where already the beginning is not what it was, no row can be named; else the row says more."""
        sentence = (
            f"the {table.name} are not those of the digest in event {event.number}: "
            "of what there was then, something was changed, removed or inserted"
        )
        if not self.fitting:
            raise _Differs(sentence)
        self.misfits.append(sentence)

    def _compare(self, table: Table) -> int:
        """Row by row, in order; how many there are."""
        count = 0
        for told, there in _paired(table, self.history.rows(table), table.rows()):
            count += len(there)
            for row in told[len(there) :]:
                raise _Differs(f"{self._named(table, row)}: event {row[-1]} says so, and the row is missing")
            for row in there[len(told) :]:
                raise _Differs(f"{self._named(table, row)}: the row is there, and no event says so")
            for wanted, row in zip(told, there, strict=True):
                self._compare_row(table, wanted, row)
        return count

    def _compare_row(self, table: Table, wanted: Row, row: Row) -> None:
        for column, expected, value in zip(table.columns, wanted, row, strict=False):
            same = expected if column != "state" else _SAME_STATE.get(expected, expected)
            found = value if column != "state" else _SAME_STATE.get(value, value)
            if UNKNOWN != same != found:
                raise _Differs(
                    f"{self._named(table, row)}: {column} is {_shown(value)}, "
                    f"and by the events up to {wanted[-1]} it is {_shown(expected)}"
                )

    def _named(self, table: Table, row: Row) -> str:
        if table is ATTACHMENTS:
            return self._attachment(row)
        if table is REVISIONS:
            return f"the revision of {row[1]} since {row[4]}"
        if table is OPERATIONS:
            return f"the operation {row[0]} ({' '.join(filter(None, (row[1], row[5], row[7])))})"
        return f"the {table.name.removesuffix('s')} {row[1]}"

    def _attachment(self, row: Row) -> str:
        record, customer = self.history.name_of(row[0]), self.history.username_of(row[1])
        return f"{customer} on {record} since {row[2]}"


def _length() -> int:
    return AuditChain.objects.get(pk=1).length


def _to_compare(start: Start) -> list[AuditEvent]:
    """The first after the start, which proves its rows, and the last."""
    numbers = [
        number for number, upto in _digests().values_list("number", "details__upto") if upto >= start.number
    ]
    return list(_digests().filter(number__in={*numbers[:1], *numbers[-1:]}))


def _events(after: int, last: int) -> Iterator[Event]:
    """In chunks of their own, so that none is held for longer."""
    kinds = list(_PLAYED)
    rows = AuditEvent.objects.filter(kind__in=kinds).order_by("number").values_list(*COLUMNS)
    while after < last:
        upto = min(after + CHUNK_EVENTS, last)
        for row in rows.filter(number__gt=after, number__lte=upto):
            yield Event(*row)
        after = upto


def _paired(table: Table, told: Iterator[Row], there: Iterator[Row]) -> Iterator[tuple[list[Row], list[Row]]]:
    """The rows of both with the same key."""
    left, right = groupby(told, table.key), groupby(there, table.key)
    key_told, key_there = next(left, None), next(right, None)
    while key_told or key_there:
        if key_there is None or (key_told is not None and key_told[0] < key_there[0]):
            assert key_told is not None
            yield list(key_told[1]), []
            key_told = next(left, None)
        elif key_told is None or key_there[0] < key_told[0]:
            yield [], list(key_there[1])
            key_there = next(right, None)
        else:
            yield list(key_told[1]), list(key_there[1])
            key_told, key_there = next(left, None), next(right, None)


def _compare_lists() -> None:
    """Lists that events name are never removed, and the first one said how much was in it."""
    named = (
        AuditEvent.objects.exclude(refresh_id=None).order_by().values_list("refresh_id", flat=True).distinct()
    )
    gone = named.exclude(refresh_id__in=Refresh.objects.values("pk")).order_by("refresh_id").first()
    if gone is not None:
        raise _Differs(f"list {gone} is missing, and events name it")
    baseline = AuditEvent.objects.filter(kind=Kind.BASELINE).order_by("number").last()
    refresh = Refresh.objects.filter(pk=baseline.refresh_id or 0).first() if baseline else None
    for column in ("records", "attachments", "anomalies"):
        if refresh and baseline and getattr(refresh, column) != baseline.details[column]:
            raise _Differs(
                f"the first list: {column} is {getattr(refresh, column)}, "
                f"and event {baseline.number} says {baseline.details[column]}"
            )


def _shown(value: object) -> str:
    return "empty" if value in (None, "") else str(value)
