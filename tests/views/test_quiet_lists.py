"""Lists that changed nothing are one line, however many; every page of them is as near as the first."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Refresh, RefreshOutcome
from monitors.selectors import lists
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db
APPLIED, UNCHANGED, FAILED = RefreshOutcome.APPLIED, RefreshOutcome.UNCHANGED, RefreshOutcome.FAILED


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
