"""For each list that was ever received, history at that moment is that list."""

import pytest

from tests.machine import running
from tests.machine.history_desk import HistoryDesk


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("second_append", ["moved", "both"])
def test_history_at_each_list_is_that_list(second_append):
    running.run(HistoryDesk, second_append=second_append, profile="ci-history")
