"""Lists without news are one line, however many; every page of them is as near as the first."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from monitors.models import Refresh, RefreshOutcome
from monitors.selectors import lists
from monitors.services.outbound import throttle
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db
APPLIED, UNCHANGED, FAILED = RefreshOutcome.APPLIED, RefreshOutcome.UNCHANGED, RefreshOutcome.FAILED
HELD, REJECTED = RefreshOutcome.HELD, RefreshOutcome.REJECTED


@pytest.fixture
def asked():
    """Lists of these outcomes, the oldest first, a minute apart."""

    def ask(*outcomes):
        began = timezone.now() - timedelta(minutes=len(outcomes))
        Refresh.objects.bulk_create(
            Refresh(asked_at=began + timedelta(minutes=number), outcome=outcome, source="worker")
            for number, outcome in enumerate(outcomes)
        )

    return ask


@pytest.fixture
def came():
    """Lists of these fields, the oldest first, a minute apart."""

    def come(*lists):
        began = timezone.now() - timedelta(minutes=len(lists))
        for number, fields in enumerate(lists):
            Refresh.objects.create(asked_at=began + timedelta(minutes=number), source="worker", **fields)

    return come


def counts(page):
    return [(line.refresh.outcome, line.count) for line in page.lines]


def test_a_run_is_one_line_from_its_oldest_to_its_newest(asked):
    asked(APPLIED, *[UNCHANGED] * 40, FAILED, UNCHANGED, APPLIED, *[UNCHANGED] * 3)

    page = lists.page()

    assert counts(page) == [
        (UNCHANGED, 3),
        (APPLIED, 1),
        (UNCHANGED, 1),
        (FAILED, 1),
        (UNCHANGED, 40),
        (APPLIED, 1),
    ]
    assert page.older is None
    run = page.lines[4]
    assert run.refresh.asked_at - run.oldest.asked_at == timedelta(minutes=39)


def test_pages_follow_each_other_without_a_gap(asked):
    asked(*[UNCHANGED, UNCHANGED, APPLIED] * 30)
    seen, before = [], None

    while True:
        page = lists.page(before)
        seen += counts(page)
        if page.older is None:
            break
        before = str(page.older)

    assert len(seen) == 60
    assert sum(count for _, count in seen) == 90


def test_a_run_longer_than_a_page_looks_at_goes_on_on_the_next(asked, monkeypatch):
    monkeypatch.setattr(lists, "MAX_LOOKED_AT", 10)
    asked(APPLIED, *[UNCHANGED] * 15)

    first = lists.page()
    second = lists.page(str(first.older))

    assert counts(first) == [(UNCHANGED, 10)]
    assert counts(second) == [(UNCHANGED, 5), (APPLIED, 1)]
    assert second.older is None


def test_the_same_held_list_again_is_one_line_with_how_often_and_since_when(came, ana):
    held = {"outcome": HELD, "digest": "a", "note": "It would remove 12 records.", "records": 5}
    came({"outcome": APPLIED}, *[held] * 7)

    page = ana.get("/upstream/")
    (run, _) = lists.page().lines

    assert attributes(page, "data-run") == ["7"]
    assert "Held for an administrator 7 times" in text(page)
    assert run.refresh.asked_at - run.oldest.asked_at == timedelta(minutes=6)
    assert attributes(ana.get("/upstream/?each=yes"), "data-outcome") == ["held"] * 7 + ["applied"]


def test_a_held_list_that_differs_or_would_change_something_else_is_a_line_of_its_own(came):
    held = {"outcome": HELD, "digest": "a", "note": "It would remove 12 records."}
    came(held, held | {"digest": "b"}, held | {"digest": "b", "note": "It would remove 13 records."})

    assert counts(lists.page()) == [(HELD, 1)] * 3


def test_a_decision_has_a_line_of_its_own_and_the_rejected_list_again_has_one(came, ben):
    rejected = {"outcome": REJECTED, "digest": "a", "decided_by": User.objects.get()}
    held = {"outcome": HELD, "digest": "a"}
    now = timezone.now()
    came(
        held, held, rejected | {"decided_at": now}, *[rejected | {"decided_at": now - timedelta(hours=1)}] * 3
    )

    assert counts(lists.page()) == [(REJECTED, 3), (REJECTED, 1), (HELD, 2)]
    assert "The rejected list again 3 times" in text(ben.get("/upstream/"))


def test_a_run_of_failures_is_one_line_with_each_reason(came, ana):
    hung_up = {"outcome": FAILED, "note": "SendGrid closed the connection before it answered."}
    silent = [
        {
            "outcome": FAILED,
            "note": f"SendGrid did not answer {count} times in a row; the next try is at 14:0{count}.",
        }
        for count in (5, 6)
    ]
    came({"outcome": FAILED, "note": "Status 500."}, hung_up, silent[0], hung_up, silent[1], hung_up)

    assert counts(lists.page()) == [(FAILED, 6)]
    page = text(ana.get("/upstream/"))
    assert "No list came 6 times" in page
    assert "SendGrid closed the connection before it answered (3 times); " in page
    assert "SendGrid did not answer 6 times in a row (2 times); Status 500 (once)." in page


def test_failures_for_one_reason_are_one_line_that_says_it_once(came, ana):
    came({"outcome": APPLIED}, *[{"outcome": FAILED, "note": "Status 500."}] * 30)

    assert counts(lists.page()) == [(FAILED, 30), (APPLIED, 1)]
    page = text(ana.get("/upstream/"))
    assert "No list came 30 times · Status 500." in page
    assert "(30 times)" not in page


def test_a_pause_that_goes_on_is_one_line_however_long_it_has_left(came):
    came(*({"outcome": FAILED, "note": str(held_back(seconds))} for seconds in (90, 60, 30)))

    assert counts(lists.page()) == [(FAILED, 3)]


def held_back(seconds):
    now = timezone.now()
    return throttle._held_back("SendGrid asked for a pause", now + timedelta(seconds=seconds), now).reason


def test_each_list_can_be_seen_by_itself(asked, ana):
    asked(*[UNCHANGED] * 25)

    folded, each = ana.get("/upstream/"), ana.get("/upstream/?each=yes")

    assert attributes(folded, "data-run") == ["25"]
    assert "Nothing changed in 25 lists" in text(folded)
    assert len(attributes(each, "data-refresh")) == lists.LINES_PER_PAGE
    older = re.search(r'rel="next" href="([^"]*)"', each.content.decode())[1].replace("&amp;", "&")
    assert len(attributes(ana.get(f"/upstream/{older}"), "data-refresh")) == 5


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 40, "½"])
def test_a_place_that_is_none_is_the_beginning(asked, ana, before):
    asked(APPLIED)

    assert len(attributes(ana.get("/upstream/", {"before": before}), "data-refresh")) == 1


def test_a_page_costs_the_same_for_any_number_of_lists(asked, django_assert_num_queries):
    asked(*[APPLIED, UNCHANGED, UNCHANGED] * 300)

    with django_assert_num_queries(2):
        lists.page()
