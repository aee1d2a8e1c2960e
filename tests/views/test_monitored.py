"""Who is or was monitored: the table at any moment, its filters, its files and its paper."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from monitors.models import Attachment, AuditEvent, Kind, MonitorRecord, Role
from monitors.selectors import monitored_pages
from monitors.services import attachments, records
from monitors.services.submission import Submission
from monitors.views import sheets
from tests.tampering import lifted
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def ida(as_role):
    return as_role(Role.AUDITORS)


@pytest.fixture
def moments(desk, load, manager, support, record_named):
    """acme and globex stand in the first list; people and strangers then move customers about."""
    seen = {"first list": timezone.now()}
    billing = record_named("billing-watch")
    attachments.append(submission=Submission(actor=manager, reason="ESC-7"), record=billing, user="initech")
    seen["appended"] = timezone.now()
    load()
    records.edit(
        submission=Submission(actor=manager),
        record=billing,
        new_name="billing-eu",
        new_email="eu@other.example",
        new_frequency=7,
    )
    seen["renamed"] = timezone.now()
    billing.refresh_from_db()
    attachments.append(submission=Submission(actor=support), record=billing, user="umbrella")
    load()
    desk.store.detach(user="globex")
    load()
    attachments.detach(submission=Submission(actor=support, reason="over"), record=billing, user="initech")
    seen["end"] = timezone.now()
    return seen


def rows(page):
    """(customer, all that its row says) of each row."""
    pieces = re.split(r"(?=<tr\s+data-customer=)", page.content.decode())[1:]
    return {
        attributes(_Piece(piece), "data-customer")[0]: text(_Piece(piece.partition("</tr>")[0]))
        for piece in pieces
    }


class _Piece:
    def __init__(self, html):
        self.content = html.encode()


def at(client, moment, **filters):
    return client.get("/monitored/", {"at": moment.isoformat(), **filters})


def test_now_is_the_default(ida, moments):
    page = ida.get("/monitored/")

    assert set(rows(page)) == {"acme", "umbrella"}
    assert "Who is monitored" in text(page)
    assert "2 customers on 2 records" in text(page)


def test_any_moment_shows_who_was_on_which_record_as_it_was_then(ida, moments):
    before = rows(at(ida, moments["appended"]))
    after = rows(at(ida, moments["renamed"]))

    assert set(before) == set(after) == {"acme", "globex", "initech"}
    assert (
        "billing-watch now billing-eu billing-watch · billing@northmail.example 1 in 1,000"
        in before["initech"]
    )
    assert "billing-eu billing-eu · eu@other.example 1 in 7" in after["initech"]


def test_a_row_says_since_when_by_whom_why_and_until_when(ida, moments):
    row = rows(at(ida, moments["appended"]))["initech"]

    assert "Account_Managers Account managers" in row
    assert "ESC-7" in row
    assert "Support · over" in row.replace("SUPPORT", "Support")


def test_what_the_first_list_held_began_at_a_time_nobody_knows(ida, moments):
    page = ida.get("/monitored/")

    assert "–in the first list – –" in rows(page)["acme"]
    assert "– in SendGrid's first list: since when is not known" in text(page)
    assert any(title.startswith("in the first list, before ") for title in attributes(page, "title"))


@pytest.fixture
def contradicted(desk, load, manager, record_named):
    """An append that SendGrid said was done, and that the next list did not show; a moment between the two."""
    desk.fault("lie", task="append")
    billing = record_named("billing-watch")
    append = attachments.append(submission=Submission(actor=manager), record=billing, user="initech")
    load()
    return append.ended_at


def test_an_end_that_may_be_none_is_told_as_such_wherever_it_stands(ida, contradicted):
    page = ida.get("/monitored/", {"at": contradicted.isoformat()})
    file = ida.post("/monitored/export.csv", query_params={"at": contradicted.isoformat()})
    customer = Attachment.objects.get(customer__username="initech").customer_id

    assert rows(page)["initech"].endswith("outside the desk, or it never took effect")
    assert "outside the desk, or it never took effect" in text(ida.get(f"/customers/{customer}/"))
    exported = {row["Customer"]: row["Ended by"] for row in read_csv(file)}
    assert exported == {"acme": "", "globex": "", "initech": "outside, or it never took effect"}


def test_what_no_list_ever_showed_did_not_disappear(ida, contradicted):
    """It may never have been there: the histories and the log say only what the list does not show."""
    attachment = Attachment.objects.get(customer__username="initech")
    event = AuditEvent.objects.get(kind=Kind.DIFFERENCE, username="initech")

    pages = [
        ida.get(f"/customers/{attachment.customer_id}/"),
        ida.get(f"/records/{attachment.record_id}/"),
        ida.get(f"/audit/{event.number}/"),
        ida.get("/audit/"),
    ]

    for page in map(text, pages):
        assert "initech is not on billing-watch in the list" in page
        assert "outside the desk, or it never took effect" in page
        assert "disappeared" not in page


def test_an_end_outside_the_desk_is_told_as_the_window_between_two_lists(ida, moments):
    row = rows(at(ida, moments["renamed"]))["globex"]

    assert "between " in row
    assert row.endswith("outside the desk")


def test_before_the_first_list_nobody_can_say(ida, moments):
    page = at(ida, timezone.now() - timedelta(days=3))

    assert attributes(page, "data-empty") == ["before"]
    assert "The API keeps no history, so nothing is known about earlier times" in text(page)


def test_before_any_list_the_page_says_so(ida):
    assert attributes(ida.get("/monitored/"), "data-empty") == ["never"]


def test_what_a_later_list_found_may_have_begun_before_the_moment(ida, desk, load):
    between = timezone.now()
    desk.store.append(user="initech", name="billing-watch")
    load()

    page = at(ida, between)

    assert "initech" not in rows(page)
    assert "1 more may already have been monitored" in text(page)
    assert attributes(at(ida, timezone.now()), "data-perhaps") == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"record": "billing"}, {"initech"}),
        ({"record": "BILLING-EU"}, {"initech"}),
        ({"record": "#{billing}"}, {"initech"}),
        ({"customer": "GLO"}, {"globex"}),
        ({"domain": "northmail.example"}, {"acme", "globex", "initech"}),
        ({"domain": "@mail.example"}, set()),
        ({"role": "Account managers"}, {"initech"}),
        ({"role": "Support"}, set()),
        ({"role": "first-list"}, {"acme", "globex"}),
        ({"role": "outside"}, set()),
        ({"no_reason": "on"}, {"acme", "globex"}),
        ({"days": "1"}, set()),
        ({"record": "abuse", "customer": "ac", "no_reason": "1", "domain": "northmail.example"}, {"acme"}),
        ({"record": "abuse", "role": "Account managers"}, set()),
        ({"record": "100%", "customer": "_"}, set()),
    ],
)
def test_each_filter_narrows_alone_and_with_others(ida, moments, filters, expected):
    billing = MonitorRecord.objects.get(name="billing-eu").pk
    query = {name: value.replace("{billing}", str(billing)) for name, value in filters.items()}

    page = at(ida, moments["appended"], **query)

    assert set(rows(page)) == expected
    assert f"{len(expected)} customer" in text(page)


def test_longer_than_some_days_counts_back_from_the_moment(ida, moments):
    with lifted():
        Attachment.objects.filter(customer__username="acme").update(since=timezone.now() - timedelta(days=31))

    assert set(rows(ida.get("/monitored/", {"days": "30"}))) == {"acme"}


def test_a_filter_that_is_set_can_be_taken_away_alone(ida, moments):
    page = ida.get("/monitored/", {"record": "billing", "no_reason": "on"})

    assert "Record: billing" in text(page)
    assert "?no_reason=on" in attributes(page, "href")
    assert "?record=billing" in attributes(page, "href")


@pytest.mark.parametrize(
    "written", ["yesterday", "2026-13-45", "2026-03-03T25:00", "0001-01-01", "9999-12-31"]
)
def test_nonsense_for_a_moment_is_told_how_to_write_one(ida, desk, written):
    page = ida.get("/monitored/", {"at": written})

    assert page.status_code == 400
    assert f"“{written}” is not a date and time. Write it like 2026-03-03T14:00 in UTC time" in text(page)
    assert "<table" not in page.content.decode()


def test_a_moment_that_has_not_come_yet_is_no_answer(ida, desk):
    page = at(ida, timezone.now() + timedelta(hours=1))

    assert page.status_code == 400
    assert "This moment is in the future." in text(page)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-03T14:00", "2026-03-03T13:00:00+00:00"),
        ("2026-03-03 14:00:30", "2026-03-03T13:00:30+00:00"),
        ("2026-03-03T14:00+02:00", "2026-03-03T12:00:00+00:00"),
        ("2026-03-03T14:00 02:00", "2026-03-03T12:00:00+00:00"),
        ("2026-03-03T14:00Z", "2026-03-03T14:00:00+00:00"),
        ("2026-03-03", "2026-03-02T23:00:00+00:00"),
    ],
)
def test_a_moment_without_an_offset_is_in_the_desks_own_zone(written, meant, settings):
    from monitors.filters.monitored import MonitoredFilter

    settings.TIME_ZONE = "Europe/Berlin"
    timezone.deactivate()

    assert MonitoredFilter({"at": written}).moment == parse_datetime(meant)


def test_an_hour_that_the_clocks_skip_or_repeat_asks_for_an_offset(settings):
    from monitors.filters.monitored import MonitoredFilter

    settings.TIME_ZONE = "Europe/Berlin"

    assert not MonitoredFilter({"at": "2026-03-29T02:30"}).is_valid()
    assert not MonitoredFilter({"at": "2025-10-26T02:30"}).is_valid()
    assert MonitoredFilter({"at": "2025-10-26T02:30+01:00"}).is_valid()


@pytest.fixture
def many(upstream, load):
    """130 customers, on two records each: the usernames of the 260 attachments, sorted."""
    users = tuple(f"user-{number:03}" for number in range(130))
    upstream.store.seed(
        records=[("big", "a@northmail.example", 5, users), ("other", "b@northmail.example", 5, users)],
        customers=[],
    )
    load()
    return sorted(users * 2)


def row_keys(page):
    return attributes(page, "data-attachment")


def link(page, relation):
    links = re.findall(rf'rel="{relation}" href="([^"]+)"', page.content.decode())
    return f"/monitored/{links[0].replace('&amp;', '&')}" if links else None


def walk(client, page, relation):
    pages = [page]
    while address := link(pages[-1], relation):
        pages.append(client.get(address))
    return pages


@pytest.fixture(params=[True, False], ids=["sorted", "walked"])
def is_few(request, monkeypatch):
    monkeypatch.setattr(monitored_pages, "FEW", 1000 if request.param else 0)


@pytest.mark.usefixtures("many", "is_few")
@pytest.mark.parametrize("sort", ["customer", "-customer", "record", "-record", "since", "-since"])
@pytest.mark.parametrize("filters", [{}, {"record": "big"}, {"at": "now"}])
def test_the_pages_one_after_the_other_hold_each_row_once(ida, sort, filters):
    filters = {**filters, **({"at": timezone.now().isoformat()} if "at" in filters else {})}

    there = walk(ida, ida.get("/monitored/", {"sort": sort, **filters}), "next")
    back = walk(ida, there[-1], "prev")

    found = [key for page in there for key in row_keys(page)]
    count = 130 if "record" in filters else 260
    assert len(found) == len(set(found)) == count
    assert [len(row_keys(page)) for page in there[:-1]] == [50] * (count // 50)
    assert [row_keys(page) for page in back] == [row_keys(page) for page in reversed(there)]
    exported = ida.post("/monitored/export.csv", query_params={"sort": sort, **filters})
    by_key = dict(Attachment.objects.values_list("pk", "customer__username"))
    assert [by_key[int(key)] for key in found] == [row["Customer"] for row in read_csv(exported)]
    assert f"{count} attachments" in text(there[0])


def test_a_page_beyond_the_end_is_the_first_one(ida, many):
    last = Attachment.objects.order_by("sort_name", "pk").last().pk

    for query in ({"after": last}, {"after": "99999999"}, {"before": "9" * 30}, {"after": "x"}):
        assert len(row_keys(ida.get("/monitored/", query))) == 50


def test_more_hits_than_are_counted_are_called_that(ida, many, monkeypatch):
    monkeypatch.setattr(monitored_pages, "MAX_COUNTED", 100)

    page = text(ida.get("/monitored/", {"record": "big"}))

    assert "more than 100 attachments, filtered" in page
    assert "More than 100 attachments" in page
    assert "130 customers on 2 records" in text(ida.get("/monitored/"))


@pytest.mark.parametrize("sort", ["customer", "-customer", "record", "-since", "nonsense"])
def test_the_table_can_be_sorted(ida, moments, sort):
    customers = list(rows(at(ida, moments["appended"], sort=sort)))

    assert len(customers) == 3
    if sort == "-customer":
        assert customers == ["initech", "globex", "acme"]
    if sort == "-since":
        assert customers[0] == "initech"


# Files


def read_csv(response):
    lines = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(lines)))


def read_xlsx(response):
    """The first sheet's cells, as texts."""
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    return [
        {cell.get("r").rstrip("0123456789"): "".join(cell.itertext()) for cell in row}
        for row in sheet.iter(f"{name}row")
    ]


def test_the_csv_file_holds_exactly_what_is_shown(ida, moments):
    query = {"at": moments["appended"].isoformat(), "no_reason": "on", "sort": "-customer"}

    exported = read_csv(ida.post("/monitored/export.csv", query_params=query))

    assert (
        [row["Customer"] for row in exported]
        == list(rows(ida.get("/monitored/", query)))
        == ["globex", "acme"]
    )
    assert exported[0]["Mailbox"] == "abuse@northmail.example"
    assert (exported[0]["One sample in"], exported[0]["Origin"], exported[0]["Ended by"]) == (
        "100",
        "first list",
        "outside",
    )
    assert "" < exported[0]["Until, not before"] <= exported[0]["Until"]


def test_the_csv_file_of_an_operations_row_says_who_and_why(ida, moments):
    exported = read_csv(
        ida.post(
            "/monitored/export.csv",
            query_params={"at": moments["renamed"].isoformat(), "customer": "initech"},
        )
    )

    row = exported[0]
    assert (row["Record"], row["Record's name now"], row["One sample in"]) == (
        "billing-eu",
        "billing-eu",
        "7",
    )
    assert (row["Origin"], row["By"], row["Role"], row["Why"]) == (
        "desk",
        "Account_Managers",
        "Account managers",
        "ESC-7",
    )
    assert (row["Ended by"], row["Ended why"]) == ("Support", "over")


def test_the_spreadsheet_holds_the_same_rows_as_real_dates_and_numbers(ida, moments):
    response = ida.post("/monitored/export.xlsx", query_params={"at": moments["appended"].isoformat()})

    head, *exported = read_xlsx(response)

    assert response.headers["Content-Type"] == sheets.XLSX
    assert list(head.values())[:3] == ["Customer", "Record", "Record's name now"]
    assert [row["A"] for row in exported] == ["acme", "globex", "initech"]
    assert exported[0]["E"] == "100"
    assert 40000 < float(exported[2]["G"]) < 80000


def test_a_file_of_now_keeps_to_the_moment_of_the_table(ida, moments):
    address = next(to for to in attributes(ida.get("/monitored/"), "action") if "export.csv" in to)

    assert "at=20" in address


@pytest.mark.parametrize(
    "hidden", ["", " ", "  ", "\xa0", "\u200b", "\ufeff \u2060", "\u3164", "\x00", "\U000e0041"]
)
@pytest.mark.parametrize("cells", ["", "a;", "a\t", "a\r\n", ";;"])
def test_a_formula_behind_blanks_or_a_separator_is_disarmed_as_well(hidden, cells):
    assert sheets.harmless(f"{cells}{hidden}=1").endswith(f"'{hidden}=1")
    assert sheets.harmless(f"{cells}{hidden}1=1") == f"{cells}{hidden}1=1"


def test_disarming_takes_no_longer_for_blanks_than_for_words():
    text = "\t;" * 50_000 + " " * 100_000

    assert sheets.harmless(text) == f"'{text}"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_of_a_file_can_become_a_formula(start):
    assert sheets.harmless(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"
    assert sheets.harmless(f"acme{start}") == f"acme{start}"


def test_a_customer_named_like_a_formula_stays_text_in_both_files(ida, upstream, load):
    name = '=HYPERLINK("http://evil.example")'
    upstream.store.seed(records=[("@r", "a@northmail.example", 5, (name,))], customers=[])
    load()

    row = read_csv(ida.post("/monitored/export.csv"))[0]
    cells = read_xlsx(ida.post("/monitored/export.xlsx"))[1]

    assert (row["Customer"], row["Record"]) == (f"'{name}", "'@r")
    assert (cells["A"], cells["B"]) == (f"'{name}", "'@r")


def test_each_file_is_an_event_before_its_first_row_leaves(ida, moments):
    response = ida.post("/monitored/export.csv", query_params={"customer": "acme"})

    event = AuditEvent.objects.latest("number")
    assert (event.kind, event.actor_name) == ("export", "Auditors")
    assert event.details["table"] == "monitored"
    assert (event.details["format"], event.details["rows"]) == ("csv", 1)
    assert event.details["filters"]["customer"] == "acme"
    assert event.details["filters"]["at"]
    response.close()


def test_a_wrong_filter_gives_no_file_and_no_event(ida, moments):
    before = AuditEvent.objects.count()

    assert ida.post("/monitored/export.csv", query_params={"days": "many"}).status_code == 400
    assert ida.post("/monitored/export.xlsx", query_params={"role": "King"}).status_code == 400
    assert AuditEvent.objects.count() == before


def test_more_rows_than_a_sheet_holds_are_told_to_be_a_csv_file(ida, moments, monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 1)

    page = ida.post("/monitored/export.xlsx")

    assert page.status_code == 400
    assert "2 rows do not fit into one sheet. Export CSV or filter more." in text(page)


def test_the_page_for_paper_says_of_when_it_is_and_what_was_left_out(ida, moments):
    page = ida.get("/monitored/print/", {"at": moments["appended"].isoformat(), "no_reason": "on"})

    assert set(rows(page)) == {"acme", "globex"}
    assert "Who was monitored at " in text(page)
    assert "Filters: without a reason: yes." in text(page)
    assert "Monitor Desk, for Auditors" in text(page)


def test_before_the_first_list_nothing_is_counted(ida, db):
    page = text(ida.get("/monitored/"))

    assert "not known" in page
    assert "0 customers" not in page


def test_of_a_moment_before_the_first_list_the_head_says_that_nothing_is_known(ida, desk):
    page = text(ida.get("/monitored/", {"at": "2020-01-01T00:00"}))

    assert "not known" in page
    assert "0 customers" not in page
    assert "not known" in text(ida.get("/monitored/print/", {"at": "2020-01-01T00:00"}))
