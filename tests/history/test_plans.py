"""However long the past is, a date or a filter reads a short piece of an index, never the whole table."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks import past
from benchmarks.population import Population, fill
from monitors.filters.audit import AuditFilter
from monitors.filters.monitored import MonitoredFilter
from monitors.models import Attachment, AuditEvent, Customer, MonitorRecord, Operation, Refresh, Task
from monitors.selectors import history, matching, monitored, palette
from monitors.services.lists import attribution, bulk, recent_writes, settle
from monitors.services.lists.apply import lasting_on
from monitors.services.lists.difference import Placement
from monitors.services.log import audit
from tests.tampering import lifted

ATTACHMENTS, EVENTS, OPERATIONS = 30_000, 5_000, 20_000

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
            if re.search(rf"\bSCAN {table}\b", line) and not re.search("autoindex|operation_unsettled", line)
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
    assert "attachment_by_moment" in plan or "attachment_by_since" in plan  # both begin at the moment


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
def test_the_roles_of_a_file_are_looked_up_by_their_operations(long_log, has_statistics):
    if not has_statistics:
        forget_statistics()

    plan = explained(lambda: monitored.began_roles([UUID(int=number) for number in range(1, 63)]))

    assert whole_reads(plan, "monitors_auditevent") == []
    assert "audit_by_operation" in plan
    assert "audit_by_kind" not in plan


@pytest.mark.parametrize("has_statistics", [True, False])
def test_who_is_on_a_record_now_is_looked_up_by_the_pair(long_past, has_statistics):
    """Statistics of a skewed past must not lead to all that lasts."""
    if not has_statistics:
        forget_statistics()
    placements = [Placement("record-0001", f"customer-{number:05}") for number in range(1, 101)]

    plan = lasting_on(placements).explain()

    assert whole_reads(plan, "monitors_attachment") == []
    assert "one_living_attachment_per_pair" in plan


@pytest.fixture
def many_operations(db):
    """All settled, but for one that waits."""
    fill(Population(records=50, ended=0, events=0, operations=OPERATIONS))
    now = timezone.now()
    with lifted():
        Operation.objects.filter(pk=UUID(int=OPERATIONS)).update(
            state="unknown", settled_at=None, deadline_at=now
        )


def busy_checks():
    record = MonitorRecord.objects.get(pk=7)
    for task, username in ((Task.APPEND, "customer-0000007"), (Task.EDIT, ""), (Task.CREATE, "")):
        yield Operation.objects.in_the_way(
            Operation(
                task=task,
                record_id=None if task == Task.CREATE else record.pk,
                record_name=record.name,
                new_record_name="another",
                username=username,
            )
        )


def reads_of_a_list():
    """What is read of operations, whenever a list comes."""
    hour_ago = timezone.now() - timedelta(hours=1)
    yield settle.overdue().order_by("started_at")[:100]
    yield from attribution.candidates(hour_ago, settle.provisional())
    yield Operation.objects.filter(settled_at=None)
    yield Operation.objects.filter(recent_writes._may_be_younger(hour_ago))
    yield recent_writes.ended_since(hour_ago)
    yield Operation.objects.filter(settle.provisional())


@pytest.mark.parametrize("has_statistics", [True, False])
@pytest.mark.parametrize("reads", [busy_checks, reads_of_a_list])
def test_what_is_unsettled_is_found_without_reading_past_operations(many_operations, reads, has_statistics):
    if not has_statistics:
        forget_statistics("monitors_operation")

    for rows in reads():
        plan = rows.explain()
        assert whole_reads(plan, "monitors_operation") == [], f"{rows.query}\n{plan}"


@pytest.mark.parametrize("has_statistics", [True, False])
def test_keys_are_looked_up_by_their_names(long_past, has_statistics):
    if not has_statistics:
        forget_statistics()
    names = [f"customer-{number:05}" for number in range(1, 101)]

    with CaptureQueriesContext(connection) as queries:
        assert len(bulk.keys(Customer, "username", names)) == len(names)
        assert len(bulk.keys(MonitorRecord, "name", ["record-0001"], where="gone_at IS NULL")) == 1
    customers, records = (plan_of(query["sql"]) for query in queries)

    assert whole_reads(customers, "monitors_customer") == []
    assert whole_reads(records, "monitors_monitorrecord") == []


def plan_of(sql):
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}")
        return "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())


@pytest.mark.parametrize("has_statistics", [True, False])
@pytest.mark.parametrize(
    "text", ["er-00042", "customer-00042", "no-such-name", "northmail", "cu", "9@", "17"]
)
def test_a_search_reads_no_whole_table(long_past, text, has_statistics):
    if not has_statistics:
        forget_statistics()

    plan = explained(lambda: matching.find(text, *matching.Kind))

    if connection.vendor == "sqlite":  # one in the order of an index ends at its limit
        assert [line for line in plan.splitlines() if re.search(r"SCAN [tmrf]\b(?! USING)", line)] == [], plan
    else:  # a few hundred records are read faster than looked up
        assert whole_reads(plan, "monitors_customer") == [], plan


@pytest.mark.parametrize("has_statistics", [True, False])
def test_a_text_is_looked_up_by_its_trigrams(long_past, has_statistics):
    if not has_statistics:
        forget_statistics()

    plan = explained(lambda: matching.find("customer-00042", *matching.Kind))

    if connection.vendor == "sqlite":
        assert plan.count("SCAN s VIRTUAL TABLE INDEX") == len(matching.Kind), plan
        assert plan.count("SEARCH t USING INTEGER PRIMARY KEY") == len(matching.Kind), plan
    else:
        assert "Bitmap Index Scan on monitors_customersearch" in plan


@pytest.mark.parametrize("has_statistics", [True, False])
def test_the_palette_finds_operations_by_number_and_ticket_without_reading_past_others(
    many_operations, long_log, has_statistics
):
    if not has_statistics:
        forget_statistics()

    plan = explained(lambda: [palette.operations(text) for text in ("0000000a", "ESC-4711", "4711")])

    assert whole_reads(plan, "monitors_operation") == [], plan
    assert whole_reads(plan, "monitors_auditevent") == [], plan


def explained(read):
    """The plans of what `read` asks, one after the other."""
    with CaptureQueriesContext(connection) as asked:
        read()
    prefix = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    lines = []
    with connection.cursor() as cursor:
        for query in asked.captured_queries:
            cursor.execute(prefix + query["sql"])
            lines += [str(row[-1]) for row in cursor.fetchall()]
    return "\n".join(lines)


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
