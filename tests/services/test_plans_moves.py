"""A move keeps a customer monitored: append first, and a list says whether a detach is needed."""

from datetime import timedelta

import pytest

from monitors.models import ChangeState, Effect, Operation, PlanState, Step, Throttle
from monitors.sandbox.store import SecondAppend
from monitors.services.plans import outcomes, running, tending, wanted
from monitors.services.submission import Submission
from tests.services.plans import (
    EMAIL,
    calls,
    drawn,
    drawn_of,
    effects_of,
    named,
    placements,
    run,
    started,
    states_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(upstream, load):
    """Acme on one; an append does not move anybody by itself."""
    upstream.store.seed(
        records=[("one", EMAIL, 5, ["acme"]), ("two", EMAIL, 50, []), ("three", EMAIL, 50, ["hooli"])]
    )
    upstream.store.second_append = SecondAppend.BOTH
    load()
    return upstream


def moved(manager):
    return drawn(manager, "acme", record="two", elsewhere="move")


@pytest.fixture
def list_comes(load):
    """A list, and what follows from it."""

    def come():
        load()
        tending.tend()

    return come


def step_of(plan):
    change = plan.changes.get()
    return change.step, change.state


def test_the_old_record_is_left_once_a_list_shows_the_customer_on_both(desk, manager, list_comes):
    plan = run(moved(manager), manager)
    assert step_of(plan) == (Step.LIST, ChangeState.SENDING)
    assert calls(desk) == [("append", "acme")]

    list_comes()

    plan.refresh_from_db()
    assert (step_of(plan), plan.state) == ((Step.DETACH, ChangeState.SENDING), PlanState.RUNNING)
    assert desk.calls[-1].parameters["name"] == "one"
    list_comes()

    plan.refresh_from_db()
    assert (step_of(plan), plan.state) == ((Step.DETACH, ChangeState.DONE), PlanState.DONE)
    assert calls(desk) == [("append", "acme"), ("detach", "acme")]
    assert placements() == {("two", "acme"), ("three", "hooli")}


def test_no_detach_is_sent_where_sendgrid_moved_the_customer_itself(desk, manager, load):
    desk.store.second_append = SecondAppend.MOVED
    plan = run(moved(manager), manager)

    load()
    tending.tend()

    assert states_of(plan) == {"acme": "done"}
    assert calls(desk) == [("append", "acme")]


def test_whoever_left_the_new_record_meanwhile_is_not_taken_off_the_old_one(desk, manager, load):
    plan = run(moved(manager), manager)
    load()
    desk.store.detach(user="acme", name="two")
    load()

    tending.tend()

    assert states_of(plan) == {"acme": "not_shown"}
    assert "stays where it was" in plan.changes.get().note
    assert calls(desk) == [("append", "acme")]
    assert placements() == {("one", "acme"), ("three", "hooli")}


def test_a_refused_append_leaves_the_customer_where_it_was(desk, manager, load):
    desk.store.second_append = SecondAppend.REFUSED

    plan = run(moved(manager), manager)

    assert states_of(plan) == {"acme": "refused"}
    load()
    assert ("one", "acme") in placements()


def test_a_detach_that_is_refused_is_put_back(desk, manager, load, list_comes):
    plan = run(moved(manager), manager)
    load()
    desk.fault("e1", task="detach")
    tending.tend()
    assert step_of(plan) == (Step.BACK, ChangeState.SENDING)

    list_comes()

    change = plan.changes.get()
    assert (change.state, change.step) == (ChangeState.REFUSED, Step.BACK)
    assert "It could not leave one" in change.note
    assert change.note.endswith("Put back.")
    assert placements() == {("one", "acme"), ("three", "hooli")}


def test_a_detach_that_a_later_list_contradicts_is_put_back(desk, manager, list_comes):
    plan = run(moved(manager), manager)
    desk.fault("lie", task="detach")
    list_comes()

    list_comes()
    list_comes()

    change = plan.changes.get()
    assert (change.state, change.step) == (ChangeState.REFUSED, Step.BACK)
    assert change.note == (
        "It could not leave one: SendGrid said success, but its list does not show it. Put back."
    )
    assert placements() == {("one", "acme"), ("three", "hooli")}
    assert desk.calls[-2].parameters["name"] == "two"


def test_whoever_could_not_be_put_back_either_is_said_to_be_on_both(desk, manager, list_comes):
    plan = run(moved(manager), manager)
    desk.fault("lie", task="detach", times=2)

    for _ in range(3):
        list_comes()

    plan.refresh_from_db()
    change = plan.changes.get()
    assert (change.state, plan.state) == (ChangeState.REFUSED, PlanState.DONE)
    assert change.note.endswith("It could not be put back either, and is on both.")
    assert placements() == {("one", "acme"), ("two", "acme"), ("three", "hooli")}


def test_moves_that_wait_for_a_list_are_not_read_again(desk, manager, load, django_assert_num_queries):
    plan = run(moved(manager), manager)
    with django_assert_num_queries(1):
        outcomes.take_over(plan)
    load()
    tending.tend()

    with django_assert_num_queries(1):
        outcomes.take_over(plan)
    assert step_of(plan) == (Step.DETACH, ChangeState.SENDING)


def test_each_step_is_an_operation_of_its_own(desk, manager, load):
    run(moved(manager), manager)
    load()
    tending.tend()

    operations = Operation.objects.order_by("started_at").values_list("task", "record_name")
    assert list(operations) == [("append", "two"), ("detach", "one")]


def test_a_cancelled_plan_finishes_a_move_that_has_begun(desk, manager, list_comes):
    plan = run(moved(manager), manager)
    running.cancel(submission=Submission(actor=manager), plan=plan)

    list_comes()
    list_comes()

    assert states_of(plan) == {"acme": "done"}
    assert placements() == {("two", "acme"), ("three", "hooli")}


def test_whoever_is_on_several_records_is_moved_from_one_of_their_pages(desk, manager, load):
    desk.store.append(user="acme", name="three")
    load()
    plan = moved(manager)
    assert effects_of(plan) == {"acme": Effect.NOT_ALLOWED}
    assert "On several records: one, three" in plan.changes.get().note

    from_page = drawn_of(manager, wanted.moves(named("three"), named("two"), ["acme"]))

    assert effects_of(from_page) == {"acme": Effect.MOVES}
    assert from_page.changes.get().from_record == named("three")
    run(from_page, manager)
    load()
    tending.tend()
    assert placements() == {("one", "acme"), ("two", "acme"), ("three", "hooli")}


def test_a_customer_who_left_the_old_record_meanwhile_is_not_moved(desk, manager, load):
    plan = drawn_of(manager, wanted.moves(named("one"), named("two"), ["acme"]))
    desk.store.detach(user="acme", name="one")
    load()

    plan = run(plan, manager)

    assert states_of(plan) == {"acme": "left_out"}
    assert calls(desk) == []


def test_a_move_to_a_record_where_the_customer_is_already_only_leaves_the_old_one(
    desk, manager, load, list_comes
):
    desk.store.append(user="acme", name="two")
    load()

    plan = run(moved(manager), manager)
    list_comes()

    assert states_of(plan) == {"acme": "done"}
    assert calls(desk) == [("detach", "acme")]


def test_a_half_moved_customer_waits_for_an_answer_and_then_goes_on(desk, manager, load, list_comes):
    plan = started(moved(manager), manager)
    tending.tend()
    load()
    Throttle.objects.update(failures=5, broken_until=tending.clock.now() + timedelta(minutes=1))
    tending.tend()
    plan.refresh_from_db()
    assert plan.state == PlanState.PAUSED

    Throttle.objects.update(failures=0, broken_until=None)
    tending.tend()
    list_comes()

    assert states_of(plan) == {"acme": "done"}
