"""Times on an open page: in the server's own words, in the zone that somebody chose, and never standing still."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.html import format_html_join
from playwright.sync_api import expect

from monitors.wording import times, zones
from tests.browser.conftest import SitDown
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)
AGES = [
    *(timedelta(seconds=seconds) for seconds in (-300, 0, 44, 45, 89, 90, 149, 150, 3569, 3570)),
    *(timedelta(minutes=minutes) for minutes in (89, 90, 150, 1409, 1410)),
    *(timedelta(hours=hours) for hours in (35, 36, 60, 84, 167, 168, 169)),
    *(timedelta(days=days) for days in (30, 68, 70, 400)),
]


@pytest.fixture
def reader(sit_down: SitDown, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Somebody who has chosen no zone; both clocks stand still."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return at_noon(sit_down("ana", timezone_id="Asia/Tokyo"))


def at_noon(desk: Desk) -> Desk:
    desk.page.clock.set_fixed_time(NOW)
    desk.open("/")
    return desk


def put(desk: Desk, *drawn: object) -> None:
    """In place of the page, as htmx puts what the server sends; nothing else asks the server any more."""
    html = format_html_join("", '<p class="put">{}</p>', ((text,) for text in drawn))
    desk.page.locator("body").evaluate(
        """(body, html) => {
            body.innerHTML = html;
            document.dispatchEvent(new CustomEvent("htmx:afterSettle"));
        }""",
        html,
    )


def words(desk: Desk) -> list[str]:
    return desk.page.locator(".put").all_text_contents()


@pytest.mark.parametrize("write", [times.ago, times.age, times.clock, times.exact])
def test_the_browser_writes_what_the_server_wrote(reader: Desk, write) -> None:
    drawn = [write(NOW - age) for age in AGES]

    put(reader, *drawn)

    assert words(reader) == [str(text) for text in drawn]


@pytest.mark.parametrize("write", [times.upcoming, times.ahead])
def test_the_browser_writes_what_is_to_come_as_the_server_does(reader: Desk, write) -> None:
    drawn = [write(NOW + age) for age in AGES if age > timedelta()]

    put(reader, *drawn)

    assert words(reader) == [str(text) for text in drawn]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati"])
@pytest.mark.parametrize("write", [times.ago, times.clock, times.exact, times.upcoming])
def test_both_write_the_same_in_any_zone(
    sit_down: SitDown, monkeypatch: pytest.MonkeyPatch, zone: str, write
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    desk = sit_down("ana", timezone_id="Europe/Berlin")
    desk.remember_clock(zone)
    at_noon(desk)
    with zones.reading_in(zones.named(zone)):
        drawn = [write(NOW + sign * age) for age in AGES for sign in (-1, 1)]
        words_of_server = [str(text) for text in drawn]
        put(desk, *drawn)

    assert words(desk) == words_of_server


def test_one_switch_moves_every_time_to_the_readers_zone_and_back(sit_down: SitDown) -> None:
    ida = sit_down("ida", timezone_id="Asia/Tokyo")
    ida.open("/audit/")
    first = ida.page.locator("td.c-when").first
    expect(first).to_have_text(re.compile(r"\sUTC$"))

    ida.page.get_by_role("main").get_by_role("button", name="Local (Tokyo)").click()

    expect(first).to_have_text(re.compile(r"\sJST$"))
    expect(ida.page.get_by_role("main").get_by_role("button", name="Tokyo (JST)")).to_have_attribute(
        "aria-pressed", "true"
    )
    ida.open("/upstream/")
    expect(ida.page.locator("time[data-exact]").first).to_have_text(re.compile(r"\sJST$"))
    ida.page.get_by_label("Your account").click()
    ida.page.get_by_role("button", name="UTC", exact=True).click()
    expect(ida.page.locator("time[data-exact]").first).to_have_text(re.compile(r"\sUTC$"))


def test_an_age_grows_while_the_page_is_open(sit_down: SitDown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    reader = sit_down("ana")
    reader.page.clock.install(time=NOW)
    reader.open("/")
    put(reader, times.ago(NOW))
    assert words(reader) == ["just now"]

    reader.page.clock.fast_forward("12:00")

    assert words(reader) == ["12 min ago"]


def test_without_scripts_the_servers_words_stay(sit_down: SitDown) -> None:
    reader = sit_down("ana", java_script_enabled=False)

    reader.open("/upstream/")

    time = reader.page.locator("time[data-exact]").first
    moment = datetime.fromisoformat(str(time.get_attribute("datetime")))
    expect(time).to_have_text(f"{timezone.localtime(moment):%H:%M:%S} UTC")
    assert time.get_attribute("title")
