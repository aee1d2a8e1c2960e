"""What the history must be by the events of the log: they are played once more, into a temporary database on the disk.

It begins at an event that names the rows there were then (the first list, or a digest): these are taken as they are,
and digests prove them. From there on every row has to follow from an event.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from monitors.models import Kind, State, Task
from monitors.models.attachment import span_of
from monitors.models.operation import said_success
from monitors.services.log import lines
from monitors.services.log.lines import ATTACHMENTS, CUSTOMERS, OPERATIONS, RECORDS, REVISIONS, Row, Table

UNKNOWN = "\0?"  # no event says what this column holds
COLUMNS = (
    *("number", "kind", "actor_id", "task", "outcome", "source", "record_id", "record_name"),
    *("customer_id", "username", "operation_id", "refresh_id", "reason", "details"),
)
CACHE_KILOBYTES = 65_536
MERGED = ("since", "attached_after", "began_by_id", "is_baseline", "owner_id", "reason")
DECIDED = ("expires_at", "is_endless", "kept_at")
_INDEXES = (
    "CREATE INDEX open_pair ON attachments (record_id, customer_id) WHERE detached_at IS NULL",
    "CREATE INDEX open_customer ON attachments (customer_id) WHERE detached_at IS NULL",
    "CREATE INDEX pair ON attachments (record_id, customer_id, ended_by_id)",
    "CREATE INDEX attachment_key ON attachments (record_id, attached_at, customer_id)",
    "CREATE INDEX open_revision ON revisions (record_id) WHERE until IS NULL",
    "CREATE INDEX open_name ON revisions (name) WHERE until IS NULL",
    "CREATE INDEX revision_key ON revisions (record_id, since)",
    "CREATE UNIQUE INDEX record_key ON records (id)",
    "CREATE UNIQUE INDEX customer_key ON customers (id)",
    "CREATE INDEX customer_name ON customers (username)",
    "CREATE UNIQUE INDEX operation_key ON operations (uuid)",
)


@dataclass(frozen=True, slots=True)
class Start:
    """After which event the replay begins, and the last keys there were then. `is_digest`: it is that of a digest."""

    number: int = 0
    keys: dict[str, int] = field(default_factory=dict)
    is_digest: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """The columns of an audit event that say what became of the history."""

    number: int
    kind: str
    actor_id: int | None
    task: str
    outcome: str
    source: str
    record_id: int | None
    record_name: str
    customer_id: int | None
    username: str
    operation_id: UUID | None
    refresh_id: int | None
    reason: str
    details: dict[str, Any]

    @property
    def operation(self) -> str | None:
        return self.operation_id.hex if self.operation_id else None

    @property
    def at(self) -> str:
        """When it happened to the row, as the row has it."""
        return lines.moment(self.details["window"]["at"]) or ""

    @property
    def answered_at(self) -> str:
        """An operation: not where a clock that was set back let it count from a later moment."""
        return lines.moment(self.details.get("answered_at")) or self.at

    @property
    def after(self) -> str | None:
        return lines.moment(self.details["window"].get("after"))

    @property
    def parameters(self) -> dict[str, str]:
        parameters: dict[str, str] = self.details.get("parameters", {})
        return parameters

    @property
    def is_applied(self) -> bool:
        """Whether an answer changed the mirror: not one that came after newer lists."""
        is_accepted = self.kind == Kind.ENDED and self.outcome == State.ACCEPTED
        return is_accepted and (not self.details.get("late") or bool(self.details.get("applied")))


class History:
    """The rows as the events say, in a file of SQLite's own that goes with the connection."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self.run = self._database.execute
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KILOBYTES}"):
            self.run(f"PRAGMA {setting}")
        self.run("PRAGMA temp_store = FILE")
        for table in lines.TABLES:
            self.run(f"CREATE TABLE {table.name} ({', '.join(table.columns)}, event)")
        for index in _INDEXES:
            self.run(index)
        self.run("CREATE TABLE told (what, a, b, moment)")
        self.run("CREATE INDEX told_key ON told (what, a, b, moment)")
        self.run("BEGIN")

    def close(self) -> None:
        self._database.close()

    def rows(self, table: Table) -> Iterator[Row]:
        """In order, each with the number of the last event that said something of it."""
        return self.run(f"SELECT * FROM {table.name} ORDER BY {table.sorting}")

    def add(self, table: Table, event: int, **values: Any) -> None:
        row = [values.get(column) for column in table.columns]
        self.load(table, [(*row, event)])

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        marks = ", ".join("?" * (len(table.columns) + 1))
        self._database.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)

    def name_of(self, record: int) -> str:
        row = self.run("SELECT name FROM records WHERE id = ?", [record]).fetchone()
        return row[0] if row else f"record {record}"

    def username_of(self, customer: int) -> str:
        row = self.run("SELECT username FROM customers WHERE id = ?", [customer]).fetchone()
        return row[0] if row else f"customer {customer}"


class Replay:
    """Plays events into a History: `note` is for a first look at those after the start, `play` for each in turn."""

    def __init__(self, history: History, start: Start) -> None:
        self.history, self.start = history, start
        self.run = history.run
        self.steps: dict[str, Callable[[Event], None]] = {
            Kind.DIFFERENCE: self._differ,
            Kind.JOINED: self._join,
            Kind.END_SET: self._decide,
            Kind.KEPT: self._decide,
        }
        self.stands: dict[str, Callable[[Event], None]] = {
            Kind.STARTED: self._begin_operation,
            Kind.ENDED: self._end_operation,
            Kind.ABANDONED: self._abandon,
            Kind.SETTLED: self._settle,
            Kind.SHOWN: self._show,
        }

    # What there was at the start

    def note(self, event: Event) -> None:
        """That it happened after the start, so that the rows of the start can be seen as they were."""
        if event.number <= self.start.number:
            return
        if event.kind == Kind.DIFFERENCE and event.details.get("change") == "detached":
            self._tell("detached", event.record_id, event.customer_id, event.at)
        elif event.kind == Kind.DIFFERENCE and event.details.get("change") in ("edited", "vanished"):
            self._tell("revised", event.record_id, None, event.at)
        elif event.is_applied:
            self._tell("ended", event.operation)
        elif event.kind == Kind.STARTED:
            self._tell("started", event.operation)
        elif event.kind == Kind.JOINED:
            self._tell("joined", event.record_id)

    def load(self) -> None:
        """The rows of the start, from the tables: without what was said of them later."""
        keys, number = self.start.keys, self.start.number
        for table in (CUSTOMERS, RECORDS, REVISIONS, ATTACHMENTS):
            if table.name in keys:
                rows = table.rows(f"id <= {int(keys[table.name])}")
                self.history.load(table, ((*row, number) for row in rows))
        self._reopen_attachments()
        self._reopen_revisions()
        self._part_joined()
        self._name_records()
        if self.start.is_digest:
            self._load_operations()

    def _tell(self, what: str, a: object, b: object = None, moment: str | None = None) -> None:
        self.run("INSERT INTO told VALUES (?, ?, ?, ?)", (what, a, b, moment))

    def _reopen_attachments(self) -> None:
        self.run(
            """UPDATE attachments SET detached_at = NULL, detached_after = NULL, ended_by_id = NULL, span = 0
            WHERE detached_at IS NOT NULL AND (
                EXISTS (SELECT 1 FROM told WHERE what = 'ended' AND a = ended_by_id)
                OR EXISTS (SELECT 1 FROM told WHERE what = 'detached' AND a = record_id AND b = customer_id
                    AND (moment = detached_at OR (detached_at = attached_at AND moment < attached_at))))"""
        )
        self.run(f"UPDATE attachments SET {', '.join(f'{column} = ?' for column in DECIDED)}", [UNKNOWN] * 3)

    def _reopen_revisions(self) -> None:
        self.run(
            """UPDATE revisions SET until = NULL, until_after = NULL, ended_by_id = NULL WHERE until IS NOT NULL AND (
                EXISTS (SELECT 1 FROM told WHERE what = 'ended' AND a = ended_by_id)
                OR EXISTS (SELECT 1 FROM told WHERE what = 'revised' AND a = record_id AND moment = until))"""
        )

    def _part_joined(self) -> None:
        """What a later join carried over to the attachments with which a record appeared."""
        joined = "record_id IN (SELECT a FROM told WHERE what = 'joined')"
        first = "(SELECT first_seen FROM records WHERE records.id = record_id)"
        after = """(SELECT since_after FROM revisions WHERE revisions.record_id = attachments.record_id
            ORDER BY since LIMIT 1)"""
        self.run(
            f"""UPDATE attachments SET since = attached_at, attached_after = {after}, began_by_id = NULL,
                is_baseline = 0, owner_id = NULL, reason = '' WHERE {joined} AND attached_at = {first}"""
        )
        self.run(
            "UPDATE records SET continues_id = NULL WHERE id IN (SELECT a FROM told WHERE what = 'joined')"
        )

    def _name_records(self) -> None:
        """As the last revision of then says."""
        last = (
            """FROM revisions WHERE record_id = records.id ORDER BY until IS NULL DESC, until DESC LIMIT 1"""
        )
        self.run(
            f"""UPDATE records SET name = (SELECT name {last}), email = (SELECT email {last}),
                frequency = (SELECT frequency {last}), gone_at = (SELECT until {last})"""
        )

    def _load_operations(self) -> None:
        unknown = (UNKNOWN,) * (len(OPERATIONS.columns) - OPERATIONS.digested)
        rows = ((*row[: OPERATIONS.digested], *unknown, self.start.number) for row in OPERATIONS.rows())
        self.history.load(OPERATIONS, rows)
        self.run("DELETE FROM operations WHERE uuid IN (SELECT a FROM told WHERE what = 'started')")

    # What happened then

    def play(self, event: Event) -> None:
        is_later = event.number > self.start.number
        if event.kind in self.stands and (is_later or not self.start.is_digest):
            self.stands[event.kind](event)
        if not is_later:
            return
        if event.customer_id is not None:
            self.run(
                "INSERT OR IGNORE INTO customers VALUES (?, ?, ?)",
                (event.customer_id, event.username, event.number),
            )
        if event.kind in self.steps:
            self.steps[event.kind](event)
        elif event.is_applied:
            self._apply(event)

    def _begin_operation(self, event: Event) -> None:
        self.history.add(
            OPERATIONS,
            event.number,
            uuid=event.operation,
            task=event.task,
            source=event.source,
            actor_id=event.actor_id,
            reason=event.reason,
            record_name=event.record_name,
            new_record_name=event.parameters.get("new_name", ""),
            username=event.username,
            parameters=lines.canonical(event.parameters),
            state=State.QUEUED.value,
            words="[]",
            outcome_note="",
            record_id=event.record_id,
            customer_id=UNKNOWN,
        )

    def _end_operation(self, event: Event) -> None:
        row = self.run(
            "SELECT state, settled_by_id FROM operations WHERE uuid = ?", [event.operation]
        ).fetchone()
        is_judged = row is not None and row[1] not in (None, UNKNOWN) and row[0] == event.outcome
        words, at = event.details.get("words", []), event.details.get("window")
        self._stand(
            event,
            words=lines.canonical(words),
            outcome_note=event.details.get("note", ""),
            ended_at=event.answered_at if at else UNKNOWN,
            settled_by_id=row[1] if is_judged else None,
        )

    def _abandon(self, event: Event) -> None:
        self._stand(event, outcome_note=event.details.get("note", ""))

    def _settle(self, event: Event) -> None:
        self._stand(event, outcome_note=event.details.get("note", ""), settled_by_id=event.refresh_id)
        if event.task == Task.APPEND and event.outcome == State.CONFIRMED:
            # An end that counts from the confirmation is set anew.
            self.run(
                "UPDATE attachments SET expires_at = ? WHERE began_by_id = ? AND detached_at IS NULL",
                (UNKNOWN, event.operation),
            )

    def _show(self, event: Event) -> None:
        self._stand(event, shown_by_id=event.refresh_id)

    def _stand(self, event: Event, **values: Any) -> None:
        values |= {
            "state": event.outcome,
            "record_id": event.record_id,
            "customer_id": event.customer_id,
            "event": event.number,
        }
        columns = ", ".join(f"{column} = ?" for column in values)
        self.run(f"UPDATE operations SET {columns} WHERE uuid = ?", [*values.values(), event.operation])

    def _apply(self, event: Event) -> None:
        tasks = {
            Task.CREATE: self._create,
            Task.EDIT: self._edit,
            Task.DELETE: self._delete,
            Task.APPEND: self._append,
            Task.DETACH: self._detach,
        }
        tasks[Task(event.task)](event)

    def _create(self, event: Event) -> None:
        values = event.parameters
        if self._living(values["name"]) is None:
            self._appear(event, values["name"], values["email"], int(values["frequency"]))

    def _edit(self, event: Event) -> None:
        now, values = self._revision(event.record_id), event.parameters
        if now is None:
            return
        name = values.get("new_name", now[0])
        if name != now[0] and self._living(name) is not None:
            return
        frequency = int(values["new_frequency"]) if "new_frequency" in values else now[2]
        wanted = (name, values.get("new_email", now[1]), frequency)
        if wanted != now:
            self._revise(event, *wanted)

    def _delete(self, event: Event) -> None:
        if self._revision(event.record_id) is None:
            return
        for key in self._open("record_id = ?", event.record_id):
            self._close(event, key)
        self._vanish(event)

    def _append(self, event: Event) -> None:
        if self._revision(event.record_id) is not None and not self._pair(event):
            self._attach(event)

    def _detach(self, event: Event) -> None:
        customer = self.run("SELECT id FROM customers WHERE username = ?", [event.username]).fetchone()
        if customer is None:
            return
        on = "" if event.record_id is None else " AND record_id = ?"
        keys = [customer[0]] + ([] if event.record_id is None else [event.record_id])
        for key in self._open(f"customer_id = ?{on}", *keys):
            self._close(event, key)

    def _differ(self, event: Event) -> None:
        changes: dict[str, Callable[[Event], None]] = {
            "appeared": self._appear_listed,
            "edited": self._edit_listed,
            "vanished": self._vanish,
            "attached": self._attach_listed,
            "detached": self._detach_listed,
        }
        changes[event.details["change"]](event)

    def _appear_listed(self, event: Event) -> None:
        fields = event.details["fields"]
        self._appear(event, fields["name"], fields["email"], fields["frequency"])

    def _edit_listed(self, event: Event) -> None:
        fields = event.details["after"]
        self._revise(event, fields["name"], fields["email"], fields["frequency"])

    def _attach_listed(self, event: Event) -> None:
        self._attach(event, former=self._ended_by_detach(event))

    def _detach_listed(self, event: Event) -> None:
        for key in self._pair(event):
            self._close(event, key)

    def _join(self, event: Event) -> None:
        former = event.details["former"]["id"]
        self.run(
            "UPDATE records SET continues_id = ?, event = ? WHERE id = ?",
            (former, event.number, event.record_id),
        )
        columns = ", ".join((*MERGED, *DECIDED))
        gone = self.run("SELECT gone_at FROM records WHERE id = ?", [former]).fetchone()
        ended = self.run(
            f"SELECT customer_id, {columns} FROM attachments WHERE record_id = ? AND detached_at = ?",
            (former, gone and gone[0]),
        ).fetchall()
        marks = ", ".join(f"{column} = ?" for column in (*MERGED, *DECIDED))
        first = "(SELECT first_seen FROM records WHERE id = record_id)"
        for customer, *values in ended:
            self.run(
                f"""UPDATE attachments SET {marks}, event = ?
                WHERE record_id = ? AND customer_id = ? AND attached_at = {first}""",
                (*values, event.number, event.record_id, customer),
            )

    def _decide(self, event: Event) -> None:
        after = event.details["after"]
        values = (lines.moment(after["expires_at"]), int(after["is_endless"]), lines.moment(after["kept_at"]))
        for key in self._pair(event):
            self.run(
                """UPDATE attachments SET expires_at = ?, is_endless = ?, kept_at = ?, reason = ?, event = ?
                WHERE rowid = ?""",
                (*values, after["reason"], event.number, key),
            )

    # Rows

    def _appear(self, event: Event, name: str, email: str, frequency: int | None) -> None:
        """A record begins, or is shown again after a deletion that was none."""
        if not self.run("SELECT 1 FROM records WHERE id = ?", [event.record_id]).fetchone():
            self.history.add(RECORDS, event.number, id=event.record_id, first_seen=event.at)
        self._name(event, name, email, frequency)
        self._open_revision(event, name, email, frequency)

    def _revise(self, event: Event, name: str, email: str, frequency: int | None) -> None:
        self._close_revision(event)
        self._name(event, name, email, frequency)
        self._open_revision(event, name, email, frequency)

    def _vanish(self, event: Event) -> None:
        self._close_revision(event)
        self.run(
            "UPDATE records SET gone_at = ?, event = ? WHERE id = ?",
            (event.at, event.number, event.record_id),
        )

    def _name(self, event: Event, name: str, email: str, frequency: int | None) -> None:
        self.run(
            "UPDATE records SET name = ?, email = ?, frequency = ?, gone_at = NULL, event = ? WHERE id = ?",
            (name, email, frequency, event.number, event.record_id),
        )

    def _open_revision(self, event: Event, name: str, email: str, frequency: int | None) -> None:
        self.history.add(
            REVISIONS,
            event.number,
            record_id=event.record_id,
            name=name,
            email=email,
            frequency=frequency,
            since=event.at,
            since_after=event.after,
            began_by_id=event.operation,
        )

    def _close_revision(self, event: Event) -> None:
        self.run(
            """UPDATE revisions SET until = ?, until_after = ?, ended_by_id = ?, event = ?
            WHERE record_id = ? AND until IS NULL""",
            (event.at, event.after, event.operation, event.number, event.record_id),
        )

    def _attach(self, event: Event, former: Row | None = None) -> None:
        names = (*MERGED, *DECIDED)
        at = self._begins_at(event)
        values = dict(zip(names, former, strict=True)) if former else self._chosen(event) | {"since": at}
        self.history.add(
            ATTACHMENTS,
            event.number,
            record_id=event.record_id,
            customer_id=event.customer_id,
            attached_at=at,
            span=0,
            **values,
        )

    def _begins_at(self, event: Event) -> str:
        """Not before the customer's previous attachment to that record ended."""
        (ended_at,) = self.run(
            "SELECT max(detached_at) FROM attachments WHERE record_id = ? AND customer_id = ?",
            (event.record_id, event.customer_id),
        ).fetchone()
        return max(event.at, ended_at or event.at)

    def _chosen(self, event: Event) -> dict[str, Any]:
        """Of an attachment that continues none: why and by whom, as its operation says."""
        task, actor, reason = self._operation(event)
        doer = event.actor_id if event.kind == Kind.DIFFERENCE else self._doer(event, actor)
        return {
            "attached_after": event.after,
            "began_by_id": event.operation,
            "is_baseline": 0,
            "owner_id": doer if task == Task.APPEND else None,
            "reason": reason,
        } | dict.fromkeys(DECIDED, UNKNOWN)

    def _doer(self, event: Event, actor: int | None) -> int | None:
        return actor if said_success(event.details.get("words", []), event.outcome) else None

    def _operation(self, event: Event) -> tuple[str, int | None, str]:
        row = self.run(
            "SELECT task, actor_id, reason FROM operations WHERE uuid = ?", [event.operation]
        ).fetchone()
        return row or ("", None, "")

    def _ended_by_detach(self, event: Event) -> Row | None:
        """The attachment that goes on where a list shows that a detach of ours was none."""
        if self._operation(event)[0] != Task.DETACH:
            return None
        columns = ", ".join((*MERGED, *DECIDED))
        ended: Row | None = self.run(
            f"""SELECT {columns} FROM attachments WHERE record_id = ? AND customer_id = ? AND ended_by_id = ?
            ORDER BY detached_at DESC LIMIT 1""",
            (event.record_id, event.customer_id, event.operation),
        ).fetchone()
        return ended

    def _close(self, event: Event, key: int) -> None:
        (attached,) = self.run("SELECT attached_at FROM attachments WHERE rowid = ?", [key]).fetchone()
        at = max(event.at, attached)
        self.run(
            """UPDATE attachments SET detached_at = ?, detached_after = ?, ended_by_id = ?, span = ?, event = ?
            WHERE rowid = ?""",
            (at, event.after, event.operation, _span(attached, at), event.number, key),
        )

    def _pair(self, event: Event) -> list[int]:
        return self._open("record_id = ? AND customer_id = ?", event.record_id, event.customer_id)

    def _open(self, where: str, *values: Any) -> list[int]:
        rows = self.run(f"SELECT rowid FROM attachments WHERE {where} AND detached_at IS NULL", values)
        return [key for (key,) in rows.fetchall()]

    def _living(self, name: str) -> int | None:
        row = self.run("SELECT record_id FROM revisions WHERE name = ? AND until IS NULL", [name]).fetchone()
        return row[0] if row else None

    def _revision(self, record: int | None) -> tuple[str, str, int | None] | None:
        """Name, mailbox and frequency of a living record."""
        row: tuple[str, str, int | None] | None = self.run(
            "SELECT name, email, frequency FROM revisions WHERE record_id = ? AND until IS NULL", [record]
        ).fetchone()
        return row


def _span(attached: str, detached: str) -> int:
    return span_of(lines.parsed(attached), lines.parsed(detached))
