"""*Monitored* reads an index until a page is full, and the totals of a moment only what changed that day."""

import re
from dataclasses import asdict
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from benchmarks.population import LARGEST, Population, fill
from monitors.models import Attachment, DayTotals
from monitors.models.day_totals import INSTANT, totals_at, totals_of
from monitors.selectors import comparing, insight
from monitors.selectors.comparing import Span
from monitors.selectors.monitored_pages import EVERYBODY, Chosen, Place, existing_at, table_page
from tests.history.plans import plans, whole_reads
from tests.history.standing import taken_back

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("plans of evidence"),
    pytest.mark.usefixtures("standing_either_way"),
]


@pytest.fixture(scope="module")
def written(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        fill(Population(records=1_000, ended=20_000, events=3_000))
        yield


def page_plan(sort, place, days):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # as a vacuum leaves it, which no transaction may run
            cursor.execute(
                "UPDATE pg_class SET relallvisible = relpages WHERE relname = 'monitors_attachment'"
            )
    moment = timezone.now() - timedelta(days=days)
    return "\n".join(plans(lambda: table_page(EVERYBODY, moment=moment, sort=sort, place=place)))


INDEXES = {
    "customer": "attachment_by_customer_name",
    "-since": "attachment_by_since",
    "record": "attachment_by_record_name",
    "-record": "attachment_by_record_name",
}


def test_any_page_of_monitored_walks_along_its_index():
    places = [Place(), Place(after=5_000), Place(before=5_000)]
    for sort, place, days in product(INDEXES, places, [0, 30]):
        plan, index = page_plan(sort, place, days), INDEXES[sort]

        whole = [line for line in whole_reads(plan, "monitors_attachment") if index not in line]
        assert whole == [], plan
        assert index in plan, plan
        for table in ("monitors_auditevent", "monitors_customer", "monitors_recordrevision"):
            assert whole_reads(plan, table) == [], plan


def test_who_lasted_at_a_moment_is_told_by_the_index_alone():
    for sort, index in INDEXES.items():
        if sort != "-since":
            assert re.search(
                rf"(COVERING INDEX|Index Only Scan.* using) {index}", page_plan(sort, Place(), 400)
            )


def keep_day_before(moment):
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    counted = totals_of(Attachment.objects.lasting_at(midnight - INSTANT))
    DayTotals.objects.get_or_create(ends_at=midnight, defaults=asdict(counted) | {"claim": uuid4()})


def test_the_totals_of_a_moment_read_what_changed_on_its_day():
    for days in (0, 1.3, 30.5, 400):
        moment = timezone.now() - timedelta(days=days)
        keep_day_before(moment)

        plan = "\n".join(plans(lambda moment=moment: totals_at(moment)))

        assert whole_reads(plan, "monitors_attachment") == [], plan
        assert "attachment_by_moment" in plan, plan
        assert "attachment_by_end" in plan, plan
        assert totals_at(moment) == totals_of(Attachment.objects.lasting_at(moment))


def test_a_walk_along_an_index_meets_what_sorting_finds():
    places = [Place(), Place(after=5_000), Place(before=5_000), Place(after=9_000)]
    for sort, place, days in product(INDEXES, places, [0, 500]):
        demand_the_same_sorted(sort, place, days)


def demand_the_same_sorted(sort, place, days):
    table_page(EVERYBODY, moment=timezone.now(), sort=sort, place=place)  # prepared for another moment
    moment = timezone.now() - timedelta(days=days)
    walked, sorted_ = (
        table_page(chosen, moment=moment, sort=sort, place=place)
        for chosen in (EVERYBODY, Chosen(existing_at(moment), is_few=True))
    )

    assert [row.pk for row in walked.rows] == [row.pk for row in sorted_.rows]
    assert (walked.previous, walked.next) == (sorted_.previous, sorted_.next)
    assert len(walked.rows) == 50


@pytest.mark.parametrize("outside", [0, 1])
def test_insight_reads_the_beginnings_of_indexes(settings, outside):
    settings.MONITOR_EMAIL_DOMAINS = ["northmail.example", "another.example"][outside:]

    plan = "\n".join(plans(lambda: insight.panels(timezone.now(), None)))

    tables = ("monitors_monitorrecord", "monitors_attachment", "monitors_customer", "monitors_operation")
    if connection.vendor == "sqlite":  # PostgreSQL reads a thousand records faster than it looks them up
        assert [whole_reads(plan, table) for table in tables] == [[], [], [], []], plan
    for index in ("record_by_domain", "record_by_share", "record_by_count"):
        assert index in plan, plan


def test_what_lasts_long_without_a_reason_is_met_in_the_order_of_its_index():
    plan = "\n".join(
        plans(lambda: list(insight.long_without_reason(timezone.now() - insight.REASON_GRACE)[:10]))
    )

    assert "attachment_by_since" in plan, plan


@pytest.fixture
def a_planner_without_guesses():
    """PostgreSQL may begin to read all where it expects to find the first thousand soon; the limit ends that."""
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL chooses by what it expects to find before the limit")


def spans(record=None):
    now = timezone.now()
    narrow = (lambda rows: rows.filter(record=record)) if record else (lambda rows: rows)
    condition = Q(record=record) if record else Q()
    return [
        Span(now - timedelta(days=begin), now - timedelta(days=end), narrow, condition)
        for begin, end in ((30, 0), (400, 370))
    ]


def test_any_page_of_a_comparison_reads_what_changed_between_its_moments():
    # Behind a row PostgreSQL chooses by what it expects to find before the limit, once in a while a whole read.
    behind = [Place(after=5_000), Place(before=5_000)] if connection.vendor == "sqlite" else []
    places = [Place(), *behind]
    for span, place, part in product(spans(), places, ["came", "went"]):
        plan = "\n".join(
            plans(lambda span=span, place=place, part=part: comparing.customers(span, part, place))
        )

        index = {"came": "attachment_by_since", "went": "attachment_by_end"}[part]
        assert [line for line in whole_reads(plan, "monitors_attachment") if index not in line] == [], plan
        for table in ("monitors_auditevent", "monitors_customer", "monitors_recordrevision"):
            assert whole_reads(plan, table) == [], plan


@pytest.mark.usefixtures("a_planner_without_guesses")
def test_the_counts_and_the_records_of_a_comparison_read_pieces_of_indexes():
    for span in spans():
        plan = "\n".join(plans(lambda span=span: comparing.counts(span)))
        for part in ("changed", "gone"):
            plan += "\n".join(plans(lambda span=span, part=part: comparing.records(span, part, Place())))

        # PostgreSQL reads three thousand revisions at once where that is less than to look them up.
        for table in ("monitors_attachment", "monitors_recordrevision")[
            : 2 if connection.vendor == "sqlite" else 1
        ]:
            assert whole_reads(plan, table) == [], plan


@pytest.mark.usefixtures("a_planner_without_guesses")
def test_a_comparison_of_a_record_reads_its_own_attachments():
    for span, part in product(spans(record=LARGEST), ["came", "went"]):
        plan = "\n".join(plans(lambda span=span, part=part: comparing.customers(span, part, Place())))

        assert whole_reads(plan, "monitors_attachment") == [], plan
