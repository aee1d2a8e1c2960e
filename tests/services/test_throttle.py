"""One rate gate and one breaker for all processes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from monitors.gateway.errors import NotSent
from monitors.models import Operation, State, Throttle
from monitors.services import clock, records, refreshes
from monitors.services.outbound.throttle import FAILURES_TO_BREAK, SharedThrottle
from monitors.services.submission import Submission
from tests.services.rows import minute

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


def create(manager):
    return records.create(
        submission=Submission(actor=manager), name="abuse", email="a@northmail.example", frequency=1
    )


def test_a_database_that_fails_after_a_success_does_not_turn_it_into_an_error(manager, upstream, caplog):
    def is_locked(execute, sql, *rest):
        if "monitors_throttle" in sql and upstream.calls:
            raise OperationalError("database is locked")
        return execute(sql, *rest)

    with connection.execute_wrapper(is_locked):
        operation = create(manager)

    assert operation.state == State.ACCEPTED
    assert Operation.objects.get().state == State.ACCEPTED
    assert "the throttle could not remember how a call went" in caplog.text


def test_a_write_that_the_throttle_holds_back_keeps_when_to_try_again(manager, upstream):
    with clock.reading(lambda: minute(0)):
        Throttle.objects.update(paused_until=minute(0.5))
        operation = create(manager)

    assert operation.state == State.NOT_SENT
    assert Operation.objects.get().retry_after == 30
    assert operation.outcome_note == "SendGrid asked for a pause; the next try is possible in 30 s."


def test_a_write_that_the_upstream_held_back_keeps_when_to_try_again(manager, upstream):
    upstream.fault("e7", task="write", reset_in=20)

    operation = create(manager)

    assert operation.state == State.REFUSED
    assert 15 < Operation.objects.get().retry_after <= 21


@pytest.mark.parametrize("fault", [None, "e1", "close_before_answer"])
def test_a_write_that_nothing_held_back_keeps_no_time_to_wait(manager, upstream, fault):
    if fault:
        upstream.fault(fault, task="write")

    create(manager)

    assert Operation.objects.get().retry_after is None


def test_a_write_that_found_nobody_keeps_no_time_to_wait(manager):
    create(manager)

    assert Operation.objects.get().state == State.NOT_SENT
    assert Operation.objects.get().retry_after is None


# By the clock alone


@pytest.fixture
def a_rate_of_six(settings):
    """One call in ten seconds, one at once, and nobody waits."""
    settings.SENDGRID_RATE_PER_MINUTE = 6
    settings.SENDGRID_DEADLINE = 60
    settings.PACE = replace(settings.PACE, throttle_patience=timedelta(0))


def admitted(number, *, is_probe=False):
    """None, or the refusal, at that minute."""
    with clock.reading(lambda: minute(number)):
        try:
            SharedThrottle(is_probe=is_probe).admit()
        except NotSent as error:
            return error
    return None


def report(number, **how):
    with clock.reading(lambda: minute(number)):
        SharedThrottle().report(**how)


@pytest.mark.usefixtures("a_rate_of_six")
def test_the_allowance_comes_back_with_time_and_never_beyond_the_burst():
    assert admitted(0) is None
    early = admitted(0.1)  # six seconds later
    assert early.retry_after == pytest.approx(4)
    assert early.reason == "More than 6 requests a minute; try again in a moment."
    assert admitted(0.17) is None
    assert admitted(60) is None
    assert admitted(60) is not None


@pytest.mark.usefixtures("a_rate_of_six")
def test_a_clock_that_was_set_back_gives_and_takes_nothing():
    assert admitted(10) is None

    assert admitted(5).retry_after == pytest.approx(10)


def test_as_many_calls_as_the_rate_allows_in_ten_seconds_leave_at_once(settings):
    settings.SENDGRID_RATE_PER_MINUTE = 60
    settings.PACE = replace(settings.PACE, throttle_patience=timedelta(0))

    assert [admitted(0) for _ in range(10)] == [None] * 10
    assert admitted(0).retry_after == pytest.approx(1)


def test_a_pause_ends_by_itself_and_nobody_gets_through_before():
    report(0, is_healthy=True, pause_for=30)

    assert admitted(0.4, is_probe=True).retry_after == pytest.approx(6)
    assert admitted(0.5) is None


def test_a_pause_stays_when_a_later_call_asks_for_none():
    report(0, is_healthy=True, pause_for=60)
    report(0.1, is_healthy=True)

    assert admitted(0.5) is not None


@pytest.mark.parametrize(
    ("failures", "seconds"), [(4, None), (5, 15), (6, 30), (7, 60), (9, 240), (10, 300), (30, 300)]
)
def test_each_failure_beyond_the_fifth_doubles_the_break_up_to_five_minutes(failures, seconds):
    for _ in range(failures):
        report(0, is_healthy=False)

    until = Throttle.objects.get().broken_until
    assert until == (None if seconds is None else minute(seconds / 60))


def test_a_success_among_failures_begins_the_count_again():
    for is_healthy in (False, False, False, False, True, False):
        report(0, is_healthy=is_healthy)

    assert (Throttle.objects.get().failures, Throttle.objects.get().broken_until) == (1, None)


def test_after_a_break_one_call_at_a_time_finds_out_whether_the_upstream_answers(settings):
    settings.SENDGRID_DEADLINE = 60
    for _ in range(FAILURES_TO_BREAK):
        report(0, is_healthy=False)

    assert admitted(0.2).retry_after == pytest.approx(3)
    assert admitted(0.25) is None
    assert Throttle.objects.get().probe_until == minute(1.25)
    assert admitted(1).retry_after == pytest.approx(15)
    assert admitted(1.25) is None
    report(1.3, is_healthy=True)
    assert (Throttle.objects.get().probe_until, admitted(1.3)) == (None, None)


def test_no_call_is_a_probe_while_nothing_is_broken():
    assert admitted(0) is None

    assert Throttle.objects.get().probe_until is None
