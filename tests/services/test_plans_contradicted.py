"""A change of a plan is done at SendGrid's word, and no longer where a list contradicts it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import ChangeKind, ChangeState, Operation, PlanState, State
from monitors.selectors import needs
from monitors.selectors import plans as selectors
from monitors.services.errors import Invalid
from monitors.services.lists import settle
from monitors.services.plans import running, tending, undo, wanted
from monitors.services.submission import Submission
from monitors.wording.plans import what_happened
from tests.services.plans import EMAIL, drawn, drawn_of, named, placements, run, started, states_of
from tests.tampering import lifted

pytestmark = pytest.mark.django_db
IDLE = ["ann", "ben"]


@pytest.fixture
def desk(upstream, load):
    """Acme on one; two idle customers, whom the desk has seen."""
    upstream.store.seed(
        records=[("one", EMAIL, 5, ["acme"]), ("two", EMAIL, 5, []), ("idle", EMAIL, 1, IDLE)]
    )
    load()
    for name in IDLE:
        upstream.store.detach(user=name, name="idle")
    load()
    return upstream


@pytest.fixture
def half_true(desk, manager):
    """A plan of two appends that SendGrid said it had carried out; the first it had not."""
    desk.fault("lie", task="append")
    plan = run(drawn(manager, *IDLE), manager)
    assert states_of(plan) == {"ann": "done", "ben": "done"}
    return plan


def told(plan):
    """What became of each change, in words."""
    rows = list(plan.changes.order_by("number"))
    operations = selectors.latest_operations(rows)
    return [str(what_happened(row, operations.get(row.pk))) for row in rows]


def test_what_a_list_contradicts_is_not_done_any_more(half_true, load):
    load()

    assert states_of(half_true) == {"ann": "not_shown", "ben": "done"}
    assert told(half_true) == [settle.CONTRADICTED, "Appended · confirmed"]
    progress = selectors.progress(half_true)
    assert (progress.done, progress.failed, progress.total) == (1, 1, 2)
    (row,) = selectors.results(half_true, group="failed", page=None).rows
    assert row.username == "ann"


def test_the_plan_needs_its_author_again_also_if_it_was_dismissed(half_true, manager, load):
    half_true.dismissed_at = timezone.now()
    half_true.save()

    load()

    assert list(needs.failed_plans(manager, timezone.now())) == [half_true]
    (row,) = selectors.search(group="mine", person=manager, page=None).rows
    assert row.failed == 1


def test_it_is_tried_again_like_whatever_failed(half_true, manager, load):
    load()

    running.retry(submission=Submission(actor=manager), plan=half_true)
    tending.tend()
    load()

    assert states_of(half_true) == {"ann": "done", "ben": "done"}
    assert {("one", "ann"), ("one", "ben")} <= placements()
    assert told(half_true) == ["Appended · confirmed"] * 2


def test_only_what_was_done_is_taken_back(half_true, manager, load):
    load()

    inverse = undo.of_plan(submission=Submission(actor=manager), plan=half_true)

    assert [change.username for change in inverse.changes.all()] == ["ben"]
    with pytest.raises(Invalid, match="nothing to undo"):
        undo.of_plan(submission=Submission(actor=manager), plan=half_true, numbers=[1])


def test_what_a_later_list_shows_all_the_same_is_done(half_true, desk, load):
    load()
    desk.store.append(user="ann", name="one")

    load()

    assert states_of(half_true) == {"ann": "done", "ben": "done"}
    assert told(half_true) == ["Appended · confirmed"] * 2


@pytest.mark.parametrize(
    ("task", "change"),
    [
        ("detach", lambda: wanted.wanted(ChangeKind.DETACH, username="acme", record=named("one"))),
        (
            "edit",
            lambda: wanted.wanted(ChangeKind.EDIT, record=named("one"), parameters={"new_frequency": "9"}),
        ),
        ("delete", lambda: wanted.wanted(ChangeKind.DELETE, record=named("two"))),
    ],
)
def test_each_kind_of_change_is_contradicted_alike(desk, manager, load, task, change):
    desk.fault("lie", task=task)
    plan = run(drawn_of(manager, [change()]), manager)
    assert plan.changes.get().state == ChangeState.DONE

    load()

    assert plan.changes.get().state == ChangeState.NOT_SHOWN


def test_a_list_may_contradict_before_the_plan_has_taken_the_answer_over(desk, manager, load):
    desk.fault("lie", task="append")
    plan = started(drawn(manager, "ann"), manager)
    tending.tend(at_most=1)
    plan.changes.update(state=ChangeState.SENDING)

    load()

    assert plan.changes.get().state == ChangeState.NOT_SHOWN
    tending.tend()
    plan.refresh_from_db()
    assert plan.state == PlanState.DONE


@pytest.mark.usefixtures("desk")
def test_what_was_given_up_and_a_later_list_shows_is_done(manager, load):
    plan = run(drawn(manager, "ann"), manager)
    past = timezone.now() - timedelta(minutes=5)
    with lifted():
        Operation.objects.update(state=State.NOT_APPLIED, settled_at=past, deadline_at=past)
    plan.changes.update(state=ChangeState.NOT_SHOWN, note="no answer")

    load()

    assert (states_of(plan), told(plan)) == ({"ann": "done"}, ["Appended · confirmed"])


def test_a_refusal_that_a_list_shows_to_be_none_says_so(desk, manager, load):
    desk.fault("e1", task="append", applied=True)
    plan = run(drawn(manager, "ann"), manager)

    load()

    assert states_of(plan) == {"ann": "refused"}
    assert told(plan)[0].endswith(". But a later list shows it.")
