"""When the next list is due, and that nobody's request for one is forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitors.models import Mirror, State, Task
from monitors.services import clock, refreshes, worker
from monitors.services.lists import refresh, schedule
from monitors.tasks import wake
from tests.services.rows import an_operation, minute

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _pace(settings):
    settings.REFRESH_SECONDS = 300
    settings.PACE = replace(
        settings.PACE,
        confirm_after=timedelta(seconds=2),
        judge_after=timedelta(seconds=6),
        confirm_within=timedelta(minutes=1),
    )


@pytest.fixture
def wake_ups():
    """The delays that the worker was woken with."""
    delays: list[float] = []
    worker.connect(delays.append)
    yield delays
    worker.connect(wake)


def at(number):
    return clock.reading(lambda: minute(number))


def mirror():
    return Mirror.objects.get()


def due(number):
    Mirror.objects.update(due_at=None if number is None else minute(number))


@pytest.mark.parametrize(("before", "after"), [(None, 5), (3, 3), (5, 5), (9, 5)])
def test_the_earliest_moment_that_anybody_asked_for_counts(before, after):
    due(before)

    schedule.list_at(minute(5))

    assert mirror().due_at == minute(after)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.ACCEPTED, minute(10) + timedelta(seconds=2)),
        (State.UNKNOWN, minute(20) + timedelta(seconds=6)),
        (State.REFUSED, minute(99)),
        (State.NOT_SENT, minute(99)),
    ],
)
def test_a_write_asks_for_the_list_that_will_judge_it(state, expected):
    due(99)
    operation = an_operation(Task.APPEND, username="acme", state=state, deadline=20)

    with at(10):
        schedule.list_after_writes([operation], clock.now())

    assert mirror().due_at == expected


@pytest.mark.parametrize("is_forced", [False, True])
def test_a_person_who_asks_gets_a_try_through_the_circuit_breaker(is_forced):
    due(99)

    with at(10):
        schedule.list_now(is_forced=is_forced)

    assert (mirror().due_at, mirror().is_forced) == (minute(10), is_forced)


def test_asking_without_force_does_not_take_the_force_of_somebody_else():
    with at(10):
        schedule.list_now(is_forced=True)
        schedule.list_now()

    assert mirror().is_forced


@pytest.mark.parametrize(("moment", "is_due"), [(None, True), (9, True), (10, True), (11, False)])
def test_a_list_is_due_at_its_moment_and_at_once_where_there_is_none(moment, is_due):
    due(moment)

    with at(10):
        assert schedule.is_due(mirror()) is is_due


@pytest.mark.parametrize(("moment", "delay"), [(11, 60.05), (9, 0.05)])
def test_the_worker_is_woken_for_the_moment_the_list_is_due(wake_ups, moment, delay):
    due(moment)

    with at(10):
        schedule.wake_worker()

    assert wake_ups == [pytest.approx(delay)]


def test_the_worker_sleeps_while_nothing_is_due(wake_ups):
    due(None)

    schedule.wake_worker()

    assert wake_ups == []


# The list after a list


def moment_after(asked=0, *, now=1, **rules):
    with at(now):
        return schedule.moment_after(minute(asked), **rules)


def test_the_next_list_comes_after_the_interval():
    assert moment_after() == minute(5)


def test_a_list_that_took_longer_than_the_interval_is_followed_at_once():
    assert moment_after(now=7) == minute(7)


@pytest.mark.parametrize("state", [State.UNKNOWN, State.PENDING])
def test_an_operation_without_a_sure_end_gets_a_list_after_its_deadline(state):
    an_operation(Task.APPEND, username="acme", state=state, deadline=3)
    an_operation(Task.APPEND, username="globex", state=state, deadline=4)

    assert moment_after() == minute(3) + timedelta(seconds=6)
    assert moment_after(can_settle=False) == minute(5)


def test_an_unknown_write_that_waits_for_a_younger_one_asks_for_no_list_of_its_own():
    """It would ask for one list after the other."""
    an_operation(Task.APPEND, state=State.UNKNOWN, username="acme", ended=-3, deadline=-1)
    an_operation(Task.APPEND, state=State.UNKNOWN, username="acme", ended=0, deadline=3)

    assert moment_after() == minute(3) + timedelta(seconds=6)


def test_an_abandoned_write_whose_deadline_has_just_passed_gets_a_list_at_once():
    an_operation(Task.APPEND, state=State.PENDING, ended=None, deadline=-1)

    assert moment_after() == minute(1)


def test_an_accepted_write_that_no_list_could_judge_yet_gets_another_one_soon():
    an_operation(Task.APPEND, username="acme", ended=0.5)

    assert moment_after() == minute(1) + timedelta(seconds=2)


@pytest.mark.parametrize(
    "columns",
    [{"started": -1, "ended": -0.5}, {"ended": 0.5, "settled_at": minute(0.6)}],
    ids=["older than a minute", "settled"],
)
def test_other_writes_wait_for_the_interval(columns):
    an_operation(Task.APPEND, username="acme", **columns)

    assert moment_after() == minute(5)


def test_a_write_that_ended_just_a_minute_ago_still_counts():
    an_operation(Task.APPEND, username="acme", started=-1, ended=0)

    assert moment_after() == minute(1) + timedelta(seconds=2)


# A request while a list is fetched


def ask_meanwhile(gateway):
    """Somebody presses Refresh while the list is under way; a living worker is told."""
    Mirror.objects.update(worker_seen_at=clock.now())
    refreshes.request_list(actor=None)
    return gateway.list_records()


def test_a_list_that_is_fetched_for_a_request_answers_it(upstream):
    schedule.list_now(is_forced=True)

    refresh.run(source="worker")

    assert not mirror().is_forced
    assert mirror().due_at > clock.now() + timedelta(seconds=200)


@pytest.mark.parametrize("fault", [None, "html_200", "status_503_html"])
def test_a_request_while_a_list_is_fetched_leads_to_another_list(upstream, fault):
    if fault:
        upstream.fault(fault, task="list", times=0)

    refresh.run(source="worker", fetch=ask_meanwhile)

    assert mirror().is_forced
    assert mirror().due_at <= clock.now()
    upstream.clear()
    assert refresh.run_if_due() is not None
    assert not mirror().is_forced
    assert mirror().due_at > clock.now()


def test_a_request_while_a_list_is_fetched_that_must_be_held_leads_to_another_list(upstream, load):
    upstream.store.seed(records=[(f"record {n}", "a@northmail.example", 5, ()) for n in range(20)])
    load()
    upstream.fault("empty_list", task="list")

    held = refresh.run(source="worker", fetch=ask_meanwhile)

    assert held.outcome == "held"
    assert mirror().is_forced
    assert mirror().due_at <= clock.now()


def test_a_request_for_later_does_not_put_the_next_list_off():
    with at(10):
        row = mirror()
        row.due_at = minute(30)
        schedule.next_list(row, minute(20))
        assert row.due_at == minute(20)
        schedule.next_list(row, minute(25))
        assert row.due_at == minute(20)
        schedule.claim(row)
        schedule.next_list(row, minute(25))
        assert row.due_at == minute(25)


def test_nothing_is_fetched_before_it_is_due(upstream):
    Mirror.objects.update(due_at=clock.now() + timedelta(minutes=4))

    assert refresh.run_if_due() is None
    assert upstream.calls == []
