"""One clock: the zone that somebody chose holds on pages, in files, in print, and for what they type."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from monitors.models import Attachment
from monitors.wording import times, zones
from tests.views.pages import text, value_of

ZONE = "Asia/Kolkata"  # half an hour beside everybody else, and no summer time
MOMENT = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


@pytest.fixture
def abroad(ida):
    """Somebody who reads the auditors' pages in India's zone."""
    ida.post("/clock/", {"zone": ZONE})
    return ida


@pytest.fixture
def moved(desk, load, manager, record_named):
    """One attachment that did not stand in the first list."""
    load()
    desk.store.append(user="initech", name="billing-watch")
    load()
    return Attachment.objects.get(customer__username="initech", is_baseline=False)


def test_a_choice_is_remembered_and_leads_back(ida):
    answer = ida.post("/clock/", {"zone": ZONE, "next": "/audit/?text=acme"})

    assert answer.url == "/audit/?text=acme"
    cookie = answer.cookies[zones.COOKIE]
    assert cookie.value == ZONE
    assert cookie["samesite"] == "Lax"
    assert cookie["httponly"]


@pytest.mark.parametrize("name", ["", "Nowhere/Else", "../../etc/passwd", "/etc/passwd", "\x00", "Europe"])
def test_what_is_no_zone_changes_nothing(ida, name):
    answer = ida.post("/clock/", {"zone": name, "next": "//evil.example/"})

    assert answer.url == "/"
    assert zones.COOKIE not in answer.cookies


@pytest.mark.parametrize("name", ["Nowhere/Else", "../../etc/passwd", "Europe"])
def test_a_cookie_that_names_no_zone_is_no_choice(ida, name):
    ida.cookies[zones.COOKIE] = name

    assert 'data-zone="UTC"' in ida.get("/audit/").content.decode()


def test_every_moment_of_a_page_is_in_the_zone_that_was_chosen(abroad, moved):
    page = abroad.get("/monitored/")

    with zones.reading_in(zones.named(ZONE)):
        window = times.window(moved.attached_after, moved.since)
    assert str(window).endswith(" IST")
    assert str(window) in text(page)
    assert " UTC" not in text(page).replace("Times in UTC", "")
    assert f'data-zone="{ZONE}"' in page.content.decode()


def test_a_file_and_the_print_are_on_the_same_clock(abroad, moved):
    rows = list(csv.DictReader(io.StringIO(abroad.post("/monitored/export.csv").getvalue().decode())))
    events = list(csv.DictReader(io.StringIO(abroad.post("/audit/export.csv").getvalue().decode())))
    paper = abroad.get("/monitored/print/")

    assert all(row["Since"].endswith("+05:30") for row in rows)
    assert all(row["At"].endswith("+05:30") for row in events)
    assert f"Times are in {ZONE}." in text(paper)
    assert " UTC" not in text(paper)


def test_a_spreadsheet_says_its_zone_above_each_moment(abroad, moved):
    body = b"".join(abroad.post("/monitored/export.xlsx").streaming_content)

    with zipfile.ZipFile(io.BytesIO(body)) as book:
        words = b"".join(book.read(name) for name in book.namelist())
    for head in ("Since", "Since, not before", "Until", "Until, not before", "Set to end"):
        assert f"{head} ({ZONE})" in words.decode()


def test_a_moment_typed_by_ones_own_clock_becomes_the_same_for_everybody(abroad, moved):
    form = abroad.get("/monitored/")
    typed = abroad.get(
        "/monitored/", {"at": "2026-03-03T19:30", "zone": value_of(form, "zone"), "record": ""}
    )

    address = parse_qs(urlsplit(typed.url).query)
    assert address == {"at": ["2026-03-03T19:30:00+05:30"]}
    assert datetime.fromisoformat(address["at"][0]) == MOMENT
    assert value_of(abroad.get(typed.url), "at") == "2026-03-03T19:30"
    assert value_of(abroad.get("/monitored/", {"at": MOMENT.isoformat()}), "at") == "2026-03-03T19:30"


def test_a_moment_without_an_offset_stays_the_desks_own_for_scripts(abroad, moved):
    page = abroad.get("/monitored/", {"at": "2026-03-03T14:00"})

    assert value_of(page, "at") == "2026-03-03T19:30"


def test_an_end_typed_by_ones_own_clock_is_that_moment(sam, moved, record_named):
    sam.post("/clock/", {"zone": ZONE})
    day = timezone.now().year + 1

    sam.post(
        f"/records/{record_named('billing-watch').pk}/append/",
        {"user": "globex", "until": "at", "until_at": f"{day}-03-03T19:30", "elsewhere": "too"},
    )

    assert Attachment.objects.filter(
        expires_at=MOMENT.replace(year=day), customer__username="globex"
    ).exists()
    assert "days end at 23:30 IST" in text(sam.get(f"/records/{record_named('billing-watch').pk}/"))


def test_nobody_elses_clock_is_touched(abroad, ben):
    assert 'data-zone="UTC"' in ben.get("/audit/").content.decode()
