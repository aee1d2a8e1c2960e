"""A list is written in small transactions; one that dies between them leaves whole ones, and the next list heals it."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction

from monitors.models import Attachment, Customer, Mirror, MonitorRecord
from monitors.services.lists import refresh
from tests.machine import mirror_rows
from tests.machine.kill import killed_after
from tests.machine.upstream_history import facts_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

RECORDS = [(f"record-{number}", "a@northmail.example", 5, [f"u{number}", "shared"]) for number in range(3)]


@pytest.fixture
def three_records(upstream):
    upstream.store.seed(records=RECORDS)
    return upstream


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [(2, {(0, 0), (2, 0), (3, 0), (3, 2), (3, 4), (3, 6)}), (1000, {(0, 0), (3, 0), (3, 6)})],
)
def test_a_refresh_killed_at_any_statement_leaves_whole_transactions(settings, three_records, rows, sizes):
    settings.PACE = replace(
        settings.PACE, transaction_rows=rows, baseline_rows=rows, transaction_time=timedelta(0)
    )

    left = set()
    for statements in count():
        left.add(left_by_a_kill_after(statements, three_records))
        if max(left) == max(sizes):
            break

    assert left == sizes


def left_by_a_kill_after(statements: int, upstream) -> tuple[int, int]:
    """How many records and attachments. Also proves that the next list heals it; leaves the database as it was."""
    with transaction.atomic():
        with killed_after(statements):
            refresh.run(source="command")
        left = MonitorRecord.objects.count(), Attachment.objects.count()
        assert_counts_are_true()
        Mirror.objects.update(lease_until=None)
        refresh.run(source="command")
        assert mirror_rows.read().facts() == facts_of(upstream.store.snapshot())
        transaction.set_rollback(True)
    return left


def assert_counts_are_true() -> None:
    lasting = Attachment.objects.lasting()
    for rows, column, key in (
        (MonitorRecord, "customer_count", "record"),
        (Customer, "record_count", "customer"),
    ):
        true_counts = Counter(lasting.values_list(key, flat=True))
        assert Counter(dict(rows.objects.values_list("pk", column))) == true_counts
