"""The tour tells the truth: each of its tasks takes the steps, the requests and the bytes that the page says."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import SitDown
from tests.tour import page
from tests.tour.hands import Hands
from tests.tour.walks import WALKS, Walk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

TOLERANCE = 1.25  # a list of the test's own is longer than the demo's


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.name)
def test_a_task_takes_what_the_tour_says(walk: Walk, sit_down: SitDown, customer: Callable[[], str]) -> None:
    told = page.told()[walk.title]
    hands = Hands(sit_down(walk.person), customer)

    walk.do(hands)

    assert hands.cost.steps == told.steps
    assert hands.cost.requests <= told.requests
    assert hands.cost.size <= told.size * TOLERANCE
