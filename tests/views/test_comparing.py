"""Two moments compared: who came, who went, which records changed; as a page and as files."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.filters.compare import ORDER
from monitors.models import Attachment, AuditEvent, Customer, MonitorRecord, RecordRevision, Refresh, Role
from monitors.models.attachment import span_of
from monitors.selectors import comparing
from monitors.selectors.comparing import Span
from monitors.selectors.monitored_pages import Place
from tests.tampering import lifted
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def ago(days):
    return NOW - timedelta(days=days)


@pytest.fixture
def ida(as_role):
    return as_role(Role.AUDITORS)


@pytest.fixture
def attach(desk):
    with lifted():
        Refresh.objects.update(asked_at=ago(30), answered_at=ago(30))
        RecordRevision.objects.update(since=ago(30))
        Attachment.objects.all().delete()
    for name in ("initech", "umbrella"):
        Customer.objects.get_or_create(username=name, sort_name=name, defaults={"first_seen": ago(30)})

    def attachment(customer, record, begin, end=None, since=None):
        at, until = ago(begin), None if end is None else ago(end)
        Attachment.objects.create(
            customer=Customer.objects.get(username=customer),
            sort_name=customer,
            record=MonitorRecord.objects.get(name=record),
            attached_at=at,
            since=at if since is None else ago(since),
            detached_at=until,
            span=span_of(at, until) if until else 0,
        )

    return attachment


@pytest.fixture
def story(attach):
    """Between ten days ago and one day ago: umbrella comes, globex goes, initech comes and goes, acme stays."""
    attach("acme", "abuse-desk", 20)
    attach("globex", "abuse-desk", 20, 5)
    attach("initech", "abuse-desk", 6, 4)
    attach("umbrella", "billing-watch", 3)


SPAN = Span(ago(10), ago(1))


def names(rows):
    return [row.customer.username for row in rows]


def test_who_came_and_who_went_between_the_two(story):
    assert names(comparing.came(SPAN)) == ["umbrella"]
    assert names(comparing.went(SPAN)) == ["globex"]
    assert comparing.counts(SPAN) == {"came": 1, "went": 1, "changed": 0, "gone": 0}


def test_the_other_way_round_nothing_is_different(story):
    assert comparing.counts(Span(ago(0.5), ago(0.1))) == {"came": 0, "went": 0, "changed": 0, "gone": 0}


def test_who_left_and_came_back_is_neither(attach):
    attach("acme", "abuse-desk", 20, 5)
    attach("acme", "abuse-desk", 3)

    assert names(comparing.came(SPAN)) == names(comparing.went(SPAN)) == []


def test_a_detach_that_was_none_is_no_difference(attach):
    attach("acme", "abuse-desk", 20, 5)
    attach("acme", "abuse-desk", 4, since=20)

    assert names(comparing.came(SPAN)) == names(comparing.went(SPAN)) == []


def test_a_move_is_both(attach):
    attach("acme", "abuse-desk", 20, 5)
    attach("acme", "billing-watch", 5)

    assert [row.record.name for row in comparing.came(SPAN)] == ["billing-watch"]
    assert [row.record.name for row in comparing.went(SPAN)] == ["abuse-desk"]


@pytest.fixture
def revised(attach, record_named):
    """abuse-desk is renamed, billing-watch goes, and a new one comes; one is changed and changed back."""
    first = record_named("abuse-desk").revisions.get()
    RecordRevision.objects.filter(pk=first.pk).update(until=ago(4))
    RecordRevision.objects.create(
        record=first.record, name="abuse-eu", email=first.email, frequency=50, since=ago(4)
    )
    with lifted():
        RecordRevision.objects.filter(record=record_named("billing-watch")).update(until=ago(3))
    for name, pieces in (("new", [(2, None)]), ("back", [(30, 6), (6, 5), (5, None)])):
        row = MonitorRecord.objects.create(name=name, sort_name=name, first_seen=ago(30), changed_at=ago(2))
        for number, (since, until) in enumerate(pieces):
            RecordRevision.objects.create(
                record=row,
                name=name,
                email="a@northmail.example",
                frequency=8 if number == 1 else 7,
                since=ago(since),
                until=None if until is None else ago(until),
            )


def test_records_that_are_new_changed_or_gone(revised):
    changed = comparing.records(SPAN, "changed", Place()).rows
    assert [(row.revision.name, row.before and row.before.name) for row in changed] == [
        ("new", None),
        ("abuse-eu", "abuse-desk"),
    ]
    assert [row.revision.name for row in comparing.records(SPAN, "gone", Place()).rows] == ["billing-watch"]


def test_the_page_shows_each_part(revised, story, ida):
    query = {"from": ago(10).isoformat(), "to": ago(1).isoformat()}

    page = ida.get("/monitored/", query)
    assert "Came 1" in text(page)
    assert "Went 1" in text(page)
    assert attributes(page, "data-customer") == ["umbrella"]
    assert attributes(ida.get("/monitored/", query | {"part": "went"}), "data-customer") == ["globex"]
    changed = text(ida.get("/monitored/", query | {"part": "changed"}))
    assert "abuse-eu was abuse-desk" in changed
    assert "1 in 50 was 1 in 100" in changed
    assert "new New" in changed
    assert "billing-watch" in text(ida.get("/monitored/", query | {"part": "gone"}))


def test_it_is_narrowed_to_a_record_or_a_customer(story, ida, record_named):
    query = {"from": ago(10).isoformat(), "part": "went"}
    record = record_named("billing-watch")

    assert attributes(ida.get("/monitored/", query | {"record": "abuse"}), "data-customer") == ["globex"]
    assert attributes(ida.get("/monitored/", query | {"record": f"#{record.pk}"}), "data-customer") == []
    assert attributes(ida.get("/monitored/", query | {"customer": "glob"}), "data-customer") == ["globex"]
    assert attributes(ida.get("/monitored/", query | {"customer": "acme"}), "data-customer") == []


def test_a_record_leads_to_its_own_comparison_of_the_last_week(story, ida, record_named):
    record = record_named("abuse-desk")
    (link,) = [
        link
        for link in attributes(ida.get(f"/records/{record.pk}/"), "href")
        if "/monitored/?" in link and "to=" in link
    ]

    page = ida.get(link, follow=True)
    assert "What changed" in text(page)
    assert f"record=%23{record.pk}" in page.redirect_chain[0][0]
    assert "Went 1" in text(page)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "2026-03-03", "to": "2026-03-02"}, ORDER),
        ({"from": "2026-03-03", "to": "2026-03-03"}, ORDER),
        ({"from": "rain"}, "is not a date and time"),
        ({"from": "2999-01-01"}, "This moment is in the future."),
    ],
)
def test_moments_that_cannot_be_compared_say_why(desk, ida, query, words):
    page = ida.get("/monitored/", query)

    assert page.status_code == 400
    assert words in text(page)


def test_before_the_first_list_nothing_is_known(ida, db):
    page = text(ida.get("/monitored/", {"from": ago(10).isoformat()}))

    assert "No list loaded yet" in page
    assert "Came" not in page


def test_what_the_first_list_brought_may_have_been_there_before(story, ida):
    page = ida.get("/monitored/", {"from": ago(40).isoformat(), "to": ago(1).isoformat()})

    assert "counts as new here, and may have been there before" in text(page)


def test_pages_lead_on_and_back_by_key(attach, ida, monkeypatch):
    monkeypatch.setattr(comparing, "ROWS_PER_PAGE", 2)
    for number, customer in enumerate(("acme", "globex", "initech", "umbrella")):
        attach(customer, "abuse-desk", 9 - number)
    attach("acme", "billing-watch", 2)

    first = comparing.customers(SPAN, "came", Place())
    second = comparing.customers(SPAN, "came", Place(after=first.next))
    last = comparing.customers(SPAN, "came", Place(after=second.next))
    back = comparing.customers(SPAN, "came", Place(before=last.previous))

    shown = [[row.attachment.customer__username for row in page.rows] for page in (first, second, last, back)]
    assert shown == [["acme", "umbrella"], ["initech", "globex"], ["acme"], ["initech", "globex"]]
    assert (first.previous, last.next) == (None, None)
    query = {"from": ago(10).isoformat(), "to": ago(1).isoformat()}
    (link,) = [link for link in attributes(ida.get("/monitored/", query), "href") if "after=" in link]
    assert attributes(ida.get(f"/monitored/{link}"), "data-customer") == ["initech", "globex"]


@pytest.mark.parametrize("part", ["came", "went", "changed", "gone"])
def test_a_comparison_takes_six_queries(revised, story, ida, django_assert_max_num_queries, part):
    with django_assert_max_num_queries(6):
        assert ida.get("/monitored/", {"from": ago(10).isoformat(), "part": part}).status_code == 200


def read(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_the_file_holds_all_parts_and_is_an_event(revised, story, ida):
    query = {"from": ago(10).isoformat(), "to": ago(1).isoformat()}

    rows = read(ida.post("/monitored/compare.csv", query_params=query))

    assert [(row["Change"], row["Customer"], row["Record"]) for row in rows] == [
        ("came", "umbrella", "billing-watch"),
        ("went", "globex", "abuse-desk"),
        ("record changed", "", "abuse-eu"),
        ("record new", "", "new"),
        ("record gone", "", "billing-watch"),
    ]
    assert (rows[2]["Record before"], rows[2]["One sample in, before"]) == ("abuse-desk", "100")
    event = AuditEvent.objects.get(kind="export")
    assert (event.details["table"], event.details["rows"]) == ("compared", 5)
    assert event.details["filters"]["from"] == query["from"]


def test_the_workbook_can_be_had_too(story, ida):
    answer = ida.post("/monitored/compare.xlsx", query_params={"from": ago(10).isoformat()})

    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).startswith(b"PK")
