"""docs/testing.md tells which faults are played on which tasks, and nothing that is not played."""

import pytest

from monitors.sandbox.faults import FAULTS, NAMES
from tests.endurance import fault_table

pytestmark = [pytest.mark.slow, pytest.mark.any_database, pytest.mark.xdist_group("fault table")]


@pytest.mark.parametrize("database", fault_table.DATABASES)
def test_every_fault_is_played_on_every_task_in_both_formats(database):
    wanted = {
        (fault, task, form)
        for fault in NAMES
        for task in fault_table.TASKS
        for form in fault_table.FORMATS
        if task in FAULTS[fault].tasks
    }

    assert set(fault_table.played(database)) == wanted


def test_table_in_the_docs_is_the_current_one():
    docs = (fault_table.ROOT / "docs" / "testing.md").read_text()

    assert fault_table.markdown() in docs, "paste what `python -m tests.endurance.fault_table` prints"


def test_each_fault_stands_in_one_group():
    groups = [name for table in fault_table.GROUPS.values() for name in table]

    assert sorted(groups) == sorted(NAMES)
