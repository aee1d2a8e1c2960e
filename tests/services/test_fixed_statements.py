"""Statements of a fixed text, which PostgreSQL plans once, and rows written by them."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitors.models import (
    AuditChain,
    AuditEvent,
    Customer,
    Kind,
    Operation,
    State,
    Task,
    fixed,
    prepared,
    saving,
)
from monitors.models.saving import FEW, insert_each, save_each
from monitors.services import clock, writers_lock
from monitors.services.log import audit
from tests.services.rows import an_operation, minute

pytestmark = pytest.mark.django_db


def customers(count):
    return [
        Customer(username=f"customer-{number}", sort_name="x", first_seen=minute(0))
        for number in range(count)
    ]


def planned():
    """The statements that this connection has given PostgreSQL to keep."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [text for (text,) in cursor.fetchall()]


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite's driver keeps what it has compiled by itself"
)
def test_postgresql_is_given_a_statement_once_whatever_its_values():
    for number in range(3):
        with fixed.cursor() as cursor:
            cursor.execute("SELECT id FROM monitors_customer WHERE username = %s", [f"customer-{number}"])

    assert planned() == ["SELECT id FROM monitors_customer WHERE username = $1"]


def test_a_fixed_statement_is_counted_and_shown_with_its_values_as_any_other():
    with CaptureQueriesContext(connection) as queries, fixed.cursor() as cursor:
        cursor.execute("SELECT id FROM monitors_customer WHERE username = %s", ["acme"])

    assert [query["sql"].count("acme") for query in queries] == [1]


@pytest.mark.parametrize("count", [1, FEW, FEW + 1])
def test_rows_that_are_inserted_know_their_keys(count):
    rows = customers(count)
    insert_each(rows)

    assert {row.pk: row.username for row in rows} == dict(Customer.objects.values_list("pk", "username"))
    rows[-1].record_count = 7
    rows[-1].save()  # an update: the row is there
    assert Customer.objects.get(record_count=7) == rows[-1]


@pytest.mark.parametrize("count", [1, 3, 300])
def test_rows_are_inserted_by_one_statement(count):
    with CaptureQueriesContext(connection) as queries:
        insert_each(customers(count))

    assert len(queries) == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL gets many rows as one parameter")
def test_a_statement_takes_no_more_rows_than_sqlite_takes_parameters():
    limit = sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
    usual = connection.connection.setlimit(limit, 5 * len(Customer._meta.concrete_fields))
    try:
        with CaptureQueriesContext(connection) as queries:
            insert_each(customers(12))
    finally:
        connection.connection.setlimit(limit, usual)

    assert len(queries) == 3
    assert Customer.objects.count() == 12


@pytest.mark.parametrize("count", [1, 3])
def test_each_row_is_saved_with_its_own_values(count):
    rows = customers(count)
    insert_each(rows)
    for row in rows:
        row.record_count, row.sort_name = row.pk + 7, "not saved"
    save_each(rows, ("record_count",))

    assert set(Customer.objects.values_list("record_count", "sort_name")) == {
        (row.pk + 7, "x") for row in rows
    }


def test_values_that_are_saved_come_back_as_they_were():
    """Texts, moments, objects and what is null, of one row and of several."""
    said = {"words": ['"a"', "é\n"], "outcome_note": "50 % of \\x", "deadline_at": minute(1.5)}
    operations = [
        an_operation(Task.APPEND, state=State.PENDING, ended=None, username=f"customer-{number}")
        for number in range(3)
    ]
    for number, operation in enumerate(operations):
        for column, value in said.items():
            setattr(operation, column, value)
        operation.http_status, operation.retry_after = (number * 100, 0.25) if number else (None, None)
    columns = (*said, "http_status", "retry_after")
    save_each(operations[:1], columns)
    save_each(operations[1:], columns)

    saved = Operation.objects.order_by("username").values_list(*columns)
    assert list(saved) == [
        tuple(getattr(operation, column) for column in columns) for operation in operations
    ]


def test_what_is_null_needs_no_parameter():
    row = Operation(task=Task.APPEND, started_at=minute(0), deadline_at=minute(1))
    [insert] = saving.inserting([row])

    assert None not in insert.values
    assert insert.sql.count("NULL") + insert.sql.count("%s") == len(Operation._meta.concrete_fields)
    saving.write(insert)
    assert Operation.objects.values_list("started_at", "ended_at").get() == (minute(0), None)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite gets them one after the other")
@pytest.mark.parametrize("count", [1, 2, 30])
def test_events_and_the_head_of_the_chain_are_one_statement(count):
    """The head's own trigger refuses it where its event is not there yet."""
    chain = writers_lock.take()
    events = [audit.Event(kind=Kind.STARTED) for _ in range(count)]
    with CaptureQueriesContext(connection) as queries:
        audit.append(chain, *events, at=minute(0))

    assert len(queries) == 1
    assert AuditChain.objects.values_list("length", "head").get() == (chain.length, chain.head)
    assert AuditEvent.objects.latest("number").hash == chain.head


@pytest.mark.parametrize("count", [0, 1, 3, 4, 16, 17])
def test_rows_of_any_number_of_keys_are_found_once_each(count):
    operations = [an_operation(Task.APPEND, username=f"customer-{number}") for number in range(count)]
    keys = [operation.pk for operation in operations]

    found = prepared.of_keys("test", lambda *keys: Operation.objects.filter(pk__in=keys), keys)

    assert sorted(row.pk for row in found) == sorted(keys)


def test_the_clock_that_is_read_with_the_lock_is_that_of_the_services():
    with clock.reading(lambda: minute(7)):
        assert writers_lock.take_at() == (AuditChain.objects.get(pk=1), minute(7))


def test_the_lock_is_taken_before_the_clock_is_read():
    before = clock.now()
    chain, now = writers_lock.take_at()

    assert before <= now <= clock.now()
    assert (chain.length, chain.head) == AuditChain.objects.values_list("length", "head").get(pk=1)


@pytest.mark.parametrize("read", [prepared.read, prepared.by_key])
def test_each_thread_reads_by_its_own_connection(read):
    def ask():
        try:
            return read("a thread's customers", lambda name: Customer.objects.filter(username=name), "nobody")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(ask).result() == []


def test_threads_that_make_rows_of_one_query_at_once_get_their_own():
    names = Customer.objects.values_list("id", flat=True)
    compiler = names.query.get_compiler(connection=prepared.own_connection())
    compiler.as_sql()
    rows_of, both = prepared.RowsOf(names, compiler), Barrier(2)
    usual = names._iterable_class

    def at_the_same_time(queryset):
        both.wait(timeout=10)
        return usual(queryset)

    names._iterable_class = at_the_same_time
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(rows_of.made, [[(1,)], [(2,)]])) == [[1], [2]]
