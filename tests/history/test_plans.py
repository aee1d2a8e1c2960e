"""However long the past is, a date or a filter reads a short piece of an index, never the whole table."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from benchmarks import past
from monitors.filters.audit import AuditFilter
from monitors.filters.monitored import MonitoredFilter
from monitors.models import Attachment, AuditEvent, Refresh
from monitors.selectors import history, monitored
from monitors.services.lists.apply import lasting_on
from monitors.services.lists.difference import Placement
from monitors.services.log import audit

ATTACHMENTS, EVENTS = 30_000, 5_000

pytestmark = pytest.mark.slow


@pytest.fixture
def long_past(db):
    past.fill(ATTACHMENTS)


@pytest.fixture
def long_log(db):
    kinds = ("operation.started", "operation.ended", "operation.settled")
    for start in range(0, EVENTS, 1000):
        audit.write_all(
            [
                audit.Event(
                    kind=kinds[number % 3],
                    task="append",
                    outcome="refused" if number % 100 == 0 else "accepted",
                    source="web" if number % 50 == 0 else "job",
                    actor_id=number % 40 + 1,
                    record_id=number % 300 + 1,
                    customer_id=number % 900 + 1,
                    refresh_id=number,
                    operation_id=UUID(int=number // 3 + 1),
                    username=f"customer-{number:05}",
                    reason=f"ESC-{number}",
                )
                for number in range(start, start + 1000)
            ]
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def whole_reads(plan, table):
    """The lines of a plan that read all of a table."""
    if connection.vendor == "sqlite":
        return [
            line
            for line in plan.splitlines()
            if re.search(rf"\bSCAN {table}\b", line) and "autoindex" not in line
        ]
    return [line for line in plan.splitlines() if f"Seq Scan on {table}" in line]


def test_any_date_reads_only_its_piece_of_the_index(long_past):
    for days in (0, 2, 400, 900, 2000):
        attachments = Attachment.objects.lasting_at(timezone.now() - timedelta(days=days))

        for sort in ("customer", "-record", "since"):
            plan = monitored.in_order(attachments, sort)[:100].explain()
            assert whole_reads(plan, "monitors_attachment") == [], (days, sort)
            assert "attachment_by_moment" in plan, (days, sort)


def test_a_filter_does_not_make_a_date_read_everything(long_past):
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


def test_what_may_have_been_reads_only_a_piece_too(long_past):
    now = timezone.now()
    for minutes in (60, 30):
        moment = now - timedelta(minutes=minutes)
        Refresh.objects.create(asked_at=moment, answered_at=moment, outcome="applied")

    plan = monitored.possible(now - timedelta(minutes=45)).explain()

    assert whole_reads(plan, "monitors_attachment") == []
    assert "attachment_by_moment" in plan


def test_a_page_of_the_log_reads_only_a_piece_of_it(long_log):
    for asked in (
        {},
        {"kind": "operation.settled"},
        {"outcome": "refused"},
        {"source": "web"},
        {"record": "#17"},
        {"customer": "#17"},
        {"record": "nothing-like-it"},
        {"customer": "nothing-like-it"},
        {"text": "ESC-1234"},
        {"text": "ESC-1234", "outcome": "refused"},
        {"days": "1"},
        {"refresh": "77"},
    ):
        events = AuditFilter(asked, AuditEvent.objects.all()).qs.order_by("-number")[:101]

        plan = events.explain()

        assert whole_reads(plan, "monitors_auditevent") == [], asked
        is_by_part_of_a_name = "nothing-like-it" in asked.values()
        assert "TEMP B-TREE" not in plan or is_by_part_of_a_name, asked  # else the index has the order


@pytest.mark.parametrize("has_statistics", [True, False])
def test_a_records_history_reads_only_its_own_events(long_log, has_statistics):
    if not has_statistics:
        forget_statistics()
    scope = history.Scope("record_id", [17])

    newest = scope.events().order_by("-number")[:62].explain()
    firsts = scope.by_operation([UUID(int=number) for number in range(1, 63)]).explain()

    assert whole_reads(f"{newest}\n{firsts}", "monitors_auditevent") == []
    assert "audit_by_record" in newest
    assert "audit_by_operation" in firsts


@pytest.mark.parametrize("has_statistics", [True, False])
def test_who_is_on_a_record_now_is_looked_up_by_the_pair(long_past, has_statistics):
    """Statistics of a skewed past must not lead to all that lasts."""
    if not has_statistics:
        forget_statistics()
    placements = [Placement("record-0001", f"customer-{number:05}") for number in range(1, 101)]

    plan = lasting_on(placements).explain()

    assert whole_reads(plan, "monitors_attachment") == []
    assert "one_living_attachment_per_pair" in plan


def forget_statistics():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes its statistics by itself")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")  # reads the empty table
