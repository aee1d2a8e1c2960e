"""A reseller of any size, skewed as real ones are, written by the database itself.

One record holds half of all customers and another a tenth; the rest spread over all others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

CUSTOMERS_PER_RECORD = 10
ENDED_ATTACHMENTS = 100_000
EVENTS = 1_000_000
ENDED_SPAN = 8  # 4⁷ hours and shorter
OPERATIONS_PER_LIST = 50  # that settled them
LARGEST, SECOND = 1, 2  # keys of the record with half of all customers, and of the one with a tenth
_CHUNK = 250_000  # rows a statement
_OPERATION_COLUMNS = (
    "uuid, token, task, parameters, actor_name, source, reason, record_id, customer_id, record_name, new_record_name, "
    "username, before, state, until, is_insisted, started_at, claimed_at, deadline_at, ended_at, settled_at, "
    "settled_by_id, words, outcome_note, request_id"
)
_ATTACHED_SECONDS_AGO = "(n * 7919) % 86400000"  # in the last thousand days


@dataclass(frozen=True, slots=True)
class Population:
    """How much there is; the keys of records and customers count from 1."""

    records: int
    ended: int = ENDED_ATTACHMENTS
    events: int = EVENTS
    operations: int = 0  # all settled, the last of them an hour ago

    @property
    def customers(self) -> int:
        return self.records * CUSTOMERS_PER_RECORD

    @property
    def begun(self) -> int:
        """How many lasting attachments people of the desk began: every fifth; nobody knows who began the others."""
        return self.customers // 5


def fill(population: Population) -> None:
    """Write it all; a fresh database is empty before."""
    _run(_statements(population, timezone.now()))
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE monitors_auditchain SET length = %s,
                head = (SELECT hash FROM monitors_auditevent WHERE number = %s) WHERE %s > 0""",
            [population.events] * 3,
        )
    fill_operations(population)


def fill_operations(population: Population) -> None:
    """Only the past operations, to a desk that has the population."""
    _run(_operations(population, timezone.now()))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            for table in ("monitorrecord", "customer", "attachment", "refresh"):
                key = f"pg_get_serial_sequence('monitors_{table}', 'id')"
                cursor.execute(
                    f"SELECT setval({key}, (SELECT coalesce(max(id), 0) + 1 FROM monitors_{table}))"
                )


def _run(statements: Iterable[tuple[str, int]]) -> None:
    for statement, rows in statements:
        with connection.cursor() as cursor:
            for begin in range(1, rows + 1, _CHUNK):
                cursor.execute(_numbers(begin, min(begin + _CHUNK - 1, rows)) + statement)


def _numbers(begin: int, end: int) -> str:
    return (
        f"WITH RECURSIVE numbers(n) AS (SELECT CAST({begin} AS bigint) "
        f"UNION ALL SELECT n + 1 FROM numbers WHERE n < {end}) "
    )


def _statements(population: Population, now: datetime) -> Iterator[tuple[str, int]]:
    """INSERT … SELECT over numbers 1 to the given count."""
    records, customers = population.records, population.customers
    half, tenth = customers // 2, customers // 10
    start, week = _moment(now - timedelta(days=1000)), _moment(now - timedelta(days=7))
    yield (
        "INSERT INTO monitors_customer (id, username, sort_name, first_seen, record_count) "
        f"SELECT n, {_padded('customer-', 'n')}, {_padded('customer-', 'n')}, {start}, 1 FROM numbers",
        customers,
    )
    others = customers - half - tenth
    count = f"CASE n WHEN {LARGEST} THEN {half} WHEN {SECOND} THEN {tenth} ELSE {others // max(records - 2, 1)} END"
    yield (
        "INSERT INTO monitors_monitorrecord (id, name, sort_name, email, frequency, customer_count, first_seen, "
        "content_hash, changed_at, changed_outside) "
        f"SELECT n, {_padded('record-', 'n')}, {_padded('record-', 'n')}, 'box-' || n || '@northmail.example', "
        f"n % 1000 + 1, {count}, {start}, '', {week}, {_truth('n % 50 = 0')} FROM numbers",
        records,
    )
    yield (
        "INSERT INTO monitors_recordrevision (record_id, name, email, frequency, since) "
        f"SELECT n, {_padded('record-', 'n')}, 'box-' || n || '@northmail.example', n % 1000 + 1, {start} FROM numbers",
        records,
    )
    began = _ago(now, "(5 * n * 7919) % 86400000")
    yield (
        f"INSERT INTO monitors_operation ({_OPERATION_COLUMNS}) "
        f"SELECT {_beginning('n')}, {_beginning('n')}, 'append', '{{}}', 'Person ' || n % 40, 'web', '', "
        f"{_record_of('5 * n', population)}, 5 * n, "
        f"{_padded('record-', _record_of('5 * n', population))}, '', {_padded('customer-', '5 * n')}, '{{}}', "
        f"'confirmed', '', {_truth('1 = 0')}, {began}, {began}, {began}, {began}, {began}, NULL, "
        "'[\"success\"]', '', '' FROM numbers",
        population.begun,
    )
    yield (
        "INSERT INTO monitors_attachment (record_id, customer_id, sort_name, attached_at, since, span, is_baseline, "
        f"is_endless, reason, began_by_id) SELECT {_record_of('n', population)}, n, {_padded('customer-', 'n')}, "
        f"{_ago(now, _ATTACHED_SECONDS_AGO)}, {_ago(now, _ATTACHED_SECONDS_AGO)}, 0, "
        f"{_truth('1 = 0')}, {_truth('1 = 0')}, CASE WHEN n % 3 = 0 THEN 'ESC-' || n ELSE '' END, "
        f"CASE WHEN n % 5 = 0 THEN {_beginning('n / 5')} END FROM numbers",
        customers,
    )
    someone = f"(1 + (n * 7919) % {customers})"
    # Ended ones, of every length up to a year; the longest span holds them all.
    yield (
        "INSERT INTO monitors_attachment (record_id, customer_id, sort_name, attached_at, since, detached_at, span, "
        f"is_baseline, is_endless, reason) SELECT {_record_of(someone, population)}, {someone}, "
        f"{_padded('customer-', someone)}, "
        f"{_ago(now, '31536000 + n % 31536000')}, {_ago(now, '31536000 + n % 31536000')}, "
        f"{_ago(now, '90000 + n % 31000000')}, {ENDED_SPAN}, {_truth('1 = 0')}, {_truth('1 = 0')}, '' FROM "
        "numbers",
        population.ended,
    )
    first = population.events - 3 * population.begun
    yield (
        "INSERT INTO monitors_auditevent (number, at, kind, actor_name, actor_roles, task, outcome, source, record_id, "
        "record_name, customer_id, username, reason, operation_id, details, previous_hash, hash) "
        f"SELECT n, {_ago(now, f'({population.events} - n) * 60')}, "
        "CASE n % 3 WHEN 0 THEN 'operation.started' WHEN 1 THEN 'operation.ended' ELSE 'operation.settled' END, "
        "'Person ' || n % 40, 'Account managers', 'append', CASE WHEN n % 3 = 2 THEN 'confirmed' ELSE 'accepted' END, "
        f"'web', 1 + n % {records}, {_padded('record-', f'1 + n % {records}')}, 1 + n % {customers}, "
        f"{_padded('customer-', f'1 + n % {customers}')}, 'ESC-' || n % 5000, "
        # The newest are of the operations that began the lasting attachments, three of each.
        f"CASE WHEN n > {first} THEN {_beginning(f'(n - {first} + 2) / 3')} END, "
        "'{}', '', 'hash-' || n FROM numbers",
        population.events,
    )


def _operations(population: Population, now: datetime) -> Iterator[tuple[str, int]]:
    """Appends of three years, the oldest first; one in a hundred was refused and one contradicted."""
    count, lists = population.operations, population.operations // OPERATIONS_PER_LIST + 1
    list_asked = _ago(now, f"3600 + ({lists} - n) * {OPERATIONS_PER_LIST * 90}")
    yield (
        "INSERT INTO monitors_refresh (id, asked_at, answered_at, finished_at, outcome, source, differences, "
        "anomalies, removed_records, removed_attachments, added_records, added_attachments, digest, note) "
        f"SELECT n, {list_asked}, {list_asked}, {list_asked}, 'applied', 'worker', 0, 0, 0, 0, 0, 0, '', '' "
        "FROM numbers",
        lists if count else 0,
    )
    customer, record = f"(1 + n % {population.customers})", f"(1 + n % {population.records})"

    def moment(later: int) -> str:
        return _ago(now, f"3700 - {later} + ({count} - n) * 90")

    yield (
        f"INSERT INTO monitors_operation ({_OPERATION_COLUMNS}) "
        f"SELECT {_uuid('n')}, {_uuid('n')}, 'append', '{{}}', 'Ana K.', 'web', '', {record}, {customer}, "
        f"{_padded('record-', record)}, '', {_padded('customer-', customer)}, '{{}}', "
        "CASE n % 100 WHEN 0 THEN 'refused' WHEN 1 THEN 'contradicted' ELSE 'confirmed' END, '', "
        f"{_truth('1 = 0')}, "
        f"{moment(0)}, {moment(0)}, {moment(65)}, {moment(1)}, {moment(3)}, 1 + n / {OPERATIONS_PER_LIST}, "
        "'[]', '', '' "
        "FROM numbers",
        count,
    )


def _uuid(number: str) -> str:
    if connection.vendor == "postgresql":
        return f"lpad(to_hex({number}), 32, '0')::uuid"
    return f"printf('%032x', {number})"


def _beginning(number: str) -> str:
    """The key of an operation that began a lasting attachment, apart from those of the past."""
    return _uuid(f"1000000000 + {number}")


def _record_of(customer: str, population: Population) -> str:
    """SQL of the record that a customer is on."""
    half, tenth = population.customers // 2, population.customers // 10
    others = f"3 + {customer} % {max(population.records - 2, 1)}"
    return (
        f"CASE WHEN {customer} <= {half} THEN {LARGEST} "
        f"WHEN {customer} <= {half + tenth} THEN {SECOND} ELSE {others} END"
    )


def _padded(prefix: str, number: str) -> str:
    """Names that sort as their numbers do."""
    return f"'{prefix}' || substr(CAST(10000000 + {number} AS text), 2)"


def _moment(moment: datetime) -> str:
    return f"'{connection.ops.adapt_datetimefield_value(moment)}'"


def _ago(now: datetime, seconds: str) -> str:
    """SQL of the moment so many seconds (an SQL expression) before `now`."""
    if connection.vendor == "postgresql":
        return f"{_moment(now)}::timestamptz - make_interval(secs => {seconds})"
    return f"strftime('%Y-%m-%d %H:%M:%f', {now.timestamp():.0f} - ({seconds}), 'unixepoch')"


def _truth(condition: str) -> str:
    return f"({condition})"
