"""The desk in a hurry: what waits for minutes in life waits for tenths of a second here."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import Settings


@pytest.fixture
def short_waits(settings: Settings) -> None:
    settings.SENDGRID_DEADLINE = 0.5
    settings.SENDGRID_MAX_ANSWER_MB = 1
    settings.REFRESH_SECONDS = 1000
    # Wide enough that a busy machine does not find itself too late to send.
    settings.PACE = replace(
        settings.PACE,
        call_margin=timedelta(seconds=1),
        confirm_after=timedelta(0),
        judge_after=timedelta(0),
        transaction_pause=timedelta(0),
    )


@pytest.fixture(params=["json", "xml"])
def form(request: pytest.FixtureRequest, settings: Settings) -> str:
    """The upstream's format, both of them."""
    settings.SENDGRID_API_FORMAT = request.param
    return str(request.param)
