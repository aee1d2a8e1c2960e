"""Triggers by which the database refuses to rewrite the history: they allow what the product does, and nothing more.

Rows come in, an attachment or a revision is closed once, an operation only moves forward. `install` makes them after
each migration, because SQLite drops triggers with a table that Django builds anew; `problems` says which do not stand
as they should.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

EVENT, CHAIN = "monitors_auditevent", "monitors_auditchain"
ATTACHMENT, REVISION = "monitors_attachment", "monitors_recordrevision"
RECORD, CUSTOMER, OPERATION = "monitors_monitorrecord", "monitors_customer", "monitors_operation"
MOVE, PLAN, CHANGE = "monitors_move", "monitors_plan", "monitors_change"
REFRESH, ANOMALY = "monitors_refresh", "monitors_refreshanomaly"
NOT_STARTED = "('draft', 'scheduled')"  # plans
VERDICTS = "('confirmed', 'contradicted', 'not_applied')"

# Of an operation, for as long as its answer has not been recorded, and afterwards by lists alone.
BEFORE_THE_ANSWER = (
    *(("queued", state) for state in ("pending", "not_sent")),
    *(("pending", state) for state in ("queued", "accepted", "refused", "not_sent", "unknown")),
    *(("unknown", state) for state in ("accepted", "refused", "not_sent", "confirmed", "not_applied")),
    *(("not_applied", state) for state in ("accepted", "confirmed")),
)
AFTER_THE_ANSWER = (
    *(("accepted", state) for state in ("confirmed", "contradicted")),
    *(("unknown", state) for state in ("confirmed", "not_applied")),
    *((state, "confirmed") for state in ("contradicted", "not_applied")),
)
# Which step of a move follows which.
MOVES = (
    *(("appending", state) for state in ("detaching", "moved", "not_appended")),
    *(("detaching", state) for state in ("putting_back", "moved")),
    *(("putting_back", state) for state in ("put_back", "on_both")),
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """By name, on a table, with what SQLite keeps of it, and PostgreSQL. Empty: that database has none."""

    name: str
    table: str
    sqlite: str = ""
    postgresql: str = ""  # as pg_get_triggerdef has it
    function: str = ""
    source: str = ""  # of the function


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses `verb` on a table where `condition` (over OLD and NEW; empty: always) holds."""

    name: str
    table: str
    verb: str
    condition: str = ""
    columns: tuple[str, ...] = field(default=())  # an update that sets none of them is not looked at
    is_for_sqlite_alone: bool = False

    @property
    def message(self) -> str:
        return f"history is not rewritten ({self.name})"

    @property
    def event(self) -> str:
        return f"BEFORE {self.verb}" + (f" OF {', '.join(self.columns)}" if self.columns else "")

    def trigger(self) -> Trigger:
        return Trigger(
            self.name,
            self.table,
            sqlite=self._sqlite(),
            postgresql="" if self.is_for_sqlite_alone else self._postgresql(),
            function=self.name,
            source=self._source(),
        )

    def _sqlite(self) -> str:
        if self.verb == "TRUNCATE":
            return ""
        when = f" WHEN {self.condition}" if self.condition else ""
        refuse = f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
        return f"CREATE TRIGGER {self.name} {self.event} ON {self.table}{when} {refuse}"

    def _postgresql(self) -> str:
        each = "STATEMENT" if self.verb == "TRUNCATE" else "ROW"
        run = f"FOR EACH {each} EXECUTE FUNCTION {self.name}()"
        return f"CREATE TRIGGER {self.name} {self.event} ON {self.table} {run}"

    def _source(self) -> str:
        refuse = f"RAISE EXCEPTION '{self.message}' USING ERRCODE = 'integrity_constraint_violation';"
        if not self.condition:
            return f" BEGIN {refuse} END "
        row = "OLD" if self.verb == "DELETE" else "NEW"
        return f" BEGIN IF {self.condition} THEN {refuse} END IF; RETURN {row}; END "


def _changed(*columns: str) -> str:
    return "(" + " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns) + ")"


def _is_none_of(pairs: tuple[tuple[str, str], ...]) -> str:
    """The state goes where none of these lead."""
    allowed = " OR ".join(f"(OLD.state = '{old}' AND NEW.state = '{new}')" for old, new in pairs)
    return f"(NEW.state <> OLD.state AND NOT ({allowed}))"


def _fixed(name: str, table: str, *columns: str) -> Guard:
    return Guard(f"{name}_fixed", table, "UPDATE", _changed(*columns), columns)


def _closed(name: str, table: str, end: str, *columns: str) -> Guard:
    """Closed once, with everything that belongs to it."""
    return Guard(
        f"{name}_closed", table, "UPDATE", f"OLD.{end} IS NOT NULL AND {_changed(*columns)}", columns
    )


def _kept(name: str, table: str, *uniques: str, key: str = "id", removable: str = "") -> Iterator[Guard]:
    """Rows are not removed, also not by replacing them; `uniques` are conditions under which a row would be."""
    yield Guard(f"{name}_kept", table, "DELETE", removable and f"NOT ({removable})")
    yield Guard(f"{name}_not_emptied", table, "TRUNCATE")
    same = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {condition})" for condition in (f"{key} = NEW.{key}", *uniques)
    )
    yield Guard(f"{name}_not_replaced", table, "INSERT", same, is_for_sqlite_alone=True)


def _attachments() -> Iterator[Guard]:
    yield _fixed("attachment", ATTACHMENT, "id", "record_id", "customer_id", "sort_name", "attached_at")
    ends = ("detached_at", "detached_after", "ended_by_id", "span")
    yield _closed("attachment", ATTACHMENT, "detached_at", *ends)
    # What a joined history carries over stands in an attachment of the record that is continued.
    carried = ("since", "attached_after", "began_by_id", "is_baseline", "owner_id")
    alike = " AND ".join(f"former.{name} IS NOT DISTINCT FROM NEW.{name}" for name in carried)
    source = f"""EXISTS (SELECT 1 FROM {RECORD} record
        JOIN {ATTACHMENT} former ON former.record_id = record.continues_id
        WHERE record.id = NEW.record_id AND former.customer_id = NEW.customer_id AND {alike})"""
    yield Guard("attachment_begun", ATTACHMENT, "UPDATE", f"{_changed(*carried)} AND NOT {source}", carried)
    yield Guard(
        "attachment_expired",
        ATTACHMENT,
        "UPDATE",
        f"{_changed('expired_at')} AND (OLD.expired_at IS NOT NULL OR OLD.detached_at IS NULL)",
        ("expired_at",),
    )
    decided = ("expires_at", "is_endless", "kept_at", "reason")
    continues = f"EXISTS (SELECT 1 FROM {RECORD} WHERE id = NEW.record_id AND continues_id IS NOT NULL)"
    is_over = f"OLD.detached_at IS NOT NULL AND {_changed(*decided)}"
    is_reworded = f"OLD.reason <> '' AND {_changed('reason')}"
    yield Guard(
        "attachment_decided",
        ATTACHMENT,
        "UPDATE",
        f"(({is_over}) OR ({is_reworded})) AND NOT {continues}",
        decided,
    )
    pair = "record_id = NEW.record_id AND customer_id = NEW.customer_id AND detached_at IS NULL"
    yield from _kept("attachment", ATTACHMENT, f"NEW.detached_at IS NULL AND {pair}")


def _revisions() -> Iterator[Guard]:
    began = ("id", "record_id", "name", "email", "frequency", "since", "since_after", "began_by_id")
    yield _fixed("revision", REVISION, *began)
    yield _closed("revision", REVISION, "until", "until", "until_after", "ended_by_id")
    yield from _kept(
        "revision", REVISION, "NEW.until IS NULL AND record_id = NEW.record_id AND until IS NULL"
    )


def _names() -> Iterator[Guard]:
    yield _fixed("record", RECORD, "id", "first_seen")
    yield _closed("record_continues", RECORD, "continues_id", "continues_id")
    yield from _kept("record", RECORD, "NEW.gone_at IS NULL AND name = NEW.name AND gone_at IS NULL")
    yield _fixed("customer", CUSTOMER, "id", "username", "sort_name", "first_seen")
    yield from _kept("customer", CUSTOMER, "username = NEW.username")


def _operations() -> Iterator[Guard]:
    asked = (
        *(
            "uuid",
            "token",
            "task",
            "parameters",
            "actor_id",
            "actor_name",
            "actor_username",
            "source",
            "reason",
        ),
        *(
            "record_name",
            "new_record_name",
            "username",
            "until",
            "change_id",
            "is_insisted",
            "started_at",
            "send_by",
            "request_id",
        ),
    )
    yield _fixed("operation", OPERATION, *asked)
    forward = (
        f"((OLD.ended_at IS NULL AND {_is_none_of(BEFORE_THE_ANSWER)})"
        f" OR (OLD.ended_at IS NOT NULL AND {_is_none_of(AFTER_THE_ANSWER)}))"
    )
    yield Guard("operation_forward", OPERATION, "UPDATE", forward, ("state",))
    answer = ("ended_at", "words", "http_status", "retry_after", "record_id")
    yield _closed("operation", OPERATION, "ended_at", *answer)
    # A queued one is looked at again before it leaves; its answer makes a record or a customer known.
    record = f"OLD.record_id IS NOT NULL AND {_changed('record_id')}"
    customer = f"OLD.customer_id IS NOT NULL AND OLD.state <> 'queued' AND {_changed('customer_id')}"
    before = f"OLD.state <> 'queued' AND {_changed('before')}"
    aims = ("record_id", "customer_id", "before")
    yield Guard("operation_aimed", OPERATION, "UPDATE", f"({record}) OR ({customer}) OR ({before})", aims)
    # A verdict is mended, or taken back by an answer that came late; it is not moved to another list.
    is_same = "NEW.state = OLD.state AND OLD.settled_at IS NOT NULL"
    verdict = ("settled_at", "settled_by_id")
    yield Guard(
        "operation_judged", OPERATION, "UPDATE", f"{is_same} AND {_changed(*verdict)}", ("state", *verdict)
    )
    yield _closed("operation_shown", OPERATION, "shown_by_id", "shown_by_id")
    yield from _kept("operation", OPERATION, "token = NEW.token", key="uuid")


def _moves_and_plans() -> Iterator[Guard]:
    asked = ("id", "token", "record_id", "from_record_id", "customer_id", "actor_id", "reason", "created_at")
    yield _fixed("move", MOVE, *asked)
    yield Guard("move_forward", MOVE, "UPDATE", _is_none_of(MOVES), ("state",))
    yield from _kept("move", MOVE, "token = NEW.token")
    yield _fixed(
        "plan", PLAN, "uuid", "token", "source", "author_id", "author_name", "undoes_id", "created_at"
    )
    drawn = ("reason", "until", "elsewhere", "digest", "started_at")
    begun = f"(OLD.state NOT IN {NOT_STARTED} AND ({_changed(*drawn)} OR NEW.state IN {NOT_STARTED}))"
    yield Guard("plan_begun", PLAN, "UPDATE", begun, ("state", *drawn))
    yield from _kept("plan", PLAN, "token = NEW.token", key="uuid")
    wanted = (
        *("id", "plan_id", "number", "line", "kind", "record_id", "record_name", "customer_id", "username"),
        *("parameters", "from_record_id", "reason", "until", "before"),
    )
    is_open = f"EXISTS (SELECT 1 FROM {PLAN} WHERE uuid = OLD.plan_id AND state IN {NOT_STARTED})"
    yield Guard("change_begun", CHANGE, "UPDATE", f"{_changed(*wanted)} AND NOT {is_open}", wanted)
    yield from _kept("change", CHANGE, "plan_id = NEW.plan_id AND number = NEW.number", removable=is_open)


def _lists() -> Iterator[Guard]:
    yield _fixed("refresh", REFRESH, "id", "asked_at", "source", "actor_id")
    read = (
        *(
            "answered_at",
            "finished_at",
            "bytes",
            "milliseconds",
            "records",
            "attachments",
            "differences",
            "anomalies",
        ),
        *("anomalies_of_id", "removed_records", "removed_attachments", "added_records", "added_attachments"),
        *("digest", "note"),
    )
    yield _closed("refresh", REFRESH, "finished_at", *read)
    decided = ("outcome", "decided_at", "decided_by_id")
    is_open = "OLD.outcome IN ('held', 'rejected') AND NEW.outcome IN ('held', 'rejected')"
    is_finished = f"OLD.finished_at IS NOT NULL AND {_changed(*decided)}"
    yield Guard("refresh_decided", REFRESH, "UPDATE", f"{is_finished} AND NOT ({is_open})", decided)
    # Those that brought nothing new are thinned.
    without_news = "OLD.outcome IN ('unchanged', 'failed') AND OLD.actor_id IS NULL"
    yield from _kept("refresh", REFRESH, removable=without_news)
    yield _fixed("anomaly", ANOMALY, "id", "refresh_id", "kind", "record", "detail")
    yield from _kept("anomaly", ANOMALY)


def _chain() -> Iterator[Guard]:
    end = f"EXISTS (SELECT 1 FROM {EVENT} WHERE number = NEW.length AND hash = NEW.head)"
    behind = f"NEW.id <> OLD.id OR NEW.length < OLD.length OR NOT {end}"
    yield Guard("chain_forward", CHAIN, "UPDATE", behind, ("id", "length", "head"))
    yield from _kept("chain", CHAIN)


def _log() -> Iterator[Trigger]:
    """Those of the log itself, which its own migrations made (0003, 0008)."""
    message = "the audit log is append-only"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    for verb in ("update", "delete"):
        yield Trigger(
            f"audit_no_{verb}", EVENT, f"CREATE TRIGGER audit_no_{verb} BEFORE {verb} ON {EVENT} {refuse}"
        )
    taken = f"EXISTS (SELECT 1 FROM {EVENT} WHERE hash = NEW.hash)"
    at_the_end = f"NEW.number <= (SELECT coalesce(max(number), 0) FROM {EVENT}) OR {taken}"
    only = f"CREATE TRIGGER audit_only_at_the_end BEFORE INSERT ON {EVENT} WHEN {at_the_end} {refuse}"
    yield Trigger("audit_only_at_the_end", EVENT, only)
    function = "audit_is_append_only"
    source = f" BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END "
    for name, verb, each in (
        ("audit_no_change", "DELETE OR UPDATE", "ROW"),
        ("audit_no_truncate", "TRUNCATE", "STATEMENT"),
    ):
        definition = (
            f"CREATE TRIGGER {name} BEFORE {verb} ON {EVENT} FOR EACH {each} EXECUTE FUNCTION {function}()"
        )
        yield Trigger(name, EVENT, "", definition, function, source)


GUARDS = (
    *_attachments(),
    *_revisions(),
    *_names(),
    *_operations(),
    *_moves_and_plans(),
    *_lists(),
    *_chain(),
)
TRIGGERS = (*(guard.trigger() for guard in GUARDS), *_log())


def install(connection: BaseDatabaseWrapper) -> list[str]:
    """Make those that are missing or are not as they should be; their names."""
    return _make(connection, {trigger.name for trigger, _ in _wrong(connection, TRIGGERS)})


def remove(connection: BaseDatabaseWrapper, *names: str) -> None:
    """Take them away (all but the log's own, or these), for whoever has to rewrite history: a migration, a test."""
    gone = set(names) or {guard.name for guard in GUARDS}
    standing = _standing(connection)
    with connection.cursor() as cursor:
        for trigger in TRIGGERS:
            if trigger.name in gone and trigger.name in standing:
                cursor.execute(_drop(connection, trigger))


def problems(connection: BaseDatabaseWrapper, others: tuple[Trigger, ...] = ()) -> list[str]:
    """A sentence for each trigger that does not stand as it should; `others` are made elsewhere."""
    return [
        f"the trigger {trigger.name} on {trigger.table} is {what}"
        for trigger, what in _wrong(connection, (*TRIGGERS, *others))
    ]


def _make(connection: BaseDatabaseWrapper, names: set[str]) -> list[str]:
    made = [trigger for trigger in TRIGGERS if trigger.name in names]
    standing = _standing(connection)
    with connection.cursor() as cursor:
        for trigger in made:
            if trigger.name in standing:
                cursor.execute(_drop(connection, trigger))
            for statement in _create(connection, trigger):
                cursor.execute(statement)
    return [trigger.name for trigger in made]


def _create(connection: BaseDatabaseWrapper, trigger: Trigger) -> list[str]:
    if connection.vendor == "sqlite":
        return [trigger.sqlite]
    body = f"RETURNS trigger LANGUAGE plpgsql AS $${trigger.source}$$"
    return [f"CREATE OR REPLACE FUNCTION {trigger.function}() {body}", trigger.postgresql]


def _drop(connection: BaseDatabaseWrapper, trigger: Trigger) -> str:
    return f"DROP TRIGGER {trigger.name}" + (
        f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
    )


def _wrong(connection: BaseDatabaseWrapper, triggers: tuple[Trigger, ...]) -> list[tuple[Trigger, str]]:
    """Those that are not as they should be, and what is wrong."""
    standing = _standing(connection)
    wrong = []
    for trigger in triggers:
        wanted = _wanted(connection, trigger)
        if wanted and standing.get(trigger.name) != wanted:
            wrong.append((trigger, "changed" if trigger.name in standing else "missing"))
    return wrong


def _wanted(connection: BaseDatabaseWrapper, trigger: Trigger) -> str:
    if connection.vendor == "sqlite":
        return _plain(trigger.sqlite)
    return trigger.postgresql and _plain(f"O {trigger.postgresql} {trigger.source}")


def _standing(connection: BaseDatabaseWrapper) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_SQLITE if connection.vendor == "sqlite" else _POSTGRESQL)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return {name: _plain(definition) for name, definition in rows}


def _plain(text: str) -> str:
    return " ".join(text.split())


_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
# With whether it is enabled (O), and the source of its function.
_POSTGRESQL = """
    SELECT tgname, concat(tgenabled, ' ', pg_get_triggerdef(it.oid, true), ' ', prosrc)
    FROM pg_trigger it JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"""
