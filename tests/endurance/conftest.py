"""What waits for minutes in life waits for tenths of a second here, or for nothing: the clock leaps."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import Settings

from monitors.services import clock
from tests.endurance.truth import CLOCK


@pytest.fixture
def short_waits(settings: Settings) -> Iterator[None]:
    settings.SENDGRID_MAX_ANSWER_MB = 1
    settings.REFRESH_SECONDS = 1000
    settings.PACE = replace(settings.PACE, confirm_after=timedelta(0), judge_after=timedelta(0))
    with clock.reading(CLOCK):
        yield
    CLOCK.ahead = timedelta(0)


@pytest.fixture
def short_deadline(settings: Settings) -> None:
    """For faults that keep silent: a call ends after a second, which is enough for an answer on a busy machine."""
    settings.SENDGRID_DEADLINE = 1


@pytest.fixture(params=["json", "xml"])
def form(request: pytest.FixtureRequest, settings: Settings) -> str:
    """The upstream's format, both of them."""
    settings.SENDGRID_API_FORMAT = request.param
    return str(request.param)
