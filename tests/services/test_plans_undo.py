"""What was done can be taken back by its inverse, unless the world has moved on."""

import pytest

from monitors.models import Attachment, AuditEvent, Effect, Kind, Operation, PlanSource
from monitors.sandbox.store import SecondAppend
from monitors.services import attachments, records
from monitors.services.errors import Invalid
from monitors.services.plans import editing, tending, undo, wanted
from monitors.services.submission import Submission
from tests.services.plans import EMAIL, drawn, drawn_of, effects_of, named, placements, run, states_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(upstream, load):
    upstream.store.seed(
        records=[("one", EMAIL, 5, ["acme", "hooli"]), ("two", EMAIL, 50, ["globex"])],
        customers=["initech"],
    )
    load()
    return upstream


@pytest.fixture
def by(manager):
    return Submission(actor=manager, reason="T-9")


def test_a_detach_is_taken_back_with_its_former_reason_end_and_beginning(desk, manager, by, load):
    first = Submission(actor=manager, reason="ESC-1")
    attachments.append(submission=first, record=named("two"), user="initech")
    former = Attachment.objects.lasting().get(record=named("two"), customer__username="initech")
    detach = attachments.detach(submission=by, record=named("two"), user="initech")

    plan = run(undo.of_operation(submission=by, operation=detach), manager)

    again = Attachment.objects.lasting().get(record=named("two"), customer__username="initech")
    assert (plan.source, again.reason) == (PlanSource.UNDO, "ESC-1")
    interrupted = again.began_by.before["interrupted"]
    assert interrupted["since"] == former.since.isoformat()


def test_an_append_is_taken_back_by_a_detach(desk, manager, by):
    append = attachments.append(submission=by, record=named("two"), user="acme", elsewhere="too")
    plan = undo.of_operation(submission=by, operation=append)

    assert [(each.kind, each.username) for each in plan.changes.all()] == [("detach", "acme")]


def test_an_append_that_moved_somebody_is_taken_back_by_a_move(desk, manager, by, load):
    append = attachments.append(submission=by, record=named("two"), user="acme", elsewhere="too")
    load()

    plan = undo.of_operation(submission=by, operation=append)
    run(plan, manager)
    load()
    tending.tend()

    change = plan.changes.get()
    assert (change.kind, change.record, change.from_record) == ("move", named("one"), named("two"))
    assert ("one", "acme") in placements()
    assert ("two", "acme") not in placements()


def test_whoever_was_appended_again_since_is_not_taken_off(desk, manager, by):
    desk.store.second_append = SecondAppend.BOTH
    append = attachments.append(submission=by, record=named("two"), user="acme", elsewhere="too")
    attachments.detach(submission=by, record=named("two"), user="acme")
    attachments.append(submission=by, record=named("two"), user="acme", elsewhere="too")

    with pytest.raises(Invalid, match="acme: It has been appended again since then"):
        undo.of_operation(submission=by, operation=append)


def test_an_edit_is_taken_back_unless_it_was_edited_again(desk, manager, by):
    edit = records.edit(submission=by, record=named("one"), new_frequency=7)
    plan = undo.of_operation(submission=by, operation=edit)
    run(plan, manager)
    assert named("one").frequency == 5

    again = records.edit(submission=by, record=named("one"), new_frequency=8)
    records.edit(submission=by, record=named("one"), new_frequency=9)
    with pytest.raises(Invalid, match="It has been changed since then"):
        undo.of_operation(submission=by, operation=again)


def test_a_deleted_record_comes_back_with_its_customers(desk, manager, by):
    run(drawn_of(manager, wanted.deletion(named("one"))), manager)
    deletion = run_of_deletion()

    inverse = undo.of_plan(submission=by, plan=deletion)
    assert [change.kind for change in inverse.changes.order_by("number")] == ["create", "append", "append"]
    run(inverse, manager)

    assert set(states_of(inverse).values()) == {"done"}
    assert {("one", "acme"), ("one", "hooli")} <= placements()
    assert (named("one").email, named("one").frequency) == (EMAIL, 5)


def run_of_deletion():
    return Operation.objects.get(task="delete").change.plan


def test_a_record_deleted_by_itself_comes_back_with_those_who_left_before(desk, manager, by):
    for name in ("acme", "hooli"):
        attachments.detach(submission=by, record=named("one"), user=name)
    deletion = records.delete(submission=by, record=named("one"))

    run(undo.of_operation(submission=by, operation=deletion), manager)

    assert {("one", "acme"), ("one", "hooli")} <= placements()


def test_a_whole_plan_is_taken_back_the_last_change_first(desk, manager, by):
    plan = run(drawn(manager, "acme", "hooli", kind="detach"), manager)

    inverse = undo.of_plan(submission=by, plan=plan)

    assert inverse.undoes == plan
    assert list(inverse.changes.order_by("number").values_list("username", flat=True)) == ["hooli", "acme"]


def test_only_what_was_done_is_taken_back(desk, manager, by):
    desk.fault("e1", task="detach")
    plan = run(drawn(manager, "acme", "hooli", kind="detach"), manager)

    assert set(effects_of(undo.of_plan(submission=by, plan=plan))) == {"hooli"}
    with pytest.raises(Invalid, match="nothing to undo"):
        undo.of_plan(submission=by, plan=plan, numbers=[1])


def test_a_move_is_taken_back_by_a_move(desk, manager, by, load):
    plan = run(drawn(manager, "acme", record="two", elsewhere="move"), manager)
    load()
    tending.tend()

    run(undo.of_plan(submission=by, plan=plan), manager)
    load()
    tending.tend()

    assert {pair for pair in placements() if pair[1] == "acme"} == {("one", "acme")}


def test_nothing_is_taken_back_of_what_is_needless(desk, manager, by):
    detach = attachments.detach(submission=by, record=named("one"), user="acme")
    attachments.append(submission=by, record=named("one"), user="acme")

    with pytest.raises(Invalid, match="acme: already so"):
        undo.of_operation(submission=by, operation=detach)


def test_a_customer_who_is_elsewhere_now_is_asked_about(desk, manager, by):
    detach = attachments.detach(submission=by, record=named("one"), user="acme")
    attachments.append(submission=by, record=named("two"), user="acme")

    plan = undo.of_operation(submission=by, operation=detach)

    assert effects_of(plan) == {"acme": Effect.MOVES}
    assert effects_of(editing.change(submission=by, plan=plan, elsewhere="move")) == {"acme": Effect.MOVES}


def test_what_was_changed_outside_can_be_made_as_it_was(desk, manager, by, load):
    desk.store.detach(user="acme", name="one")
    desk.store.edit(name="two", new_frequency=3)
    load()
    events = AuditEvent.objects.filter(kind=Kind.DIFFERENCE, source="outside").order_by("number")

    for event in events.filter(details__change__in=["detached", "edited"]):
        run(undo.of_difference(submission=by, event=event), manager)

    assert ("one", "acme") in placements()
    assert named("two").frequency == 50


def test_what_the_desk_did_is_no_change_outside(desk, manager, by):
    with pytest.raises(Invalid, match="not changed outside"):
        undo.of_difference(submission=by, event=AuditEvent.objects.first())
