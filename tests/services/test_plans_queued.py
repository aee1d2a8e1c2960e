"""With a worker a plan's changes are queued: each with its operation in one commit, taken back by a pause."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import (
    AuditEvent,
    Change,
    ChangeState,
    Kind,
    Mirror,
    Operation,
    PlanState,
    State,
    Throttle,
)
from monitors.services import attachments
from monitors.services.plans import running, standing, tending, wanted
from monitors.services.senders import Dispatcher
from monitors.services.submission import Submission
from tests.services.plans import EMAIL, calls, drawn, drawn_of, named, placements, started, states_of

pytestmark = pytest.mark.django_db
IDLE = [f"customer-{number:02}" for number in range(10)]


@pytest.fixture
def desk(upstream, load, settings, tmp_path):
    upstream.store.seed(
        records=[("one", EMAIL, 5, ["acme"]), ("two", EMAIL, 50, []), ("idle", EMAIL, 1, IDLE)]
    )
    load()
    for name in IDLE:
        upstream.store.detach(user=name, name="idle")
    load()
    settings.SPOOL_DIR = tmp_path / "spool"
    Mirror.objects.update(worker_seen_at=timezone.now())
    Throttle.objects.update(allowance=100, refilled_at=timezone.now())
    return upstream


@pytest.fixture
def by(manager):
    return Submission(actor=manager)


def send_all(*, senders=4):
    """As the worker does, until nothing is queued."""
    dispatcher = Dispatcher(senders=senders)
    dispatcher.turn()
    while not dispatcher.is_idle:
        while (claimed := dispatcher.next_one()) is not None:
            dispatcher.send_one(claimed)
        dispatcher.turn()


def finish(plan):
    """Until the plan is over, or waits."""
    for _ in range(20):
        tending.tend()
        send_all()
        plan.refresh_from_db()
        if plan.state != PlanState.RUNNING:
            break
    return plan


def queued():
    return Operation.objects.filter(state=State.QUEUED).count()


def test_so_many_are_queued_as_senders_may_soon_be_free(desk, manager, settings):
    settings.SENDERS = 2
    plan = started(drawn(manager, *IDLE), manager)

    tending.tend()
    tending.tend()

    assert queued() == 8
    assert list(states_of(plan).values()).count("sending") == 8
    assert calls(desk) == []


def test_a_plan_runs_to_its_end_with_one_call_for_each_change(desk, manager):
    plan = finish(started(drawn(manager, *IDLE), manager))

    assert plan.state == PlanState.DONE
    assert sorted(calls(desk)) == [("append", name) for name in IDLE]
    assert Operation.objects.filter(change__plan=plan).count() == len(IDLE)


def test_a_pause_takes_back_what_is_queued_and_going_on_sends_it(desk, manager, by):
    plan = started(drawn(manager, *IDLE), manager)
    tending.tend()

    running.pause(submission=by, plan=plan)
    send_all()
    tending.tend()

    assert (queued(), calls(desk)) == (0, [])
    assert set(states_of(plan).values()) == {"left"}
    running.resume(submission=by, plan=plan)
    assert finish(plan).state == PlanState.DONE
    assert len(calls(desk)) == len(IDLE)


def test_a_cancelled_plan_takes_back_what_is_queued_for_good(desk, manager, by):
    plan = started(drawn(manager, *IDLE), manager)
    tending.tend()

    running.cancel(submission=by, plan=plan)
    send_all()
    tending.tend()

    assert calls(desk) == []
    assert set(states_of(plan).values()) == {"cancelled"}


def test_a_single_click_goes_before_a_long_plan(desk, manager, by):
    started(drawn(manager, *IDLE), manager)
    tending.tend()
    attachments.detach(submission=by, record=named("one"), user="acme")

    send_all(senders=1)

    assert calls(desk)[0] == ("detach", "acme")


def test_what_the_mirror_speaks_against_meanwhile_is_left_out_and_not_queued(desk, manager, by):
    plan = started(drawn(manager, IDLE[0], IDLE[1]), manager)
    attachments.append(submission=by, record=named("one"), user=IDLE[0])
    attachments.append(submission=by, record=named("two"), user=IDLE[1])
    send_all()

    finish(plan)

    assert states_of(plan) == {IDLE[0]: "left_out", IDLE[1]: "left_out"}
    notes = list(plan.changes.order_by("number").values_list("note", flat=True))
    assert notes[0] == f"{IDLE[0]} is already on one."
    assert notes[1].startswith(f"{IDLE[1]} is on two.")


def test_two_who_ask_at_once_ask_for_each_change_once(desk, manager):
    plan = started(drawn(manager, *IDLE), manager)
    tending.tend()
    stale = Change.objects.filter(plan=plan, state=ChangeState.SENDING)
    stale.update(state=ChangeState.LEFT)  # as another process has read them

    tending.tend()

    assert Operation.objects.count() == len(set(Operation.objects.values_list("change", flat=True)))
    assert finish(plan).state == PlanState.DONE
    assert set(states_of(plan).values()) == {"done"}
    assert sorted(calls(desk)) == [("append", name) for name in IDLE]


def test_a_record_is_deleted_after_the_last_customer_has_left(desk, manager):
    plan = finish(started(drawn_of(manager, wanted.deletion(named("one"))), manager))

    assert [task for task, _ in calls(desk)] == ["detach", "delete"]
    assert plan.state == PlanState.DONE


def test_a_move_goes_on_from_step_to_step(desk, manager, load):
    desk.store.second_append = "both"
    plan = started(drawn(manager, "acme", record="two", elsewhere="move"), manager)
    finish(plan)

    load()
    finish(plan)

    assert placements() == {("two", "acme")}
    assert calls(desk) == [("append", "acme"), ("detach", "acme")]


def test_whoever_lost_the_right_asks_for_nothing_more(desk, manager):
    plan = started(drawn(manager, *IDLE), manager)
    manager.groups.clear()

    tending.tend()

    plan.refresh_from_db()
    assert (plan.state, plan.why_paused, queued()) == (PlanState.PAUSED, standing.LOST_RIGHT, 0)


def test_each_change_has_its_events_in_the_log(desk, manager):
    finish(started(drawn(manager, *IDLE[:3]), manager))

    events = AuditEvent.objects.filter(source="plan", operation_id__isnull=False)
    sent = events.filter(kind=Kind.STARTED).order_by("number")
    assert list(sent.values_list("username", flat=True)) == IDLE[:3]
    assert events.filter(kind=Kind.ENDED, outcome="accepted").count() == 3


def test_asking_for_a_batch_takes_a_fixed_number_of_queries(desk, manager, settings):
    settings.SENDERS = 2
    started(drawn(manager, *IDLE), manager)

    with CaptureQueriesContext(connection) as queries:
        tending.tend()

    assert queued() == 8
    assert len([query for query in queries if query["sql"] != "SELECT clock_timestamp()"]) <= 55
