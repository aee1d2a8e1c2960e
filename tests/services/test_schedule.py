"""When the next list is due, and that nobody's request for one is forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitors.models import Mirror, Refresh, State, Task
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


# The rest after a list that took long


@pytest.fixture
def rests(settings):
    """Lists take at most a tenth of one core."""
    settings.PACE = replace(settings.PACE, list_share=0.1)


def rest(seconds, *, asked=0, now=1):
    """A list asked for at `asked` has just ended; so many seconds of processor."""
    with at(now):
        schedule.rest(Refresh(asked_at=minute(asked)), seconds)


def accepted(now):
    operation = an_operation(Task.APPEND, username="acme", started=now - 1, ended=now)
    with at(now):
        return schedule.list_after_writes([operation], clock.now())


@pytest.mark.usefixtures("rests")
def test_a_confirming_list_waits_ten_times_as_long_as_the_last_one_took():
    due(99)
    rest(6)

    assert accepted(1.5) == minute(2)
    assert mirror().due_at == minute(2)


@pytest.mark.usefixtures("rests")
def test_writes_that_follow_each_other_share_one_list():
    due(99)
    rest(6)

    assert [accepted(1.2), accepted(1.4), accepted(1.6)] == [minute(2), None, None]
    assert mirror().due_at == minute(2)


@pytest.mark.usefixtures("rests")
def test_after_the_rest_a_write_is_confirmed_as_soon_as_ever():
    due(99)
    rest(6)

    assert accepted(3) == minute(3) + timedelta(seconds=2)


@pytest.mark.usefixtures("rests")
def test_a_list_that_took_little_is_followed_by_no_rest():
    due(99)
    rest(0.19)

    assert mirror().confirm_from is None
    assert accepted(1) == minute(1) + timedelta(seconds=2)


@pytest.mark.usefixtures("rests")
def test_what_was_asked_for_while_the_list_ran_rests_too():
    """A write that the list came too early for."""
    due(1.1)
    rest(6)

    assert mirror().due_at == minute(2)


@pytest.mark.usefixtures("rests")
def test_no_rest_is_longer_than_the_interval():
    due(1.1)
    rest(600)

    assert (mirror().due_at, mirror().confirm_from) == (minute(5), minute(5))


@pytest.mark.usefixtures("rests")
@pytest.mark.parametrize("state", [State.UNKNOWN, State.PENDING])
def test_no_rest_keeps_an_unknown_operation_waiting(state):
    an_operation(Task.APPEND, username="acme", state=state, deadline=1.5)
    due(1.6)
    rest(12)

    assert mirror().due_at == minute(1.6)
    operation = an_operation(Task.APPEND, username="globex", state=State.UNKNOWN, deadline=1.2)
    with at(1.1):
        assert schedule.list_after_writes([operation], clock.now()) == minute(1.2) + timedelta(seconds=6)


@pytest.mark.usefixtures("rests")
def test_nobody_who_asks_for_a_list_waits_for_the_rest():
    Mirror.objects.update(due_at=minute(1), is_forced=True)
    rest(6)
    assert mirror().due_at == minute(1)

    due(99)
    with at(1.5):
        schedule.list_now(is_forced=True)
    assert mirror().due_at == minute(1.5)


@pytest.mark.usefixtures("rests")
def test_a_rest_noted_before_a_clock_was_set_back_does_not_count():
    due(99)
    Mirror.objects.update(confirm_from=minute(60))

    assert accepted(1) == minute(1) + timedelta(seconds=2)


def test_a_refresh_notes_its_own_rest(upstream, settings):
    settings.PACE = replace(settings.PACE, list_share=1e-9)

    done = refresh.run(source="worker")

    assert mirror().confirm_from == done.asked_at + timedelta(seconds=300)


def test_a_list_that_did_not_come_is_followed_by_no_rest(upstream, settings):
    settings.PACE = replace(settings.PACE, list_share=1e-9)
    upstream.fault("status_503_html", task="list", times=0)

    refresh.run(source="worker")

    assert mirror().confirm_from is None


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
