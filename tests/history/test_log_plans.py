"""However long the log and its operations are, what is looked for is read from a short piece of an index."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from benchmarks.population import Population, fill
from monitors.filters.audit import AuditFilter
from monitors.models import Attachment, AuditEvent, MonitorRecord, Operation, Task
from monitors.selectors import exports, history, named_rows
from monitors.selectors.matching import Kind
from monitors.services.lists import attribution, recent_writes, settle
from monitors.services.log import audit
from tests.history.plans import explained, forget_statistics, whole_reads
from tests.history.standing import taken_back
from tests.tampering import execute, lifted

EVENTS, OPERATIONS = 5_000, 20_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("plans of the log"),
    pytest.mark.usefixtures("standing"),
]


@pytest.fixture(scope="module")
def written(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        many_operations()
        many_events()
        execute("ANALYZE")
        yield


def many_operations():
    """All settled, but for one that waits."""
    fill(Population(records=50, ended=0, events=0, operations=OPERATIONS))
    with lifted():
        waiting = Operation.objects.filter(pk=UUID(int=OPERATIONS))
        waiting.update(state="unknown", settled_at=None, deadline_at=timezone.now())


def many_events():
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


def joined(read):
    return "\n".join(explained(read))


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
    yield settle.overdue_at(hour_ago)[:100]
    yield attribution.unsettled_ones()
    yield attribution.settled_since(hour_ago)
    yield Operation.objects.filter(settled_at=None)
    yield recent_writes.younger(*recent_writes.open_ended(hour_ago))
    yield recent_writes.ended_since(*recent_writes.open_ended(hour_ago))
    yield Operation.objects.filter(settle.judged_since(hour_ago))


@pytest.mark.parametrize("has_statistics", [True, False])
@pytest.mark.parametrize("reads", [busy_checks, reads_of_a_list])
def test_what_is_unsettled_is_found_without_reading_past_operations(reads, has_statistics):
    if not has_statistics:
        forget_statistics("monitors_operation")

    for rows in reads():
        plan = rows.explain()
        assert whole_reads(plan, "monitors_operation") == [], f"{rows.query}\n{plan}"


def test_a_page_of_the_log_reads_only_a_piece_of_it():
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
def test_a_records_history_reads_only_its_own_events(has_statistics):
    if not has_statistics:
        forget_statistics()
    scope = history.Scope("record_id", [17])

    for count in (11, 101):
        newest = scope.entries().order_by("-number")[:count].explain()

        assert whole_reads(newest, "monitors_auditevent") == []
        assert "audit_by_record" in newest
        assert "audit_by_operation" in newest
        assert "Hash" not in newest  # it would read the events of all operations first
        assert "TEMP B-TREE" not in newest


@pytest.mark.parametrize("has_statistics", [True, False])
def test_the_roles_of_a_file_are_looked_up_by_their_operations(has_statistics):
    if not has_statistics:
        forget_statistics()

    keys = Attachment.objects.order_by("pk").values_list("pk", flat=True)[:62]
    plan = joined(lambda: list(exports.attachments(list(keys), moment=timezone.now())))

    assert whole_reads(plan, "monitors_auditevent") == []
    assert "audit_by_operation" in plan
    assert "audit_by_kind" not in plan


@pytest.mark.parametrize("has_statistics", [True, False])
def test_the_palette_finds_operations_by_number_and_ticket_without_reading_past_others(has_statistics):
    if not has_statistics:
        forget_statistics()

    keys = [{kind: [] for kind in Kind}, {kind: [1] for kind in Kind}]  # a part of nobody's name, and of one
    texts = ("0000000a", "ESC-4711", "4711")
    plan = joined(lambda: [named_rows.read(text, each) for text in texts for each in keys])

    assert plan.count("monitors_operation") + plan.count("operation_") >= 5, plan

    assert whole_reads(plan, "monitors_operation") == [], plan
    assert whole_reads(plan, "monitors_auditevent") == [], plan
