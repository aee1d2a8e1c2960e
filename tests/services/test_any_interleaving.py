"""Whatever happens in whatever order: each step of the mirror is explained, after settling it is the upstream, and
history at the moment of each list that was ever received is that list."""

import pytest

from tests.machine import running
from tests.machine.history_desk import HistoryDesk


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("second_append", running.SECOND_APPENDS)
def test_mirror_equals_upstream_after_any_interleaving(second_append):
    running.run(HistoryDesk, second_append=second_append)
