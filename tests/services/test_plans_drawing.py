"""A plan shows what each of its changes would do, before anything is sent."""

from uuid import uuid4

import pytest

from monitors.models import Change, ChangeKind, Effect, Operation, Plan, Role
from monitors.services import operations
from monitors.services.errors import Denied, Invalid
from monitors.services.plans import drawing, editing, wanted
from monitors.services.submission import Submission
from tests.services.plans import EMAIL, drawn, drawn_of, effects_of, named

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(upstream, load):
    """Acme on one, globex on two, hooli on both; initech is a customer on none, which the desk once saw."""
    rows = [("one", EMAIL, 5, ["acme", "hooli", "initech"]), ("two", EMAIL, 50, ["globex", "hooli"])]
    upstream.store.seed(records=rows, customers=["umbrella"])
    load()
    upstream.store.detach(user="initech", name="one")
    load()
    return upstream


def test_each_name_says_what_appending_it_would_do(desk, manager):
    plan = drawn(manager, "initech", "acme", "globex", "nobody", "initech", record="one")

    assert [change.effect for change in plan.changes.order_by("number")] == [
        Effect.APPLIES,
        Effect.ALREADY,
        Effect.MOVES,
        Effect.UNKNOWN_CUSTOMER,
        Effect.TWICE,
    ]
    assert plan.changes.get(number=3).from_record == named("two")
    assert plan.outline["changes"] == 5
    assert plan.outline["sent"] == 2
    assert not Operation.objects.exists()


def test_a_customer_the_desk_never_saw_is_sent_only_when_somebody_insists(desk, manager):
    plan = drawn(manager, "umbrella")

    assert plan.outline["sent"] == 0
    plan = editing.insist(submission=Submission(actor=manager), plan=plan)

    assert effects_of(plan) == {"umbrella": Effect.APPLIES}


def test_a_record_that_is_not_there_is_said_with_its_line(desk, manager):
    changes = [wanted.wanted(ChangeKind.APPEND, username="acme", record_name="three", line=7)]

    change = drawn_of(manager, changes).changes.get()

    assert (change.effect, change.line) == (Effect.NOT_ALLOWED, 7)
    assert change.note == "SendGrid's list has no record of this name."


def test_detaching_whoever_is_not_there_is_needless(desk, manager):
    plan = drawn(manager, "acme", "globex", kind=ChangeKind.DETACH)

    assert effects_of(plan) == {"acme": Effect.APPLIES, "globex": Effect.ALREADY}


def test_a_change_waits_for_an_unknown_operation_on_its_customer(desk, manager):
    operations_before = Operation.objects.count()
    pending(manager, "initech")

    plan = drawn(manager, "initech", "acme", record="two")

    assert effects_of(plan) == {"initech": Effect.WAITS, "acme": Effect.MOVES}
    assert Operation.objects.count() == operations_before + 1


def pending(actor, user):
    request = operations.Request(
        submission=Submission(actor=actor),
        task="append",
        parameters={"name": "one", "user": user},
        record=named("one"),
    )
    return operations.enqueue([request])


def test_a_deletion_counts_those_who_leave_before(desk, manager):
    plan = drawn_of(manager, wanted.deletion(named("one")))

    assert effects_of(plan) == {"acme": Effect.APPLIES, "hooli": Effect.APPLIES, "one": Effect.APPLIES}
    plan = editing.leave_out(submission=Submission(actor=manager), plan=plan, numbers={1})
    assert effects_of(plan)["one"] == Effect.NOT_ALLOWED
    assert plan.changes.get(kind="delete").note.startswith("1 customer stays on it")


def test_an_edit_of_many_sends_only_what_differs(desk, manager):
    changes = wanted.edits([named("one"), named("two")], {"new_frequency": "50", "new_email": EMAIL})

    plan = drawn_of(manager, changes)

    assert effects_of(plan) == {"one": Effect.APPLIES, "two": Effect.ALREADY}
    assert plan.changes.get(number=1).parameters == {"new_frequency": "50"}


def test_a_mailbox_that_may_not_receive_samples_is_not_allowed(desk, manager, settings):
    settings.MONITOR_EMAIL_DOMAINS = ["northmail.example"]

    plan = drawn_of(manager, wanted.edits([named("one")], {"new_email": "a@evil.example"}))

    assert effects_of(plan) == {"one": Effect.NOT_ALLOWED}


def test_the_same_form_twice_draws_one_plan(desk, manager):
    token = uuid4()

    first, second = (drawn(manager, "acme", token=token) for _ in range(2))

    assert first == second
    assert Plan.objects.count() == 1


def test_every_edit_has_another_digest(desk, manager):
    plan = drawn(manager, "initech", "globex", "acme", "nobody")
    by = Submission(actor=manager)

    digests = [
        plan.digest,
        editing.change(submission=by, plan=plan, elsewhere="too").digest,
        editing.change(submission=by, plan=plan, elsewhere="move").digest,
        editing.change(submission=by, plan=plan, reason="T-2").digest,
        editing.change(submission=by, plan=plan, until="4h").digest,
        editing.leave_out(submission=by, plan=plan, numbers={1}).digest,
        editing.correct(submission=by, plan=plan, number=4, username="initech").digest,
    ]

    assert len(set(digests)) == len(digests)


def test_drawing_the_same_again_has_the_same_digest(desk, manager):
    plan = drawn(manager, "initech", "globex")

    assert editing.draw_again(submission=Submission(actor=manager), plan=plan).digest == plan.digest


def test_what_was_left_out_can_be_taken_in_again(desk, manager):
    plan = drawn(manager, "initech", "hooli", record="one")
    by = Submission(actor=manager)
    left = editing.leave_out(submission=by, plan=plan, numbers={1})

    assert left.outline["sent"] == 0
    assert editing.take_in(submission=by, plan=plan, numbers={1}).digest == plan.digest


def test_a_corrected_name_is_held_against_the_mirror(desk, manager):
    plan = drawn(manager, "acmee", record="two")

    plan = editing.correct(submission=Submission(actor=manager), plan=plan, number=1, username="acme")

    assert effects_of(plan) == {"acme": Effect.MOVES}


def test_support_may_draw_plans_of_25_changes_and_none_that_touch_records(desk, support, manager):
    names = [f"customer-{number}" for number in range(26)]

    assert drawn(support, *names[:25]).outline["changes"] == 25
    with pytest.raises(Invalid, match="Your role may put 25 changes into one plan, and these are 26"):
        drawn(support, *names)
    with pytest.raises(Denied):
        drawn_of(support, wanted.deletion(named("one")))


def test_auditors_draw_nothing(desk, person):
    with pytest.raises(Denied):
        drawn(person(Role.AUDITORS), "acme")


def test_a_name_that_no_row_can_hold_is_refused_with_its_line(desk, manager):
    with pytest.raises(Invalid, match="Line 2: xxxxxxxxxxxxxxxxxxxx… is too long for a name"):
        drawn(manager, "acme", "x" * 300)


def test_ten_thousand_names_are_drawn_with_a_fixed_number_of_queries(
    desk, manager, django_assert_max_num_queries
):
    names = [f"customer-{number:05}" for number in range(10_000)]
    drawn(manager, "acme")

    with django_assert_max_num_queries(14):
        plan = drawn(manager, *names)

    assert plan.changes.count() == Change.objects.filter(plan=plan).count() == 10_000


def test_an_empty_plan_is_none(desk, manager):
    with pytest.raises(Invalid, match="There is nothing to do"):
        drawing.draw(submission=Submission(actor=manager), wish=drawing.Wish(source="names", changes=[]))
