"""Totals of days that are over are what history says, however late it learns of the past."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.models import Attachment, DayTotals, guards
from monitors.models.attachment import span_of
from monitors.models.day_totals import INSTANT, Totals, count_before, totals_at
from monitors.services import clock, day_totals
from tests.services.rows import a_record, an_attachment, minute
from tests.tampering import lifted

pytestmark = pytest.mark.django_db

DAY = 24 * 60
MIDNIGHT = datetime(2026, 3, 4, tzinfo=UTC)

minutes = st.one_of(
    st.integers(-2 * DAY, 6 * DAY),
    st.sampled_from([720 + day * DAY for day in range(-2, 6)]),  # midnights: minute 0 is a noon
)
begin = st.tuples(st.just("begin"), st.sampled_from("abc"), st.sampled_from(["one", "two"]), minutes)
end = st.tuples(st.just("end"), st.integers(0, 9), minutes)
move = st.tuples(st.just("move"), st.integers(0, 9), minutes)
fill = st.tuples(st.just("fill"), minutes)


@pytest.fixture
def at_minute(monkeypatch):
    """Set the services' clock."""
    return lambda number: monkeypatch.setattr(clock, "now", lambda: minute(number))


def lasting_before(moment):
    rows = [
        row
        for row in Attachment.objects.all()
        if row.attached_at < moment and (row.detached_at is None or row.detached_at >= moment)
    ]
    return Totals(len(rows), len({row.customer_id for row in rows}), len({row.record_id for row in rows}))


def close(row, at):
    row.detached_at = max(at, row.attached_at)
    row.span = span_of(row.attached_at, row.detached_at)
    row.save()


class Past:
    """A history that is written in any order."""

    def __init__(self, set_clock):
        self.set_clock = set_clock
        self.records = {name: a_record(name) for name in ("one", "two")}

    def begin(self, user, record, at):
        lasting = Attachment.objects.lasting().filter(customer__username=user, record__name=record)
        if not lasting.exists():
            an_attachment(self.records[record], user, at=at)

    def end(self, place, at):
        rows = list(Attachment.objects.lasting().order_by("pk"))
        if rows:
            close(rows[place % len(rows)], minute(at))

    def move(self, place, at):
        """An end that is put right: never done by the desk, and still told truly."""
        rows = list(Attachment.objects.exclude(detached_at=None).order_by("pk"))
        if rows:
            close(rows[place % len(rows)], minute(at))

    def fill(self, at):
        self.set_clock(at)
        day_totals.fill()


@given(steps=st.lists(st.one_of(begin, end, move, fill), max_size=25), looks=st.lists(minutes, max_size=5))
@settings(max_examples=120, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_kept_of_days_is_what_history_says(at_minute, steps, looks):
    with transaction.atomic():
        guards.remove(connection, "attachment_closed")
        past = Past(at_minute)
        for name, *details in steps:
            getattr(past, name)(*details)
            for row in DayTotals.objects.all():
                kept = Totals(row.attachments, row.customers, row.records)
                assert kept == lasting_before(row.ends_at), row
        for number in looks:
            assert count_before(minute(number)) == lasting_before(minute(number))
            assert totals_at(minute(number)) == lasting_before(minute(number) + INSTANT)
        transaction.set_rollback(True)


def test_each_day_that_is_over_is_counted_once(at_minute, django_assert_num_queries):
    an_attachment(a_record(), "acme", at=0)
    at_minute(3 * DAY)

    day_totals.fill()

    assert list(DayTotals.objects.order_by("ends_at").values_list("ends_at", "customers")) == [
        (MIDNIGHT + timedelta(days=number), 1) for number in range(3)
    ]
    with django_assert_num_queries(1):
        day_totals.fill()


def test_a_desk_without_history_has_nothing_to_count():
    day_totals.fill()

    assert not DayTotals.objects.exists()


def test_what_is_learned_of_the_past_while_it_is_counted_is_not_overlooked(at_minute, monkeypatch):
    record = a_record()
    an_attachment(record, "acme", at=0)
    at_minute(2 * DAY)

    def count_and_learn(end):
        counted = count_before(end)
        if not Attachment.objects.filter(customer__username="late").exists():
            an_attachment(record, "late", at=1)
        return counted

    monkeypatch.setattr(day_totals, "count_before", count_and_learn)
    day_totals.fill()
    assert not DayTotals.objects.exists()

    day_totals.fill()
    assert [row.customers for row in DayTotals.objects.all()] == [2, 2]


def test_what_somebody_else_counts_is_left_to_them(at_minute, monkeypatch):
    record = a_record()
    an_attachment(record, "acme", at=0)
    at_minute(2 * DAY)

    def count_beside_another(end):
        counted = count_before(end)
        day_totals._claim([end])
        return counted

    monkeypatch.setattr(day_totals, "count_before", count_beside_another)
    day_totals.fill()

    assert not DayTotals.objects.exclude(attachments=None).exists()


def test_another_first_moment_does_not_touch_the_days(at_minute):
    """A confirmed rename says since when a customer is known, not when somebody was monitored."""
    attachment = an_attachment(a_record(), "acme", at=0)
    at_minute(2 * DAY)
    day_totals.fill()

    with lifted():
        Attachment.objects.update(since=attachment.since - timedelta(days=40))

    assert DayTotals.objects.count() == 2
