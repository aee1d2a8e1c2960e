"""One rate gate and one breaker for all processes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.gateway.errors import NotSent
from monitors.models import Operation, State, Throttle
from monitors.services import records, refreshes
from monitors.services.operations import Submission
from monitors.services.outbound.throttle import FAILURES_TO_BREAK, SharedThrottle

pytestmark = pytest.mark.django_db


def test_more_than_the_rate_is_not_sent(settings):
    settings.SENDGRID_RATE_PER_MINUTE = 6  # one in ten seconds
    settings.PACE = replace(settings.PACE, throttle_patience=timedelta(0))
    one, other = SharedThrottle(), SharedThrottle()
    one.admit()

    with pytest.raises(NotSent, match="requests a minute") as caught:
        other.admit()

    assert 0 < caught.value.retry_after <= 10


def test_a_short_wait_for_the_next_turn_is_waited_for(settings):
    settings.SENDGRID_RATE_PER_MINUTE = 600
    Throttle.objects.update(allowance=0.9, refilled_at=timezone.now())

    SharedThrottle().admit()


def test_a_pause_that_the_upstream_asked_for_closes_the_gate_for_everybody():
    SharedThrottle().report(is_healthy=True, pause_for=30)

    with pytest.raises(NotSent, match="asked for a pause"):
        SharedThrottle(is_probe=True).admit()


def test_the_breaker_opens_after_failures_in_a_row_and_one_success_closes_it():
    for _ in range(FAILURES_TO_BREAK):
        SharedThrottle().admit()
        SharedThrottle().report(is_healthy=False)

    with pytest.raises(NotSent, match="did not answer 5 times in a row"):
        SharedThrottle().admit()
    SharedThrottle(is_probe=True).admit()
    SharedThrottle().report(is_healthy=True)
    SharedThrottle().admit()


def test_after_the_pause_one_probe_goes_through_and_the_others_wait():
    Throttle.objects.update(failures=FAILURES_TO_BREAK, broken_until=timezone.now() - timedelta(seconds=1))

    SharedThrottle().admit()

    with pytest.raises(NotSent, match="one call is under way"):
        SharedThrottle().admit()


def test_each_failed_probe_makes_the_pause_longer():
    for _ in range(FAILURES_TO_BREAK + 2):
        SharedThrottle().report(is_healthy=False)

    pause = Throttle.objects.get().broken_until - timezone.now()
    assert timedelta(seconds=55) < pause <= timedelta(seconds=60)


def test_an_open_breaker_makes_a_write_not_sent_and_says_when(manager, upstream):
    Throttle.objects.update(failures=7, broken_until=timezone.now() + timedelta(seconds=30))

    operation = records.create(
        submission=Submission(actor=manager), name="abuse", email="a@northmail.example", frequency=1
    )

    assert operation.state == State.NOT_SENT
    assert "did not answer 7 times" in operation.outcome_note
    assert upstream.calls == []


def test_a_429_of_the_upstream_closes_the_gate_for_its_time(manager, upstream):
    upstream.fault("e7", task="write")

    first = records.create(
        submission=Submission(actor=manager), name="abuse", email="a@northmail.example", frequency=1
    )
    second = records.create(
        submission=Submission(actor=manager), name="abuse", email="a@northmail.example", frequency=1
    )

    assert (first.state, second.state) == (State.REFUSED, State.NOT_SENT)
    assert len(upstream.calls) == 1
    assert Operation.objects.count() == 2


def test_somebody_who_presses_refresh_gets_a_try_through_an_open_breaker(upstream, db):
    Throttle.objects.update(failures=7, broken_until=timezone.now() + timedelta(seconds=30))

    done = refreshes.request_list(actor=None)

    assert done.refresh is not None
    assert done.refresh.outcome == "unchanged"
    assert Throttle.objects.get().broken_until is None
