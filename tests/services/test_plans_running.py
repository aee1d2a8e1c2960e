"""A plan does what was shown, once, and tells what became of each change."""

from datetime import timedelta

import pytest

from monitors.models import (
    AuditEvent,
    Change,
    ChangeKind,
    ChangeState,
    Kind,
    Operation,
    Plan,
    PlanState,
    Role,
    Source,
    State,
    Throttle,
)
from monitors.services import attachments, clock
from monitors.services.errors import Denied, Invalid
from monitors.services.plans import editing, outcomes, running, sending, standing, tending, wanted
from monitors.services.plans.running import Outdated
from monitors.services.submission import Submission
from tests.services.plans import (
    EMAIL,
    calls,
    drawn,
    drawn_of,
    named,
    placements,
    run,
    started,
    states_of,
)

pytestmark = pytest.mark.django_db
IDLE = ["ann", "ben", "cid", "dan"]


@pytest.fixture
def desk(upstream, load):
    """Acme on one, globex on two; four idle customers, whom the desk has seen."""
    upstream.store.seed(
        records=[("one", EMAIL, 5, ["acme"]), ("two", EMAIL, 50, ["globex"]), ("idle", EMAIL, 1, IDLE)]
    )
    load()
    for name in IDLE:
        upstream.store.detach(user=name, name="idle")
    load()
    return upstream


@pytest.fixture
def by(manager):
    return Submission(actor=manager)


def kinds():
    events = AuditEvent.objects.filter(kind__startswith="plan.").order_by("number")
    return list(events.values_list("kind", flat=True))


def test_each_change_is_one_operation_of_the_plan(desk, manager):
    plan = run(drawn(manager, "ann", "ben", "acme"), manager)

    assert plan.state == PlanState.DONE
    assert states_of(plan) == {"ann": "done", "ben": "done", "acme": "left_out"}
    assert {("one", "ann"), ("one", "ben")} <= placements()
    assert calls(desk) == [("append", "ann"), ("append", "ben")]
    operations = Operation.objects.order_by("started_at")
    assert [(each.source, each.change.number, each.actor, each.reason) for each in operations] == [
        (Source.PLAN, 1, manager, "T-1"),
        (Source.PLAN, 2, manager, "T-1"),
    ]
    assert kinds() == [Kind.PLAN_STARTED, Kind.PLAN_ENDED]


def test_an_old_digest_runs_nothing_and_the_new_plan_is_shown(desk, manager, by):
    plan = drawn(manager, "ann", "ben")
    seen = plan.digest
    changed = editing.leave_out(submission=by, plan=plan, numbers={1})

    with pytest.raises(Outdated) as refused:
        running.run(submission=by, plan=plan, seen=seen)

    assert refused.value.plan.digest == changed.digest
    assert Plan.objects.get().state == PlanState.DRAFT
    assert calls(desk) == []


def test_what_no_longer_holds_at_the_start_is_left_out_and_named_in_the_log(desk, manager, by):
    plan = drawn(manager, "ann", "ben", "cid")
    attachments.append(submission=by, record=named("one"), user="ann")
    attachments.append(submission=by, record=named("two"), user="ben")

    plan = run(plan, manager)

    assert states_of(plan) == {"ann": "left_out", "ben": "left_out", "cid": "done"}
    assert ("one", "ben") not in placements()
    event = AuditEvent.objects.get(kind=Kind.PLAN_LEFT_OUT)
    assert [entry["name"] for entry in event.details["left_out"]] == ["ann", "ben"]


def test_nobody_is_taken_off_another_record_before_somebody_chose(desk, manager, by):
    plan = drawn(manager, "globex")

    with pytest.raises(Invalid, match="on another record"):
        started(plan, manager)

    plan = editing.change(submission=by, plan=plan, elsewhere="too")
    assert run(plan, manager).state == PlanState.DONE


def test_a_double_click_and_two_people_start_one_plan(desk, manager, person):
    plan = drawn(manager, "ann")
    ben = person(Role.ADMINISTRATORS)

    first = started(plan, manager)
    again = started(plan, manager)
    by_ben = started(plan, ben)
    tending.tend()

    assert first.run_by == again.run_by == by_ben.run_by == manager
    assert calls(desk) == [("append", "ann")]
    assert kinds().count(Kind.PLAN_STARTED) == 1


def test_two_who_tend_at_once_send_each_change_once(desk, manager):
    """The second begins when the first has taken a change and not yet sent it."""
    started(drawn(manager, "ann", "ben"), manager)
    change = Change.objects.select_related("plan__run_by", "record", "from_record").get(number=1)
    Change.objects.filter(pk=change.pk).update(state=ChangeState.SENDING)

    tending.tend()
    operation = sending.send(change)

    assert operation.change == change
    assert calls(desk) == [("append", "ann"), ("append", "ben")]
    assert Operation.objects.count() == 2


def test_a_change_taken_by_somebody_who_was_killed_is_sent_by_the_next(desk, manager):
    plan = started(drawn(manager, "ann"), manager)
    Change.objects.update(state=ChangeState.SENDING)

    tending.tend()

    assert states_of(plan) == {"ann": "done"}
    assert calls(desk) == [("append", "ann")]


def test_an_end_that_nobody_took_over_is_taken_over_by_the_next(desk, manager):
    plan = started(drawn(manager, "ann"), manager)
    change = Change.objects.select_related("plan__run_by", "record", "from_record").get()
    sending.send(change)
    Change.objects.update(state=ChangeState.SENDING)

    tending.tend()

    assert states_of(plan) == {"ann": "done"}
    assert calls(desk) == [("append", "ann")]


def test_nothing_of_a_paused_plan_leaves_and_it_goes_on_where_it_was(desk, manager, by):
    plan = started(drawn(manager, "ann", "ben", "cid"), manager)
    tending.tend(at_most=1)

    running.pause(submission=by, plan=plan)
    tending.tend()
    assert calls(desk) == [("append", "ann")]
    plan.refresh_from_db()
    assert (plan.state, plan.paused_by) == (PlanState.PAUSED, "Account_Managers")

    running.resume(submission=by, plan=plan)
    tending.tend()
    assert len(calls(desk)) == 3
    assert kinds() == [Kind.PLAN_STARTED, Kind.PLAN_PAUSED, Kind.PLAN_RESUMED, Kind.PLAN_ENDED]


def test_a_cancelled_plan_sends_no_more_and_says_what_was_left(desk, manager, by):
    plan = started(drawn(manager, "ann", "ben", "cid"), manager)
    tending.tend(at_most=1)

    running.cancel(submission=by, plan=plan)
    tending.tend()

    assert states_of(plan) == {"ann": "done", "ben": "cancelled", "cid": "cancelled"}
    assert AuditEvent.objects.get(kind=Kind.PLAN_CANCELLED).details["cancelled"] == 2


def test_a_draft_that_is_discarded_is_cancelled(desk, manager, by):
    plan = running.cancel(submission=by, plan=drawn(manager, "ann"))

    assert plan.state == PlanState.CANCELLED
    assert started(plan, manager).state == PlanState.CANCELLED
    assert calls(desk) == []


def test_what_sendgrid_refuses_can_be_tried_again(desk, manager, by):
    desk.fault("e1", task="append")
    plan = run(drawn(manager, "ann", "ben"), manager)
    assert states_of(plan) == {"ann": "refused", "ben": "done"}
    assert plan.state == PlanState.DONE

    running.retry(submission=by, plan=plan)
    tending.tend()

    assert states_of(plan) == {"ann": "done", "ben": "done"}
    assert calls(desk) == [("append", "ann"), ("append", "ben"), ("append", "ann")]


def test_refused_credentials_pause_the_plan_and_are_no_refusal_of_the_change(desk, manager, by):
    desk.fault("e6", task="append")

    plan = run(drawn(manager, "ann", "ben"), manager)

    assert (plan.state, plan.is_waiting) == (PlanState.PAUSED, False)
    assert "refused the desk's own user and key" in plan.why_paused
    assert states_of(plan) == {"ann": "left", "ben": "left"}
    running.resume(submission=by, plan=plan)
    tending.tend()
    assert set(states_of(plan).values()) == {"done"}


def test_a_request_for_fewer_requests_holds_the_change_back_and_sends_it_later(desk, manager):
    desk.fault("e7", task="append", reset_in=60)

    plan = run(drawn(manager, "ann", "ben"), manager)
    assert states_of(plan) == {"ann": "left", "ben": "left"}
    assert plan.state == PlanState.RUNNING

    Throttle.objects.update(paused_until=None)
    tending.tend()
    assert set(states_of(plan).values()) == {"done"}


@pytest.mark.usefixtures("no_margin")
def test_an_unknown_change_that_a_list_shows_is_done_and_sent_once(desk, manager, load):
    desk.fault("close_before_answer", task="append", applied=True)
    plan = run(drawn(manager, "ann"), manager)
    assert (states_of(plan), plan.state) == ({"ann": "unknown"}, PlanState.RUNNING)

    wait_for_judgement()
    load()
    tending.tend()

    assert states_of(plan) == {"ann": "done"}
    assert calls(desk) == [("append", "ann")]


@pytest.mark.usefixtures("no_margin")
def test_an_unknown_change_is_tried_again_only_after_a_list_did_not_show_it(desk, manager, by, load):
    desk.fault("close_before_answer", task="append")
    plan = run(drawn(manager, "ann"), manager)

    running.retry(submission=by, plan=plan)
    tending.tend()
    assert len(calls(desk)) == 1

    wait_for_judgement()
    load()
    tending.tend()
    assert states_of(plan) == {"ann": "done"}
    assert len(calls(desk)) == 2


@pytest.mark.usefixtures("no_margin")
def test_a_change_that_no_list_ever_shows_is_given_up(desk, manager, load):
    desk.fault("close_before_answer", task="append", times=0)
    plan = run(drawn(manager, "ann"), manager)

    for _ in range(outcomes.MAX_UNKNOWN_TRIES):
        wait_for_judgement()
        load()
        tending.tend()

    assert states_of(plan) == {"ann": "not_shown"}
    assert len(calls(desk)) == outcomes.MAX_UNKNOWN_TRIES


def wait_for_judgement():
    """Until nothing of the unknown operation can be under way."""
    deadline = Operation.objects.get(state=State.UNKNOWN).deadline_at
    Operation.objects.filter(state=State.UNKNOWN).update(deadline_at=deadline - timedelta(seconds=5))


def test_a_scheduled_plan_starts_when_it_is_due(desk, manager, by):
    plan = drawn(manager, "ann", "ben")
    at = clock.now() + timedelta(hours=1)
    running.run(submission=by, plan=plan, seen=plan.digest, starts_at=at)

    tending.tend()
    assert calls(desk) == []

    attachments.append(submission=by, record=named("one"), user="ben")
    with clock.reading(lambda: at + timedelta(seconds=1)):
        tending.tend()
    assert states_of(plan) == {"ann": "done", "ben": "left_out"}
    assert kinds()[:2] == [Kind.PLAN_SCHEDULED, Kind.PLAN_STARTED]


def test_a_plan_cannot_be_scheduled_for_the_past(desk, manager, by):
    plan = drawn(manager, "ann")

    with pytest.raises(Invalid, match="This time has passed"):
        running.run(submission=by, plan=plan, seen=plan.digest, starts_at=clock.now())


def test_an_edit_of_a_scheduled_plan_makes_it_a_draft_again(desk, manager, by):
    plan = drawn(manager, "ann", "ben")
    running.run(submission=by, plan=plan, seen=plan.digest, starts_at=clock.now() + timedelta(hours=1))

    edited = editing.leave_out(submission=by, plan=plan, numbers={1})

    assert (edited.state, edited.starts_at) == (PlanState.DRAFT, None)


def test_customers_leave_first_and_then_the_record_is_deleted(desk, manager, by):
    for name in ("ann", "ben"):
        attachments.append(submission=by, record=named("one"), user=name)

    plan = run(drawn_of(manager, wanted.deletion(named("one"))), manager)

    assert set(states_of(plan).values()) == {"done"}
    assert [task for task, _ in calls(desk)][-4:] == ["detach", "detach", "detach", "delete"]


def test_a_record_is_not_deleted_when_somebody_could_not_leave(desk, manager):
    plan = started(drawn_of(manager, wanted.deletion(named("one"))), manager)
    Change.objects.filter(kind=ChangeKind.DETACH).update(state=ChangeState.REFUSED)

    tending.tend()

    deletion = plan.changes.get(kind=ChangeKind.DELETE)
    assert (deletion.state, deletion.note) == (
        ChangeState.LEFT_OUT,
        "1 customer is still on one. Detach first, then delete.",
    )
    assert calls(desk) == []


def test_a_deletion_waits_for_a_customer_of_whom_nobody_knows(desk, manager):
    desk.fault("close_before_answer", task="detach")

    plan = run(drawn_of(manager, wanted.deletion(named("one"))), manager)

    assert states_of(plan) == {"acme": "unknown", "one": "left"}


def test_many_records_get_another_mailbox(desk, manager):
    records = [named("one"), named("two")]

    plan = run(drawn_of(manager, wanted.edits(records, {"new_email": "b@northmail.example"})), manager)

    assert plan.state == PlanState.DONE
    assert {named(name).email for name in ("one", "two")} == {"b@northmail.example"}


def test_whoever_lost_the_right_meanwhile_sends_nothing_more(desk, manager):
    plan = started(drawn(manager, "ann"), manager)
    manager.groups.clear()

    tending.tend()

    plan.refresh_from_db()
    assert (plan.state, plan.why_paused) == (PlanState.PAUSED, standing.LOST_RIGHT)
    assert calls(desk) == []


def test_a_plan_waits_for_fewer_requests_without_being_paused(desk, manager):
    plan = started(drawn(manager, "ann"), manager)
    Throttle.objects.update(paused_until=clock.now() + timedelta(minutes=1))

    tending.tend()
    plan.refresh_from_db()
    assert (plan.state, calls(desk)) == (PlanState.RUNNING, [])

    Throttle.objects.update(paused_until=None)
    tending.tend()
    assert calls(desk) == [("append", "ann")]


def test_a_dead_sendgrid_pauses_a_plan_which_goes_on_by_itself(desk, manager):
    plan = started(drawn(manager, "ann"), manager)
    Throttle.objects.update(failures=5, broken_until=clock.now() + timedelta(minutes=1))

    tending.tend()
    plan.refresh_from_db()
    assert (plan.state, plan.is_waiting, plan.why_paused) == (PlanState.PAUSED, True, standing.NO_ANSWER)

    Throttle.objects.update(failures=0, broken_until=None)
    tending.tend()
    plan.refresh_from_db()
    assert plan.state == PlanState.DONE
    assert kinds() == [Kind.PLAN_STARTED, Kind.PLAN_PAUSED, Kind.PLAN_RESUMED, Kind.PLAN_ENDED]


def test_a_pause_by_a_person_is_not_lifted_by_an_answer(desk, manager, by):
    plan = started(drawn(manager, "ann"), manager)
    Throttle.objects.update(failures=5, broken_until=clock.now() + timedelta(minutes=1))
    tending.tend()

    running.pause(submission=by, plan=plan)
    Throttle.objects.update(failures=0, broken_until=None)
    tending.tend()

    assert calls(desk) == []


def test_support_may_not_run_what_is_larger_than_its_limit(desk, manager, support, settings):
    settings.PLAN_LIMITS = {"Support": 1, "Account managers": 10}
    plan = drawn(manager, "ann", "ben")

    with pytest.raises(Invalid, match="Your role may put 1 changes"):
        started(plan, support)


def test_auditors_neither_run_nor_pause(desk, manager, person):
    auditor = Submission(actor=person(Role.AUDITORS))
    plan = drawn(manager, "ann")

    for act in (running.pause, running.resume, running.cancel, running.retry):
        with pytest.raises(Denied):
            act(submission=auditor, plan=plan)
    with pytest.raises(Denied):
        running.run(submission=auditor, plan=plan, seen=plan.digest)
