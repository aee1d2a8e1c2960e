"""No transaction grows with the list or with what waits: how many statements and rows each may take."""

import gc
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitors.gateway.records import Record
from monitors.models import (
    Attachment,
    AuditEvent,
    Customer,
    HeldChange,
    Mirror,
    MonitorRecord,
    Operation,
    RefreshOutcome,
    State,
    Task,
)
from monitors.services import clock
from monitors.services.lists import bulk, ends, held_changes, lease, recent_writes, settle, transactions
from monitors.services.lists.apply import MirrorWriter
from monitors.services.lists.attribution import Attribution
from monitors.services.lists.difference import Difference, Placement, content_hash
from monitors.services.lists.evidence import Listed
from monitors.services.lists.recent_writes import RecentWrites
from monitors.services.lists.transactions import Transactions
from tests.services.rows import EMAIL, a_record, a_refresh, an_attachment, an_operation, minute

pytestmark = pytest.mark.django_db
NOTHING = RecentWrites(frozenset(), frozenset())
NAMES = [f"customer {number}" for number in range(40)]
FIRST = 4  # so many of them are compared with all


def statements(run):
    with CaptureQueriesContext(connection) as queries:
        run()
    return len(queries)


def waiting(names, **columns):
    record = a_record()
    return [
        an_operation(Task.APPEND, record=record, username=name, started=1 + number / 1000, **columns).pk
        for number, name in enumerate(names)
    ]


def test_judging_many_operations_takes_as_many_statements_as_judging_few():
    listed = Listed([Record("one", EMAIL, 5, tuple(NAMES[::2]))])
    keys = waiting(NAMES, state=State.UNKNOWN, deadline=3)
    judge = settle.Judge(a_refresh(), listed, frozenset())

    few = statements(lambda: judge.judge(keys[:FIRST], NOTHING))
    many = statements(lambda: judge.judge(keys[FIRST:], NOTHING))

    assert many == few
    states = Operation.objects.order_by("username").values_list("username", "state")
    assert dict(states) == {
        name: State.NOT_APPLIED if number % 2 else State.CONFIRMED for number, name in enumerate(NAMES)
    }
    events = AuditEvent.objects.filter(kind="operation.settled").order_by("number")
    assert [event.operation_id for event in events] == keys


def test_ends_that_count_from_the_confirmation_are_set_by_one_statement():
    appends = Operation.objects.in_bulk(waiting(NAMES, state=State.CONFIRMED, until="4h"))
    for append in appends.values():
        an_attachment(append.record, append.username, at=2, began_by=append)
    Attachment.objects.filter(customer__username=NAMES[-1]).update(expires_at=minute(500))  # by somebody

    taken = statements(lambda: ends.count_from_confirmation(appends.values(), minute(3)))

    assert taken == 2
    expected = dict.fromkeys(NAMES, minute(243)) | {NAMES[-1]: minute(500)}
    assert dict(Attachment.objects.values_list("customer__username", "expires_at")) == expected


def test_abandoning_many_operations_takes_as_many_statements_as_abandoning_few(settings):
    def abandon(size):
        settings.PACE = replace(settings.PACE, transaction_operations=size)
        return statements(settle._mark_some)

    Mirror.objects.update(due_at=minute(0))
    waiting(NAMES, state=State.PENDING, ended=None, deadline=3)
    with clock.reading(lambda: minute(10)):
        few, many = abandon(FIRST), abandon(len(NAMES))

    assert many == few
    assert not Operation.objects.filter(state=State.PENDING).exists()
    assert AuditEvent.objects.filter(kind="operation.abandoned").count() == len(NAMES)


@pytest.fixture
def an_open_list(settings):
    settings.PACE = replace(
        settings.PACE,
        transaction_rows=2,
        transaction_time=timedelta(seconds=10),
        transaction_pause_limit=timedelta(milliseconds=120),
    )
    return Transactions(minute(0), lease.take(), frozenset())


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1, [[6]]),
        (4, [[4], [2]]),  # a third chunk would end after twelve seconds
        (6, [[2], [2], [2]]),
        (60, [[2], [2], [2]]),  # one is always written
    ],
)
def test_a_transaction_takes_another_chunk_only_if_it_ends_in_time(
    an_open_list, monkeypatch, seconds, expected
):
    now, sizes = [0.0], [[0]]

    def write(chunk, _recent):
        now[0] += seconds
        sizes[-1][0] += len(chunk)

    monkeypatch.setattr(transactions.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(transactions.time, "sleep", lambda _: sizes.append([0]))

    an_open_list.in_chunks(list(range(6)), write)

    assert sizes[:-1] == expected


@pytest.mark.parametrize(("waited", "expected"), [(0, 0.03), (0.06, 0.06), (9, 0.12)])
def test_those_who_made_a_list_wait_get_as_long_within_limits(settings, monkeypatch, waited, expected):
    settings.PACE = replace(
        settings.PACE,
        transaction_pause=timedelta(milliseconds=30),
        transaction_pause_limit=timedelta(milliseconds=120),
    )
    pauses = []
    monkeypatch.setattr(transactions.time, "sleep", pauses.append)

    transactions.pause(waited=waited)

    assert pauses == [expected]


def test_a_list_knows_how_long_it_waited_for_the_lock(an_open_list, monkeypatch):
    now, pauses = [0.0], []

    @contextmanager
    def held_by_others(_):
        now[0] += 5
        yield NOTHING

    monkeypatch.setattr(Transactions, "locked", held_by_others)
    monkeypatch.setattr(transactions.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(transactions, "pause", lambda *, waited: pauses.append(waited))

    an_open_list.in_chunks([1], lambda _chunk, _recent: None)

    assert pauses == [5]


def writer(*, after=None):
    attribution = Attribution(after=after, at=minute(20), listed=Listed(), provisional=settle.provisional())
    return MirrorWriter(a_refresh(), attribution, Transactions(minute(0), lease.take(), frozenset()))


def placements_on(records, names):
    return [Placement(record, name) for record in records for name in names]


def test_the_customers_of_a_first_list_take_as_many_statements_when_they_are_many():
    a_record(), a_record("two")
    applied = writer()

    few = statements(lambda: applied._begin_plain(placements_on(["one", "two"], NAMES[:FIRST]), NOTHING))
    many = statements(lambda: applied._begin_plain(placements_on(["one", "two"], NAMES[FIRST:]), NOTHING))

    assert many == few
    assert applied.event_count == Attachment.objects.count() == 2 * len(NAMES)


def test_who_leaves_takes_as_many_statements_when_there_are_many():
    record, leaving = a_record(), placements_on(["one"], NAMES)
    for number, name in enumerate(NAMES):
        append = an_operation(Task.APPEND, record=record, username=name, started=1)
        an_attachment(record, name, began_by=append if number % 2 else None)
    applied = writer(after=minute(10))

    few = statements(lambda: applied._end(leaving[:FIRST], NOTHING))
    many = statements(lambda: applied._end(leaving[FIRST:], NOTHING))

    assert many == few
    assert not Attachment.objects.lasting().exists()
    events = AuditEvent.objects.filter(kind="list.difference").order_by("number")
    assert [event.username for event in events] == NAMES


def test_the_records_of_a_list_and_their_hashes_take_as_many_statements_when_they_are_many():
    applied, records = writer(), [Record(name, EMAIL, 5, ()) for name in NAMES]

    few = statements(lambda: applied._add(records[:FIRST], NOTHING))
    many = statements(lambda: applied._add(records[FIRST:], NOTHING))
    hashed = [(record, content_hash(record)) for record in records]
    few_hashes = statements(lambda: applied._store_hashes(hashed[:FIRST], NOTHING))
    many_hashes = statements(lambda: applied._store_hashes(hashed[FIRST:], NOTHING))

    assert (many, many_hashes) == (few, few_hashes)
    assert set(MonitorRecord.objects.values_list("name", "content_hash")) == {
        (record.name, content_hash(record)) for record in records
    }


def inserted_rows(queries, table):
    inserts = [
        query["sql"] for query in queries if query["sql"].startswith("INSERT") and table in query["sql"]
    ]
    return [sql.count("record_added") for sql in inserts]


def test_the_rows_of_a_held_list_are_written_and_dropped_a_few_at_a_time(an_open_list):
    changes = Difference(new_records=[Record(name, EMAIL, 5, ()) for name in NAMES[:5]])
    done = a_refresh()

    with CaptureQueriesContext(connection) as queries:
        held_changes.keep(done, changes)
    assert inserted_rows(queries, "heldchange") == [2, 2, 1]
    assert done.held_changes.count() == 5

    with CaptureQueriesContext(connection) as queries:
        held_changes.forget()
    assert len([query for query in queries if query["sql"].startswith("DELETE")]) == 3
    assert not HeldChange.objects.exists()


def test_what_a_broken_off_list_would_change_is_forgotten_and_what_is_decided_on_is_not():
    broken_off, rejected, held, former = (a_refresh() for _ in range(4))
    broken_off.outcome, rejected.decided_at, former.decided_at = (
        RefreshOutcome.BROKEN_OFF,
        minute(1),
        minute(1),
    )
    changes = Difference(ended_placements=[Placement("one", "acme")])
    for each in (broken_off, rejected, held, former):
        each.save()
        held_changes.keep(each, changes)

    held_changes.forget(former, held=held)

    assert set(HeldChange.objects.values_list("refresh", flat=True)) == {rejected.pk, held.pk}


def test_who_is_on_a_record_of_a_list_is_looked_up():
    listed = Listed([Record("one", EMAIL, 5, ("acme",)), Record("two", EMAIL, 5, None)])

    assert listed.has_user("one", "acme")
    assert not listed.has_user("one", "globex")
    assert not listed.has_user("two", "acme")


@pytest.mark.any_database  # PostgreSQL reads a small table whole
def test_recent_writes_are_found_by_their_deadline():
    rows = recent_writes.younger(*recent_writes.open_ended(minute(0)))

    assert "operation_by_deadline" in rows.explain()


def test_rows_of_a_first_list_are_one_statement_whatever_their_names():
    names = ['"quoted", \\ and %s', "тест", "\N{PILE OF POO}", "tab\tnew\nline", "0012", "1.0", "null", ""]
    rows = [(name, name, number) for number, name in enumerate(names)]
    columns = ("username", "sort_name", "record_count")

    count = statements(
        lambda: bulk.insert(Customer, columns, rows, alike={"first_seen": minute(0)}),
    )

    assert count == 1
    assert list(Customer.objects.order_by("pk").values_list(*columns)) == rows
    assert set(Customer.objects.values_list("first_seen", flat=True)) == {minute(0)}


def test_garbage_is_looked_for_between_transactions_and_never_within_one():
    holder = lease.take()
    with Transactions(minute(0), holder, frozenset()).locked():
        is_enabled_within = gc.isenabled()

    assert (is_enabled_within, gc.isenabled()) == (False, True)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL writes its log back by itself")
@pytest.mark.parametrize("is_within", [True, False])
def test_sqlite_writes_its_log_back_in_a_pause_and_never_within_a_transaction(monkeypatch, is_within):
    monkeypatch.setattr(connection, "in_atomic_block", is_within)
    with CaptureQueriesContext(connection) as queries:
        transactions.pause()

    assert [query["sql"] for query in queries] == ([] if is_within else ["PRAGMA wal_checkpoint(PASSIVE)"])
