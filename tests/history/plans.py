"""How a database means to read: plans of queries, with and without statistics."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


def whole_reads(plan, table):
    """The lines of a plan that read all of a table."""
    if connection.vendor == "sqlite":
        return [
            line
            for line in plan.splitlines()
            if re.search(rf"\bSCAN {table}\b", line) and not re.search("autoindex|operation_unsettled", line)
        ]
    return [line for line in plan.splitlines() if f"Seq Scan on {table}" in line]


def plan_of(sql):
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql.replace('%', '%%')}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def explained(read):
    """The plans of what `read` asks, one after the other."""
    return [plan_of(sql) for sql in asked_by(read)]


def plans(read):
    """The same; none of it skips rows."""
    asked = asked_by(read)
    assert not any("OFFSET" in sql for sql in asked)
    return [plan_of(sql) for sql in asked]


def asked_by(read):
    with CaptureQueriesContext(connection) as asked:
        read()
    return [query["sql"] for query in asked.captured_queries]


def needs_own_statistics():
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL takes its statistics by itself")


def forget_statistics(table=None):
    if table is None:
        needs_own_statistics()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_stat1")
            cursor.execute("ANALYZE sqlite_schema")  # reads the empty table
        else:
            cursor.execute("DELETE FROM pg_statistic WHERE starelid = %s::regclass", [table])
