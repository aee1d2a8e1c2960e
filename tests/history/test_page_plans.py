"""A page of a list reads its own rows by the index that has their order, also the last page of the largest record."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.population import LARGEST, Population, fill
from monitors.models import Customer, MonitorRecord
from monitors.selectors import customers, records
from tests.history.test_plans import forget_statistics, whole_reads

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

RECORDS = 3_000
TABLES = ("monitors_monitorrecord", "monitors_customer", "monitors_attachment")


@pytest.fixture(params=[True, False], ids=["statistics", "none"])
def skewed(db, request):
    fill(Population(records=RECORDS, ended=10_000, events=10))
    if not request.param:
        forget_statistics()


def plans(read):
    """The plans of the queries that `read` makes of the tables of the mirror."""
    with CaptureQueriesContext(connection) as queries:
        read()
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        for query in queries.captured_queries:
            cursor.execute(f"{explain} {query['sql'].replace('%', '%%')}")
            yield "\n".join(str(row[-1]) for row in cursor.fetchall())


def demand_short(read, index):
    for plan in plans(read):
        for table in TABLES:
            # A walk along the index ends with the page.
            whole = [line for line in whole_reads(plan, table) if index not in line]
            assert whole == [], plan
        assert not re.search(r"TEMP B-TREE FOR ORDER BY", plan) or "LIST SUBQUERY" in plan, plan
        assert index in plan, plan


@pytest.mark.usefixtures("skewed")
@pytest.mark.parametrize("page", [1, 2, 299, 300])
def test_a_page_of_the_largest_record_reads_its_index(page):
    record = MonitorRecord.objects.get(pk=LARGEST)

    demand_short(
        lambda: records.attachments(record, query="", sort="customer", page=str(page)), "attachment_by_name"
    )


@pytest.mark.usefixtures("skewed")
@pytest.mark.parametrize("page", [1, 2, 59, 60])
def test_a_page_of_records_reads_their_index(page):
    demand_short(
        lambda: records.search(query="", group="", sort="name", page=str(page), count=RECORDS),
        "record_by_name",
    )


@pytest.mark.usefixtures("skewed")
def test_each_page_of_the_largest_record_holds_the_next_customers():
    record = MonitorRecord.objects.get(pk=LARGEST)
    pages = [
        records.attachments(record, query="", sort="customer", page=str(n)).rows for n in (1, 2, 299, 300)
    ]

    assert [row.customer_id for page in pages for row in page] == [*range(1, 101), *range(14_901, 15_001)]


@pytest.mark.usefixtures("skewed")
def test_the_last_page_of_customers_holds_the_last():
    count = Customer.objects.count()
    rows = customers.search(query="", group="", sort="name", page="99999", count=count).rows

    assert [row.pk for row in rows] == list(range(count - 49, count + 1))
