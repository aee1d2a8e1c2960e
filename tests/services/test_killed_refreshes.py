"""A list is written in small transactions; one that dies between them leaves whole ones, and the next list heals it."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction

from monitors.models import Mirror, MonitorRecord
from monitors.services.lists import refresh
from tests.machine import mirror_rows
from tests.machine.kill import killed_after
from tests.machine.upstream_history import facts_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

RECORDS = [(f"record-{number}", "a@northmail.example", 5, [f"u{number}"]) for number in range(3)]


@pytest.fixture
def three_records(upstream):
    upstream.store.seed(records=RECORDS)
    return upstream


@pytest.mark.parametrize(("rows", "sizes"), [(2, {0, 2, 3}), (1000, {0, 3})])
def test_a_refresh_killed_at_any_statement_leaves_whole_transactions(settings, three_records, rows, sizes):
    settings.PACE = replace(settings.PACE, transaction_rows=rows, transaction_time=timedelta(0))

    left = set()
    for statements in count():
        left.add(records_left_by_a_kill_after(statements, three_records))
        if max(left) == len(RECORDS):
            break

    assert left == sizes


def records_left_by_a_kill_after(statements: int, upstream) -> int:
    """Also proves that the next list heals it; leaves the database as it was."""
    with transaction.atomic():
        with killed_after(statements):
            refresh.run(source="command")
        left = MonitorRecord.objects.count()
        Mirror.objects.update(lease_until=None)
        refresh.run(source="command")
        assert mirror_rows.read().facts() == facts_of(upstream.store.snapshot())
        transaction.set_rollback(True)
    return left
