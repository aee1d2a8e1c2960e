"""However many operations there are, a page of them and what needs somebody are read from short pieces of an index."""

import re
from functools import partial
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import connection

from benchmarks.population import Population, fill
from monitors.models import Operation, Refresh
from monitors.selectors import operation_lists
from monitors.selectors.keyset import Place
from monitors.services.lists.later_writes import LaterWrites
from tests.history.plans import plans, whole_reads
from tests.history.standing import taken_back
from tests.tampering import execute, lifted
from tests.unguarded import free_operations

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plans of operations")]

OPERATIONS = 20_000
TABLE = "monitors_operation"
SORTS = r"USE TEMP B-TREE FOR ORDER BY|Sort Key: (?!.*\n.*Presorted)"


@pytest.fixture(scope="module")
def written(django_db_setup, django_db_blocker):
    """Half of all operations are somebody's; one in eight failed, one in ten of the newest is under way."""
    with taken_back(django_db_blocker):
        fill(Population(records=50, ended=0, events=0, operations=OPERATIONS))
        free_operations()
        somebody = User.objects.create(username="somebody")
        number = "CAST(substr(username, 10) AS integer)"
        with lifted():
            execute(f"UPDATE {TABLE} SET actor_id = {somebody.pk} WHERE {number} % 2 = 0")
            execute(f"UPDATE {TABLE} SET state = 'refused' WHERE {number} % 8 = 0")
            execute(f"UPDATE {TABLE} SET state = 'accepted', settled_at = NULL WHERE {number} % 40 = 1")
        execute("ANALYZE")
        yield somebody


@pytest.fixture
def somebody(standing_either_way):
    return standing_either_way


def pages(somebody: User, group: str):
    middle = Operation.objects.order_by("started_at")[OPERATIONS // 2].pk
    for place in (Place(), Place(after=middle), Place(before=middle), Place(page="last")):
        yield partial(
            operation_lists.search, group=group, person=somebody, text="", place=place, count=OPERATIONS
        )


@pytest.mark.parametrize(
    ("group", "index"),
    [
        ("mine", "operation_by_actor"),
        ("open", "operation_under_way"),
        ("failed", "operation_unsuccessful"),
        ("all", "operation_by_time"),
        ("today", "operation_by_time"),
    ],
)
def test_any_page_of_a_group_is_read_along_its_index(somebody, group, index):
    for read in pages(somebody, group):
        for plan in plans(read):
            assert index in plan, plan
            assert [line for line in whole_reads(plan, TABLE) if index not in line] == [], plan


def test_counting_the_groups_stops_where_there_are_many(somebody):
    (plan,) = plans(partial(operation_lists.counts, somebody))

    # Any row is as good as another where all are counted: PostgreSQL reads the table until there are enough.
    assert len(whole_reads(plan, TABLE)) <= 1, plan
    if connection.vendor == "postgresql":
        assert plan.count("->  Limit") == len(operation_lists.GROUPS), plan


def test_what_needs_somebody_is_one_short_range(somebody):
    with lifted():
        Operation.objects.filter(pk__in=[UUID(int=n) for n in range(1, 20)]).update(
            state="unknown", settled_at=None
        )

    plan = Operation.objects.needing(somebody).order_by("-started_at", "-uuid")[:20].explain()

    assert "operation_needing" in plan
    assert not re.search(SORTS, plan), plan


def test_later_operations_on_the_same_are_found_by_when_they_left(somebody):
    """Not by their states: most operations are confirmed."""
    judged = list(Operation.objects.order_by("claimed_at")[OPERATIONS - 100 :])
    later = LaterWrites(Refresh(answered_at=judged[-1].claimed_at))

    plan = later._rows(judged).explain()

    assert "operation_by_claim" in plan, plan
    assert whole_reads(plan, TABLE) == [], plan
