"""Times are relative to read and absolute to know."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.html import conditional_escape as html

from monitors.wording import times, zones

pytestmark = pytest.mark.any_database

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.mark.usefixtures("at_noon")
@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=50), "1 min ago"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(hours=2), "2 h ago"),
        (timedelta(seconds=44), "just now"),
        (timedelta(seconds=45), "1 min ago"),
        (timedelta(seconds=90), "2 min ago"),
        (timedelta(minutes=59), "59 min ago"),
        (timedelta(minutes=59, seconds=30), "1 h ago"),
        (timedelta(minutes=150), "3 h ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(hours=25), "1 day ago"),
        (timedelta(hours=35), "1 day ago"),
        (timedelta(hours=37), "2 days ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=7), "3 Mar"),
        (timedelta(days=400), "3 Feb 2025"),
        (timedelta(seconds=-30), "just now"),
    ],
)
def test_ago(before, expected):
    assert f">{expected}</time>" in html(times.ago(NOW - before))


@pytest.mark.usefixtures("at_noon")
def test_a_time_holds_the_moment_itself():
    shown = html(times.ago(NOW - timedelta(minutes=12)))

    assert 'datetime="2026-03-10T11:48:00+00:00"' in shown
    assert 'title="10 Mar 2026, 11:48:00 UTC"' in shown


@pytest.mark.usefixtures("at_noon")
def test_clock_tells_the_day_only_where_it_is_not_today():
    assert ">09:05 UTC</time>" in html(times.clock(NOW.replace(hour=9, minute=5)))
    assert ">3 Mar, 12:00 UTC</time>" in html(times.clock(NOW - timedelta(days=7)))


@pytest.mark.parametrize(
    "draw", [times.ago, times.age, times.clock, times.exact, times.stamp, times.absolute]
)
def test_no_time_is_nothing(draw):
    assert not draw(None)
    assert str(draw(None)) == ""


@pytest.mark.usefixtures("at_noon")
@pytest.mark.parametrize(
    ("after", "at", "expected"),
    [
        (NOW, NOW + timedelta(minutes=5), "between 12:00 UTC and 12:05 UTC"),
        (NOW, NOW + timedelta(seconds=5), "between 12:00:00 UTC and 12:00:05 UTC"),
        (NOW - timedelta(days=1), NOW, "between 9 Mar, 12:00 UTC and 12:00 UTC"),
    ],
)
def test_a_window_of_less_than_a_minute_is_told_in_seconds(after, at, expected):
    assert str(times.between(after, at)) == expected


@pytest.mark.parametrize(
    ("after", "at", "expected"),
    [
        (None, NOW, "10 Mar 2026, 12:00 UTC"),
        (NOW, NOW + timedelta(minutes=5), "between 10 Mar 2026, 12:00 UTC and 12:05 UTC"),
        (NOW, NOW + timedelta(seconds=5), "between 10 Mar 2026, 12:00:00 UTC and 12:00:05 UTC"),
        (NOW - timedelta(days=1), NOW, "between 9 Mar 2026, 12:00 UTC and 10 Mar 2026, 12:00 UTC"),
    ],
)
def test_evidence_always_names_its_day_and_is_the_same_for_every_reader(after, at, expected):
    shown = times.window(after, at)

    assert str(shown) == expected
    assert "<time" not in html(shown)


def test_evidence_to_the_second_in_utc_leaves_nothing_for_a_title():
    assert html(times.full_stamp(NOW)) == "10\xa0Mar\xa02026, 12:00:00\xa0UTC"
    assert 'title="2026-03-10T12:00:00+00:00"' in html(times.stamp(NOW))


def test_evidence_in_another_zone_tells_its_offset():
    with zones.reading_in(zones.named("Europe/Berlin")):
        assert 'title="2026-03-10T13:00:00+01:00"' in html(times.full_stamp(NOW))
