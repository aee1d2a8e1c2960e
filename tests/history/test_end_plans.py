"""What is due, what ends soon and what is to be reviewed are short ranges of an index, however many are attached."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from benchmarks.population import Population, fill
from monitors.models import Attachment, guards
from monitors.selectors import ends
from monitors.services import expiry
from tests.history.plans import plans, whole_reads
from tests.history.standing import taken_back

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plans of ends")]

NOW = timezone.now()


def demand_short(read, index):
    """One of the queries reads this index, none reads all attachments or sorts many."""
    explained = list(plans(read))
    assert any(index in plan for plan in explained), explained
    for plan in explained:
        assert whole_reads(plan, "monitors_attachment") == [], plan
        assert "Sort  (" not in plan or index not in plan or "expir" in index or "ending" in index, plan
        assert "TEMP B-TREE FOR ORDER BY" not in plan, plan


@pytest.fixture(scope="module")
def written(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        yield some_decided()


@pytest.fixture
def manager(standing):
    return standing


def some_decided():
    """30,000 are attached about whom nobody decided; of the manager's a few have an end or were kept long ago."""
    fill(Population(records=3_000, ended=1_000, events=10))
    manager = User.objects.create(username="manager")
    guards.remove(connection, "attachment_begun", "attachment_decided")
    Attachment.objects.update(owner=None, kept_at=None)
    lasting = Attachment.objects.lasting().order_by("pk")
    some = list(lasting.values_list("pk", flat=True)[:40])
    Attachment.objects.filter(pk__in=some[:20]).update(
        expires_at=NOW + timedelta(hours=1), kept_at=NOW, owner=manager
    )
    long_ago = NOW - timedelta(days=100)
    Attachment.objects.filter(pk__in=some[20:]).update(kept_at=long_ago, owner=manager)
    Attachment.objects.filter(pk__gt=some[-1] + 29_000).update(kept_at=long_ago)
    return manager


@pytest.mark.usefixtures("manager")
def test_a_page_of_the_review_reads_its_index():
    first = ends.to_review(None, after="", now=NOW)

    demand_short(lambda: ends.to_review(None, after="", now=NOW), "attachment_to_review")
    demand_short(lambda: ends.to_review(None, after=first.next, now=NOW), "attachment_to_review")


def test_what_was_kept_long_ago_is_found_by_the_same_index(manager):
    nobodys = Attachment.objects.lasting().filter(owner=None)
    demand_short(lambda: ends._keys(ends._old(nobodys, None, NOW), 51), "attachment_to_review")
    demand_short(lambda: ends.to_review(manager, after="", now=NOW), "attachment_to_review")

    assert len(ends.to_review(manager, after="", now=NOW).rows) == 20


def test_what_ends_soon_or_is_due_is_found_by_the_index_of_ends(manager):
    demand_short(lambda: ends.soon_of(manager, NOW), "attachment_ending")
    demand_short(lambda: ends.overdue(NOW), "attachment_by_expiry")
    demand_short(lambda: list(expiry._due(None)[:20]), "attachment_by_expiry")
    demand_short(lambda: expiry._over().exists(), "attachment_by_expiry")
