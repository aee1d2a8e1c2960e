"""The notice and the chip say what is true now, ask again while it may change, and then stop."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from monitors.models import UNDER_WAY, Mirror, MonitorRecord, Operation, Refresh, State, Task
from monitors.services.plans import tending
from tests.views.pages import attributes, notice_of, pieces, text, value_of

pytestmark = pytest.mark.django_db

WORDS = {
    State.QUEUED: "It will be sent in a moment.",
    State.PENDING: "It is being sent.",
    State.ACCEPTED: "SendGrid said “success”. The next list will show whether it took effect.",
    State.CONFIRMED: "SendGrid said “success”, and the list asked for at {} shows the customer there.",
    State.CONTRADICTED: "SendGrid said “success”, but the list asked for at {} does not show the customer there."
    " You can try again.",
    State.REFUSED: "SendGrid said “User not found”. Nothing was changed. SendGrid has no customer acme."
    " Check the spelling.",
    State.NOT_SENT: "Nothing was sent. No route. You can safely try again.",
    State.UNKNOWN: "No route. This may or may not have been done.",
    State.NOT_APPLIED: "SendGrid gave no clear answer, and the list asked for at {} does not show the customer"
    " there. You can safely try again.",
}
NOT_SHOWN = {
    "create": "does not show the record",
    "edit": "does not show the change",
    "delete": "still shows the record",
    "append": "does not show the customer there",
    "detach": "still shows the customer there",
}
SAID = {State.REFUSED: ["User not found"], State.UNKNOWN: [], State.NOT_SENT: [], State.NOT_APPLIED: []}


@pytest.fixture
def operation(manager):
    """Make an append in a state, as the services leave it."""

    def make(state, **columns):
        now = timezone.now()
        record = MonitorRecord.objects.create(
            name=f"abuse-{uuid4()}", sort_name="abuse", first_seen=now, changed_at=now, frequency=1
        )
        is_settled = state not in UNDER_WAY
        values = {
            "task": "append",
            "parameters": {"name": record.name, "user": "acme"},
            "actor": manager,
            "actor_name": "Ana K.",
            "record": record,
            "record_name": record.name,
            "username": "acme",
            "state": state,
            "started_at": now,
            "deadline_at": now + timedelta(seconds=60),
            "ended_at": None if state == State.PENDING else now,
            "settled_at": now if is_settled else None,
            "settled_by": Refresh.objects.create(asked_at=now) if is_settled else None,
            "words": SAID.get(state, ["success"]),
            "outcome_note": "no route." if state in (State.NOT_SENT, State.UNKNOWN) else "",
        }
        return Operation.objects.create(**values | columns)

    return make


@pytest.mark.parametrize("state", State)
def test_the_notice_says_the_state_in_words(ana, operation, state):
    shown = operation(state)

    page = text(notice_of(ana, shown))

    assert page.startswith(State(state).label)
    assert WORDS[state].format(f"{timezone.localtime(shown.started_at):%H:%M} UTC") in page


@pytest.mark.parametrize("task", Task)
@pytest.mark.parametrize("state", [State.CONTRADICTED, State.NOT_APPLIED])
def test_what_came_to_nothing_says_once_what_the_list_shows(ana, operation, state, task):
    values = {"name": "abuse", "user": "acme", "email": "a@northmail.example", "frequency": "1"}
    shown = operation(state, task=task, parameters=values, outcome_note="The upstream said success, but.")

    page = text(notice_of(ana, shown))

    assert page.count(NOT_SHOWN[task]) == 1
    assert "The upstream said success" not in page
    assert "try again" in page


@pytest.mark.parametrize(
    ("columns", "step"),
    [
        (
            {"outcome_note": "SendGrid refused the desk's own user and key, not you."},
            "user and key, not you.",
        ),
        ({"http_status": 429}, "You can safely try again in a moment."),
        ({}, "SendGrid has no customer acme. Check the spelling."),
        ({"words": ["Monitor record not found"]}, "deleted there; the next list will tell."),
        ({"words": ["Email is required"]}, "Correct this, then try again."),
    ],
)
def test_a_refusal_says_what_can_be_done(ana, operation, columns, step):
    shown = operation(State.REFUSED, **columns)

    page = text(notice_of(ana, shown))

    assert "Nothing was changed. " in page
    assert page.partition("Nothing was changed. ")[2].partition(" just now")[0].endswith(step)


@pytest.mark.parametrize(
    ("seconds", "is_alone", "is_said"),
    [(40, False, True), (5, False, False), (-5, False, False), (40, True, False)],
)
def test_an_accepted_operation_says_when_the_next_list_is_due_where_that_takes_a_while(
    ana, operation, seconds, is_alone, is_said
):
    now = timezone.now()
    due_at = now + timedelta(seconds=seconds)
    Mirror.objects.update_or_create(
        pk=1, defaults={"due_at": due_at, "worker_seen_at": None if is_alone else now}
    )
    shown = operation(State.ACCEPTED)

    page = text(notice_of(ana, shown))

    due = f"{timezone.localtime(due_at):%H:%M:%S} UTC"
    sentence = f"The next list will show whether it took effect. It is due at {due}."
    assert (sentence in page) is is_said
    assert ("It is due at" in page) is is_said


def test_a_refusal_without_words_does_not_ask_for_a_correction(ana, operation):
    shown = operation(State.REFUSED, words=[])

    page = text(notice_of(ana, shown))

    assert "SendGrid said nothing that can be read. Nothing was changed. You can safely try again." in page


@pytest.mark.parametrize(
    "note",
    ["SendGrid asked for a pause; the next try is possible in 57 s.", "Reworded: later, please.", ""],
)
def test_the_next_try_is_a_moment_whatever_the_throttle_says(ana, operation, note):
    ended_at = timezone.now().replace(microsecond=400_000)
    shown = operation(State.NOT_SENT, outcome_note=note, ended_at=ended_at, retry_after=57)
    at = timezone.localtime(ended_at + timedelta(seconds=58))  # rounded up: a second early is too early

    page = text(notice_of(ana, shown))

    assert f"You can safely try again at {at:%H:%M:%S} UTC." in page
    assert f"Nothing was sent. {note}".strip() in page


def test_once_the_pause_is_over_one_can_try_again_at_once(ana, operation):
    ended_at = timezone.now() - timedelta(seconds=60)
    shown = operation(State.REFUSED, http_status=429, retry_after=57, ended_at=ended_at)

    assert "You can safely try again. " in text(notice_of(ana, shown))


def test_a_note_that_only_sounds_like_a_pause_changes_nothing(ana, operation):
    shown = operation(State.NOT_SENT, outcome_note="The next try is possible in 57 s.")

    assert "You can safely try again. " in text(notice_of(ana, shown))


@pytest.mark.parametrize(
    ("worker_seen", "deadline", "words"),
    [
        (0, 60, "can show the outcome. The desk is checking; this line updates by itself."),
        (0, -1, "have been done. The desk is checking; this line updates by itself."),
        (
            60,
            60,
            "can show the outcome. No worker is running, so no list is fetched automatically: press “Check now” then.",
        ),
        (
            60,
            -1,
            "have been done. No worker is running, so no list is fetched automatically: press “Check now”.",
        ),
    ],
)
def test_an_unknown_one_says_who_finds_out_and_when(ana, operation, worker_seen, deadline, words):
    now = timezone.now()
    Mirror.objects.update(worker_seen_at=now - timedelta(seconds=worker_seen))
    shown = operation(State.UNKNOWN, deadline_at=now + timedelta(seconds=deadline))

    page = text(notice_of(ana, shown))

    assert words in page
    assert ("Check from" in page) == (deadline > 0)


@pytest.mark.parametrize("state", State)
def test_it_is_asked_after_only_while_the_state_may_change(ana, operation, state):
    shown = operation(state)

    page = ana.get(f"/operations/{shown.pk}/")

    versions = attributes(page, "data-notice")
    assert bool(versions) == (state in UNDER_WAY)
    for version in versions:
        assert ana.get(f"/operations/states/?notice={shown.pk}.{version}").status_code == 204
    assert attributes(page, "data-state") == [state.value]
    assert attributes(page, "data-operation") == [str(shown.pk)]


def test_an_operation_that_was_overtaken_is_no_longer_confirming(ana, operation):
    shown = operation(
        State.ACCEPTED, settled_at=timezone.now(), outcome_note="A later operation changed the same."
    )

    response = notice_of(ana, shown)

    assert "Superseded" in text(response)
    assert "A later operation changed the same." in text(response)
    assert attributes(response, "hx-get") == []


def test_an_operation_whose_record_was_gone_is_neither_confirmed_nor_contradicted(ana, operation):
    note = "The record was no longer in the list, so no list can show this."
    shown = operation(State.ACCEPTED, settled_at=timezone.now(), outcome_note=note)

    response = notice_of(ana, shown)

    assert "Accepted, record gone" in text(response)
    assert note in text(response)


def test_a_change_of_state_is_put_in_place_and_told_to_the_page(ana, operation):
    shown = operation(State.PENDING)
    Operation.objects.update(state=State.UNKNOWN)

    answer = ana.get(f"/operations/states/?ids={shown.pk}.pending-open")

    assert pieces(answer)[f"outerHTML:a.chip[data-operation='{shown.pk}']"] == "Unknown, checking"
    assert "Unknown, checking" in pieces(answer)["innerHTML:#notices"]
    assert pieces(answer)["innerHTML:#said"].startswith("Unknown, checking: Append acme to")
    assert answer.headers["HX-Trigger"] == '{"settled": {}}'


def test_the_page_of_one_under_way_follows_its_facts_and_its_history(ana, operation):
    waiting = ana.get(f"/operations/{operation(State.UNKNOWN).pk}/")
    settled = ana.get(f"/operations/{operation(State.CONFIRMED).pk}/")

    assert "settled from:body" in attributes(waiting, "hx-trigger")
    assert "#facts" in attributes(waiting, "hx-select")
    assert 'id="story"' in waiting.content.decode().partition('id="facts"')[2]
    assert "settled from:body" not in attributes(settled, "hx-trigger")


def test_the_truth_comes_without_a_reload(ana, desk, load, record_named, no_margin):
    record = record_named("billing-watch")
    desk.fault("close_before_answer", task="append", applied=True)
    ana.post(f"/records/{record.pk}/append/", {"user": "initech"})
    shown = Operation.objects.get()
    assert "Unknown, checking" in text(notice_of(ana, shown))
    Operation.objects.update(deadline_at=timezone.now() - timedelta(seconds=1))

    load()

    response = notice_of(ana, shown)
    assert "Shown by a list · Append initech to billing-watch" in text(response)
    page = ana.get(f"/records/{record.pk}/")
    assert attributes(page, "data-customer") == ["initech"]
    assert "unknown" not in attributes(page, "data-state")


def test_the_page_of_an_operation_shows_its_whole_history(ana, desk, record_named):
    record = record_named("billing-watch")
    ana.post(f"/records/{record.pk}/append/", {"user": "initech", "reason": "TICKET-3"})

    page = text(ana.get(f"/operations/{Operation.objects.get().pk}/"))

    assert "Append initech to billing-watch" in page
    assert "Append: asked for" in page
    assert "Append: call ended · Accepted" in page
    assert "TICKET-3" in page
    assert "task=append" in page


def test_a_query_string_that_names_no_operation_is_no_error(ana, desk):
    for value in ("", "x", str(uuid4())):
        response = ana.get(f"/?operation={value}")

        assert response.status_code == 200
        assert 'id="notice"' not in response.content.decode()


def test_undo_appends_again_with_the_reason_that_the_attachment_had(ana, desk, record_named):
    record = record_named("abuse-desk")
    ana.post(f"/records/{record.pk}/detach/", {"user": "acme", "reason": "TICKET-3 & more"})
    detach = Operation.objects.get()

    notice = notice_of(ana, detach)
    assert f"/operations/{detach.pk}/undo/" in attributes(notice, "action")
    preview = ana.post(f"/operations/{detach.pk}/undo/", follow=True)
    run = preview.request["PATH_INFO"] + "run/"
    ana.post(run, {"digest": value_of(preview, "digest")})
    tending.tend()

    append = Operation.objects.get(task="append")
    assert (append.username, append.reason, append.state) == ("acme", "", State.ACCEPTED)
