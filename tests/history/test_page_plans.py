"""A page of a list reads its own rows by the index that has their order, also the last page of the largest record."""

import re
from datetime import timedelta
from functools import partial
from itertools import product
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from benchmarks.population import LARGEST, Population, fill
from monitors.models import Attachment, Customer, MonitorRecord, Operation, RecordRevision
from monitors.selectors import customers, mailboxes, records, trend
from monitors.selectors.keyset import Place
from monitors.selectors.mirror import desk
from tests.history.plans import plans, whole_reads
from tests.history.standing import taken_back
from tests.tampering import lifted

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("plans of pages"),
    pytest.mark.usefixtures("standing_either_way"),
]

RECORDS = 3_000
TABLES = ("monitors_monitorrecord", "monitors_customer", "monitors_attachment")


@pytest.fixture(scope="module")
def written(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        fill(Population(records=RECORDS, ended=10_000, events=10))
        yield


def demand_short(read, index):
    for plan in plans(read):
        # PostgreSQL may read three thousand records faster than it looks up a hundred.
        for table in TABLES if connection.vendor == "sqlite" else TABLES[1:]:
            # A walk along the index ends with the page.
            whole = [line for line in whole_reads(plan, table) if index not in line]
            assert whole == [], plan
        assert index not in plan or not re.search(r"TEMP B-TREE FOR ORDER BY|Sort Key", plan), plan


def demand_search(read, index):
    """The index is entered at the row beside the page, at its equals and beyond them. Only the page is sorted."""
    (plan,) = [plan for plan in plans(read) if index in plan]
    if connection.vendor == "sqlite":
        # Where statistics say that all rows are equal, their keys are as good.
        assert re.search(rf"V0 .*({index} \(.*=\? AND (row)?id|PRIMARY KEY \(rowid)[<>]\?", plan), plan
        assert re.search(rf"V0 .*{index} \(.*[<>]\?", plan), plan
        assert plan.count("TEMP B-TREE") == 1, plan
    else:
        assert len(re.findall(r"Index Cond: .*[<>]", plan)) >= 2, plan
    # PostgreSQL may read three thousand records faster than it looks up a hundred.
    for table in TABLES if connection.vendor == "sqlite" else TABLES[1:]:
        assert whole_reads(plan, table) == [], plan


def places(key):
    """Behind and in front of a row, and the ends of the list."""
    return [Place(after=key), Place(before=key)], [Place(), Place(page="last")]


def demand_all_places(read, sorts, middle):
    """`read(sort, place)` of each sort and its index, in both directions, beside the middle row and at both ends."""
    beside, ends = places(middle)
    for (sort, index), sign in product(sorts.items(), ("", "-")):
        for place in beside:
            demand_search(partial(read, sign + sort, place), index)
        for place in ends:
            demand_short(partial(read, sign + sort, place), index)


def test_any_page_of_the_largest_record_is_looked_up_in_its_index():
    record = MonitorRecord.objects.get(pk=LARGEST)
    middle = Attachment.objects.lasting().get(record=record, customer=RECORDS * 10 // 4)

    def read(sort, place):
        return records.attachments(record, sort=sort, place=place)

    sorts = {"customer": "attachment_by_name", "since": "attachment_by_record"}
    demand_all_places(read, sorts, middle.pk)


def test_any_page_of_records_is_looked_up_in_their_index():
    def read(sort, place):
        return records.search(query="", group="", sort=sort, place=place, count=RECORDS)

    sorts = {
        "name": "record_by_name",
        "email": "record_by_mailbox",
        "frequency": "record_by_sample",
        "customers": "record_by_count",
        "changed": "record_by_change",
    }
    demand_all_places(read, sorts, RECORDS // 2)


def test_any_page_of_customers_is_looked_up_in_their_index():
    def read(sort, place):
        return customers.search(query="", group="", sort=sort, place=place, count=RECORDS * 10)

    sorts = {"name": "customer_by_name", "records": "customer_by_count", "seen": "customer_by_first_seen"}
    demand_all_places(read, sorts, RECORDS * 5)


def test_a_number_in_an_address_reads_the_index_too():
    record = MonitorRecord.objects.get(pk=LARGEST)

    for page in ("1", "299", "300"):
        demand_short(partial(records.attachments, record, place=Place(page=page)), "attachment_by_name")


def test_each_page_of_the_largest_record_holds_the_next_customers():
    record = MonitorRecord.objects.get(pk=LARGEST)
    first = records.attachments(record)
    second = records.attachments(record, place=Place(after=first.rows[-1].pk, first=51))
    last = records.attachments(record, place=Place(page="last"))
    before = records.attachments(record, place=Place(before=last.rows[0].pk))

    held = [row.customer_id for page in (first, second, before, last) for row in page.rows]
    assert held == [*range(1, 101), *range(14_901, 15_001)]
    assert [(page.first, page.last) for page in (first, second, last)] == [
        (1, 50),
        (51, 100),
        (14_951, 15_000),
    ]


def test_the_last_page_of_customers_holds_the_last():
    count = Customer.objects.count()
    rows = customers.search(query="", group="", sort="name", place=Place(page="last"), count=count).rows

    assert [row.pk for row in rows] == list(range(count - 49, count + 1))


def test_what_a_page_asks_beside_its_frame_is_looked_up():
    Operation.objects.create(task="detach", username="customer-0000001", **moments())

    for plan in (*plans(lambda: desk(records.to_show(LARGEST))), *plans(lambda: desk(customers.to_show(1)))):
        for table in TABLES:
            assert whole_reads(plan, table) == [], plan
        assert "attachment_by_record" not in plan, plan


def test_where_a_customer_is_and_was_is_looked_up():
    for plan in plans(lambda: customers.story(Customer.objects.get(pk=1))):
        assert whole_reads(plan, "monitors_attachment") == [], plan


def moments():
    now = timezone.now()
    return {"started_at": now, "deadline_at": now, "token": UUID(int=1)}


def test_the_customers_of_a_record_over_time_read_what_came_and_went():
    record, now = MonitorRecord.objects.get(pk=LARGEST), timezone.now()

    (plan,) = plans(lambda: trend.customers_by_day([record], now, now.date() - timedelta(days=30)))

    for table in TABLES:
        assert whole_reads(plan, table) == [], plan
    # PostgreSQL may take what ended in those days for the record with half of all customers.
    assert "attachment_by_record_end" in plan or "attachment_by_end" in plan, plan


@pytest.mark.parametrize("others", [0, 40, RECORDS])
def test_the_customers_of_a_mailbox_are_read_along_the_indexes_of_its_records(others):
    with lifted():
        MonitorRecord.objects.filter(pk__lte=LARGEST + others).update(email="shared@northmail.example")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    box = mailboxes.Mailbox("shared@northmail.example", 1 + others, RECORDS * 5, 0.0, 0, revisions=None)
    middle = Attachment.objects.lasting().get(record=LARGEST, customer=RECORDS * 10 // 4)

    for place in (Place(), Place(after=middle.pk), Place(before=middle.pk), Place(page="last")):
        (plan,) = plans(partial(mailboxes.customers_of, box, place))
        for table in ("monitors_attachment", "customer", "shown", "head"):
            assert whole_reads(plan, table) == [], plan
        assert "attachment_by_name" in plan or "attachment_by_record_name" in plan, plan


def test_a_mailbox_with_very_many_records_is_read_by_its_index():
    with lifted():
        MonitorRecord.objects.update(email="shared@northmail.example")
        RecordRevision.objects.update(email="shared@northmail.example")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    box = mailboxes.Mailbox("shared@northmail.example", RECORDS, 0, 0.0, 0, revisions=None)

    for place in (Place(), Place(after=RECORDS // 2), Place(before=RECORDS // 2)):
        demand = demand_search if place.after or place.before else demand_short
        demand(partial(mailboxes.records, box, place), "record_in_mailbox")
    (plan, *_) = plans(partial(mailboxes.history, box.email, Place()))
    # Here all match: PostgreSQL reads as many as it needs from wherever they are.
    assert "revision_by_mailbox" in plan or connection.vendor == "postgresql", plan
