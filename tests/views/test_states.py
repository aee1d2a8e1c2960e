"""The page of states, the ways to it, and a check that is offered only once it can tell."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Mirror, Operation, Role, State
from tests.unguarded import free_operations
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def any_state(db):
    free_operations()


@pytest.fixture
def operation(ana, desk, record_named):
    path = f"/records/{record_named('billing-watch').pk}/append/"
    ana.post(path, {"user": "initech", "reason": "ESC-1"})
    return Operation.objects.get()


def be(operation, state, **columns):
    Operation.objects.filter(pk=operation.pk).update(state=state, **{"settled_at": None} | columns)


def test_every_role_reads_what_the_states_mean(as_role):
    for role in Role:
        assert "What the states mean" in text(as_role(role).get("/help/states/"))


@pytest.mark.parametrize("state", State)
def test_chips_and_notices_lead_to_their_state(ana, operation, state):
    be(operation, state, words=["success"])
    anchors = attributes(ana.get("/help/states/"), "data-meaning")

    for path in ("/operations/", f"/operations/{operation.pk}/?part=notice"):
        hrefs = attributes(ana.get(path), "href")
        (link,) = {href for href in hrefs if href.startswith("/help/states/#")}
        assert link == f"/help/states/#{state.value}"
        assert link.partition("#")[2] in anchors


@pytest.mark.parametrize(
    ("columns", "anchor"),
    [
        ({"state": State.ACCEPTED, "settled_at": timezone.now(), "words": ["success"]}, "superseded"),
        ({"state": State.CONFIRMED, "settled_at": timezone.now(), "words": []}, "shown-by-list"),
    ],
)
def test_the_same_state_with_another_meaning_leads_to_that(ana, operation, columns, anchor):
    Operation.objects.filter(pk=operation.pk).update(**columns)

    assert f"/help/states/#{anchor}" in attributes(ana.get("/operations/"), "href")


@pytest.mark.parametrize("path", ["/home/", "/operations/{}/"])
def test_no_check_is_offered_before_a_list_can_tell(ana, operation, path, stopped_clock):
    Mirror.objects.update(worker_seen_at=stopped_clock)
    path = path.format(operation.pk)

    be(operation, State.UNKNOWN, deadline_at=stopped_clock + timedelta(seconds=15, milliseconds=200))
    early = ana.get(path)
    be(operation, State.UNKNOWN, deadline_at=stopped_clock - timedelta(seconds=1))
    late = ana.get(path)

    assert attributes(early, "data-wait") == ["16"]
    assert "disabled" in early.content.decode().partition('data-wait="16"')[2].partition(">")[0]
    assert "Check from" in text(early)
    assert "list" in text(early).partition("from")[0] or "can tell" in text(early)
    assert attributes(late, "data-wait") == []
    assert "Check now" in text(late)


def test_what_was_superseded_is_not_in_the_colour_of_waiting(ana, operation):
    Operation.objects.filter(pk=operation.pk).update(
        state=State.ACCEPTED, settled_at=timezone.now(), words=["success"]
    )

    page = ana.get(f"/operations/{operation.pk}/")

    assert "Superseded" in text(page)
    assert "notice past" in attributes(page, "class")
