"""How long: what people may write, the moment that it means, and what each role may choose."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from monitors.models import Role
from monitors.services import until
from monitors.services.errors import Invalid

WEDNESDAY = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("4h", "2026-11-25 18:00:00"),
        ("30h", "2026-11-26 20:00:00"),
        ("today", "2026-11-25 18:00:00"),
        ("TODAY ", "2026-11-25 18:00:00"),
        ("3d", "2026-11-28 18:00:00"),
        ("1w", "2026-12-02 18:00:00"),
        ("2026-12-04", "2026-12-04 18:00:00"),
        ("2026-12-04T09:30", "2026-12-04 09:30:00"),
        ("2026-12-04T09:30+02:00", "2026-12-04 07:30:00"),
    ],
)
def test_hours_count_exactly_and_days_end_with_the_working_day(text, end):
    assert f"{until.parse(text).end(WEDNESDAY):%Y-%m-%d %H:%M:%S}" == end


def test_no_end_is_a_word():
    chosen = until.parse("none")

    assert chosen.is_endless
    assert chosen.end(WEDNESDAY) is None


def test_today_lasts_until_midnight_once_the_working_day_is_over():
    evening = WEDNESDAY.replace(hour=20)

    assert until.parse("today").end(evening) == WEDNESDAY.replace(hour=23, minute=59, second=59)


def test_the_working_day_is_the_desks_own():
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert until.parse("today").end(WEDNESDAY) == WEDNESDAY.replace(hour=17)
        assert until.parse("2026-12-04").end(WEDNESDAY) == datetime(2026, 12, 4, 17, tzinfo=UTC)


def test_a_week_over_the_change_of_clocks_still_ends_at_six():
    with timezone.override(ZoneInfo("Europe/Berlin")):
        end = until.parse("1w").end(datetime(2026, 10, 22, 9, tzinfo=UTC))

        assert f"{timezone.localtime(end):%d %H:%M}" == "29 18:00"


@pytest.mark.parametrize(
    "text", ["soon", "0h", "-4h", "4", "9999d", "4h 3d", "2026-13-40", "9999-01-01", "1h30", ""]
)
def test_what_is_no_end_is_said_with_what_would_be_one(text):
    with pytest.raises(Invalid, match="Write 4h, today, 3d") as refused:
        until.parse(text)

    assert refused.value.field == "until"


@pytest.mark.parametrize("text", ["4h", "today", "1w", "none", "2026-12-04", "2026-12-04T09:30"])
def test_what_an_operation_keeps_means_the_same_again(text):
    first = until.parse(text)

    assert until.parse(first.text) == first
    assert len(first.text) <= 40


def test_the_default_is_the_roles_own(settings, support, manager):
    settings.DEFAULT_UNTIL = {"": "1w", "support": "4h"}

    assert until.chosen(support, "", read_clock=lambda: WEDNESDAY).text == "4h"
    assert until.chosen(manager, "", read_clock=lambda: WEDNESDAY).text == "1w"
    assert until.chosen(None, "", read_clock=lambda: WEDNESDAY).text == "1w"


def test_nobody_chooses_longer_than_their_role_may(settings, support, manager):
    settings.LONGEST_UNTIL = {"": "none", "support": "1w"}

    assert until.chosen(support, "7d", read_clock=lambda: WEDNESDAY).text == "7d"
    assert until.chosen(manager, "none", read_clock=lambda: WEDNESDAY).is_endless
    for text in ("8d", "none", "2026-12-02T18:00:01"):
        with pytest.raises(Invalid, match="Your role may choose an end up to 02 Dec 2026, 18:00"):
            until.chosen(support, text, read_clock=lambda: WEDNESDAY)


def test_of_several_roles_the_longest_counts(settings, person):
    settings.LONGEST_UNTIL = {"": "1d", "support": "4h", "account-managers": "none"}
    both = person(Role.SUPPORT)
    both.groups.add(*person(Role.ACCOUNT_MANAGERS).groups.all())

    assert until.chosen(both, "none", read_clock=lambda: WEDNESDAY).is_endless


def test_a_moment_that_has_passed_is_refused(support):
    with pytest.raises(Invalid, match="already passed"):
        until.chosen(support, "2026-11-25T13:59", read_clock=lambda: WEDNESDAY)


@pytest.mark.parametrize(
    ("text", "is_read"), [("3d", False), ("none", False), ("today", True), ("2026-12-04", True)]
)
def test_the_clock_is_read_only_where_a_time_may_have_passed(manager, text, is_read):
    looks = []

    until.chosen(manager, text, read_clock=lambda: looks.append(1) or WEDNESDAY)

    assert bool(looks) is is_read


def test_every_role_that_may_append_can_be_named_in_the_environment():
    keys = {role.key for role in Role}

    assert {"administrators", "account-managers", "support"} <= keys
