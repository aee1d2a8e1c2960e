"""However long the past is, a date or a filter reads a short piece of an index, never the whole table."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks import past
from monitors.filters.monitored import MonitoredFilter
from monitors.models import Attachment, Customer, MonitorRecord, Refresh
from monitors.selectors import matching, monitored
from monitors.services.lists import bulk, mirror
from monitors.services.lists.apply import lasting_on
from tests.history.plans import explained, forget_statistics, plan_of, whole_reads
from tests.history.standing import taken_back

ATTACHMENTS = 30_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("plans of the past"),
    pytest.mark.usefixtures("standing"),
]


@pytest.fixture(scope="module")
def written(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        past.fill(ATTACHMENTS)
        yield


def test_any_date_reads_only_its_piece_of_the_index():
    for days in (0, 2, 400, 900, 2000):
        attachments = Attachment.objects.lasting_at(timezone.now() - timedelta(days=days))

        for sort in ("customer", "-record", "since"):
            plan = monitored.in_order(attachments, sort)[:100].explain()
            assert whole_reads(plan, "monitors_attachment") == [], (days, sort)
            assert "attachment_by_moment" in plan, (days, sort)


def test_a_filter_does_not_make_a_date_read_everything():
    moment = timezone.now() - timedelta(days=400)

    for asked in (
        {"record": "record-0042"},
        {"customer": "customer-0001"},
        {"domain": "northmail.example"},
        {"role": "Support"},
        {"no_reason": "on"},
        {"days": "30"},
    ):
        plan = MonitoredFilter({"at": moment.isoformat(), **asked}).attachments().explain()
        assert whole_reads(plan, "monitors_attachment") == [], asked


def test_what_may_have_been_reads_only_a_piece_too():
    now = timezone.now()
    for minutes in (60, 30):
        moment = now - timedelta(minutes=minutes)
        Refresh.objects.create(asked_at=moment, answered_at=moment, outcome="applied")

    plan = monitored.possible(now - timedelta(minutes=45)).explain()

    assert whole_reads(plan, "monitors_attachment") == []
    assert "attachment_by_moment" in plan or "attachment_by_since" in plan  # both begin at the moment


@pytest.mark.parametrize("has_statistics", [True, False])
def test_who_is_on_a_record_now_is_looked_up_by_the_pair(has_statistics):
    """Statistics of a skewed past must not lead to all that lasts."""
    if not has_statistics:
        forget_statistics()
    names = [f"customer-{number:05}" for number in range(1, 101)]
    records = bulk.keys(MonitorRecord, "name", ["record-0001"]).values()

    plan = lasting_on(records, bulk.keys(Customer, "username", names).values()).explain()

    assert whole_reads(plan, "monitors_attachment") == []
    # For PostgreSQL a record with thirty customers is as short.
    is_short = connection.vendor == "postgresql" and "attachment_by_name" in plan
    assert "one_living_attachment_per_pair" in plan or is_short, plan


@pytest.mark.parametrize("has_statistics", [True, False])
@pytest.mark.parametrize("count", [1, 100])
def test_whose_attachments_ended_later_is_found_by_a_short_range(has_statistics, count):
    if not has_statistics:
        forget_statistics()
    keys = Customer.objects.order_by("pk").values_list("pk", flat=True)[:count]

    for days in (0, 400):
        plan = mirror.ended_after(timezone.now() - timedelta(days=days), *keys).explain()
        assert whole_reads(plan, "monitors_attachment") == [], plan
        assert re.search("attachment_(by_customer|customer_id|by_end)", plan), plan


@pytest.mark.parametrize("has_statistics", [True, False])
def test_keys_are_looked_up_by_their_names(has_statistics):
    if not has_statistics:
        forget_statistics()
    names = [f"customer-{number:05}" for number in range(1, 101)]

    with CaptureQueriesContext(connection) as queries:
        assert len(bulk.keys(Customer, "username", names)) == len(names)
        assert len(bulk.keys(MonitorRecord, "name", ["record-0001"], where="gone_at IS NULL")) == 1
    customers, records = (plan_of(query["sql"]) for query in queries)

    assert whole_reads(customers, "monitors_customer") == []
    assert whole_reads(records, "monitors_monitorrecord") == []


@pytest.mark.parametrize("has_statistics", [True, False])
@pytest.mark.parametrize(
    "text", ["er-00042", "customer-00042", "no-such-name", "northmail", "cu", "9@", "17"]
)
def test_a_search_reads_no_whole_table(text, has_statistics):
    if not has_statistics:
        forget_statistics()

    plan = "\n".join(explained(lambda: matching.find(text, *matching.Kind)))

    if connection.vendor == "sqlite":  # one in the order of an index ends at its limit
        assert [line for line in plan.splitlines() if re.search(r"SCAN [tmrf]\b(?! USING)", line)] == [], plan
    else:  # a few hundred records are read faster than looked up
        assert whole_reads(plan, "monitors_customer") == [], plan


@pytest.mark.parametrize("has_statistics", [True, False])
def test_a_text_is_looked_up_by_its_trigrams(has_statistics):
    if not has_statistics:
        forget_statistics()

    plan = "\n".join(explained(lambda: matching.find("customer-00042", *matching.Kind)))

    if connection.vendor == "sqlite":
        assert plan.count("SCAN s VIRTUAL TABLE INDEX") == len(matching.Kind), plan
        assert plan.count("SEARCH t USING INTEGER PRIMARY KEY") == len(matching.Kind), plan
    else:
        assert "Bitmap Index Scan on monitors_customersearch" in plan
