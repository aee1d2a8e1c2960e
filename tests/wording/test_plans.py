"""What people read of plans."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Attachment, AuditEvent, Change, Kind, MonitorRecord, Operation, Plan
from monitors.wording import changes, plans
from monitors.wording.events import event_sentence

KEY = "7b1e0f0e-0000-4000-8000-000000000000"


def plan(state="draft", *, until="", source="names", **outline):
    return Plan(state=state, source=source, until=until, outline=outline)


@pytest.mark.parametrize(
    ("given", "title"),
    [
        (plan(kinds={"append": 40}, changes=40, sent=37, record="one"), "Append 40 customers to one"),
        (
            plan("running", kinds={"append": 40}, changes=40, sent=37, record="one"),
            "Appending 37 customers to one",
        ),
        (
            plan("done", kinds={"move": 1}, changes=1, sent=1, record="one", customer="acme"),
            "Moved acme to one",
        ),
        (
            plan(kinds={"detach": 2, "delete": 1}, changes=3, sent=3, record="one"),
            "Detach 2 customers, then delete one",
        ),
        (plan(kinds={"edit": 3}, changes=3, sent=3), "Edit 3 records"),
        (plan(kinds={"append": 2, "create": 1}, changes=3, sent=3), "3 changes"),
        (plan(kinds={"append": 2}, changes=2, sent=2), "Append 2 customers to several records"),
        (
            plan(until="3d", kinds={"append": 2}, changes=2, sent=2, record="one"),
            "Append 2 customers to one for 3 days",
        ),
        (
            plan(until="none", kinds={"append": 1}, changes=1, sent=1, record="one"),
            "Append 1 customer to one with no end",
        ),
        (
            plan(source="undo", kinds={"detach": 2}, changes=2, sent=2, record="one"),
            "Undo: Detach 2 customers from one",
        ),
    ],
)
def test_a_title_says_what_it_does_in_the_tense_of_its_state(given, title):
    assert plans.plan_title_text(given) == title


@pytest.mark.parametrize(
    ("outline", "label"),
    [
        ({"kinds": {"append": 3}, "sent": 2}, "Append 2 customers"),
        ({"kinds": {"append": 1, "move": 2}, "sent": 3}, "Append 3 customers"),
        ({"kinds": {"detach": 1}, "sent": 1}, "Detach 1 customer"),
        ({"kinds": {"edit": 2}, "sent": 2}, "Edit 2 records"),
        ({"kinds": {"detach": 2, "delete": 1}, "sent": 3}, "Send 3 changes"),
    ],
)
def test_the_button_repeats_verb_and_number(outline, label):
    assert plans.run_label(plan(**outline)) == label


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 s"), (37, "37 s"), (37.2, "38 s"), (91, "2 min"), (5400, "2 h"), (36000, "10 h")],
)
def test_times_are_rounded_up(seconds, words):
    assert plans.duration(timedelta(seconds=seconds)) == words


def test_a_change_says_where_the_customer_is_and_where_it_goes():
    there = {"id": 2, "name": "two", "frequency": 50, "until": "none"}
    record = MonitorRecord(pk=1, name="one")
    change = Change(kind="append", record=record, record_name="one", before={"records": [there]})

    assert str(plans.from_and_to(change)) == "two 1 in 50 → one"
    change.before = {"records": []}
    assert str(plans.from_and_to(change)) == "not monitored → one"
    change.effect, change.before = "already", {"records": [there | {"id": 1}]}
    assert str(plans.from_and_to(change)) == "there with no end · stays so"


def test_an_edit_says_what_it_changes():
    change = Change(
        kind="edit",
        parameters={"new_frequency": "50"},
        before={"name": "one", "email": "a@x.example", "frequency": 5},
    )

    assert str(plans.from_and_to(change)) == "sample 1 in 5 → 1 in 50"


def test_a_move_between_its_steps_is_being_sent():
    change = Change(kind="move", state="left", step="detach")

    assert plans.change_word(change) == "Sending"
    assert plans.what_happened(change, None) == "Leaving the old record"
    detach = Operation(task="detach", state="accepted", words=["success"])
    assert plans.what_happened(change, detach) == "Leaving the old record · waiting for a list"


def test_a_customer_that_is_back_tells_since_when_it_was_there():
    now = timezone.now()
    former = {
        "since": (now - timedelta(days=3)).isoformat(),
        "until": (now - timedelta(minutes=2)).isoformat(),
    }
    operation = Operation(
        actor_name="Ana", words=["success"], state="confirmed", before={"interrupted": former}
    )
    attachment = Attachment(since=now, began_by=operation)

    assert str(changes.since(attachment)) == "3 days ago, interrupted for 2 min · Ana"


@pytest.mark.parametrize(
    ("kind", "details", "sentence"),
    [
        (Kind.PLAN_STARTED, {}, "Started Append 2 customers to one"),
        (Kind.PLAN_RESUMED, {}, "Resumed Append 2 customers to one"),
        (Kind.PLAN_RETRIED, {}, "Retried what failed in Append 2 customers to one"),
        (
            Kind.PLAN_PAUSED,
            {"why": "The key is wrong."},
            "Paused Append 2 customers to one: The key is wrong.",
        ),
        (Kind.PLAN_CANCELLED, {"cancelled": 1}, "Cancelled Append 2 customers to one, 1 change left"),
        (Kind.PLAN_ENDED, {"counts": {"done": 2}}, "Append 2 customers to one ended: 2 done"),
        (
            Kind.PLAN_LEFT_OUT,
            {"count": 3, "left_out": [{"name": "acme", "why": "Already so"}]},
            "Left out of Append 2 customers to one: acme (Already so) and 2 more",
        ),
        (
            Kind.PLAN_SCHEDULED,
            {"starts_at": "2026-03-03T12:00:00+00:00"},
            "Scheduled Append 2 customers to one for 3 Mar 2026, 12:00 UTC",
        ),
    ],
)
def test_an_event_of_a_plan_is_a_sentence_that_leads_to_it(kind, details, sentence):
    about = {"plan": KEY, "outline": {"kinds": {"append": 2}, "sent": 2, "record": "one"}}
    event = AuditEvent(kind=kind, details=about | details)

    assert str(event_sentence(event)) == sentence
    assert f"/plans/{KEY}/" in event_sentence(event).__html__()
