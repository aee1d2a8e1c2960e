"""Whatever happens in whatever order: each step of the mirror is explained, and after settling it is the upstream."""

import pytest

from tests.machine import running
from tests.machine.planning_desk import PlanningDesk


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("second_append", running.SECOND_APPENDS)
def test_mirror_equals_upstream_after_any_interleaving(second_append):
    running.run(PlanningDesk, second_append=second_append)
