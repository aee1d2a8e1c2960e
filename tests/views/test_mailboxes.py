"""A mailbox is a page: whose samples it gets, their customers, and which records it had before."""

import re
from html import unescape

import pytest

from monitors.models import MonitorRecord, Role
from monitors.selectors import mailboxes
from monitors.selectors.matching import Hits, Kind
from monitors.selectors.mirror import desk as frame_of
from monitors.services import records
from monitors.services.submission import Submission
from monitors.wording.addresses import mailbox_address
from tests.tampering import lifted
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db
ABUSE = "abuse@northmail.example"
PATH = f"/mailboxes/{ABUSE}/"
HEAD = re.compile(r"<th[^>]*>\s*([A-Z][^<]*)")


@pytest.fixture
def shared(desk, load, manager):
    """Two records that send to one mailbox, and one that did."""
    for name, mailbox in (("second", ABUSE), ("third", ABUSE)):
        records.create(submission=Submission(actor=manager), name=name, email=mailbox, frequency=10)
    third = MonitorRecord.objects.get(name="third")
    records.edit(submission=Submission(actor=manager), record=third, new_email="other@northmail.example")
    load()


def test_its_records_are_listed_with_what_they_may_send(shared, ana):
    page = ana.get(PATH)

    names = {MonitorRecord.objects.get(pk=key).name for key in attributes(page, "data-record-id")}
    assert names == {"abuse-desk", "second"}
    assert "Customers 2 · counted on each record" in text(page)
    assert "20 · if each customer sends 1,000 messages" in text(page)


def customers(client, **asked):
    return client.get(PATH, {"filter": "customers", **asked})


def test_its_customers_are_listed_across_its_records_and_each_row_names_the_record(upstream, load, ana):
    rows = [("abuse-desk", ABUSE, 100, ("acme", "globex")), ("second", ABUSE, 10, ("acme", "umbrella"))]
    upstream.store.seed(records=rows)
    load()

    page = customers(ana)

    assert attributes(page, "data-customer") == ["acme", "acme", "globex", "umbrella"]
    assert "acme abuse-desk" in text(page)
    assert "acme second" in text(page)
    assert "umbrella second" in text(page)
    assert "1–4 of 4" in text(page)


def test_of_its_only_record_no_row_names_it(desk, ana):
    page = customers(ana)

    assert attributes(page, "data-customer") == ["acme", "globex"]
    assert "Record" not in [each.split()[0] for each in HEAD.findall(page.content.decode())]


def test_only_who_is_on_a_record_of_it_now_is_listed(shared, desk, load, ana):
    desk.store.append(name="second", user="umbrella")
    desk.store.append(name="third", user="initech")
    desk.store.detach(name="abuse-desk", user="globex")
    load()

    assert attributes(customers(ana), "data-customer") == ["acme", "umbrella"]


@pytest.fixture
def large(upstream, load):
    """Three records with 130 customers, of whom 30 are on two, and one that sends elsewhere."""
    names = [f"customer-{number:03}" for number in range(100)]
    shares = (names[::2], names[1::2], names[:30])
    rows = [(f"record-{number}", ABUSE, 100, share) for number, share in enumerate(shares)]
    upstream.store.seed(records=[*rows, ("elsewhere", "e@northmail.example", 100, names[40:60])])
    load()
    return sorted([name for share in shares for name in share])


@pytest.fixture(params=[1, 1000])
def sorted_up_to(request, monkeypatch):
    """How many customers are sorted; more are found by the index of names, or merged."""
    monkeypatch.setattr(mailboxes, "MAX_HITS", request.param)


def walk(client, rel, **asked):
    """What the pages hold that one turns to by these links."""
    page = customers(client, **asked)
    while True:
        yield attributes(page, "data-customer")
        onwards = re.search(rf'rel="{rel}" href="([^"]*)"', page.content.decode())
        if onwards is None:
            return
        page = client.get(PATH + unescape(onwards[1]))


@pytest.mark.usefixtures("sorted_up_to")
@pytest.mark.parametrize("typed", ["", "customer"])
def test_its_pages_follow_each_other_both_ways_without_a_gap(large, ana, monkeypatch, typed):
    monkeypatch.setattr(mailboxes, "find", lambda *_: {Kind.CUSTOMERS: Hits([], is_cut=True)})

    onwards = list(walk(ana, "next", q=typed))
    back = list(walk(ana, "prev", q=typed, page="last"))

    assert [len(page) for page in onwards] == [50, 50, 30]
    assert [name for page in onwards for name in page] == large
    assert [name for page in reversed(back) for name in page] == large


@pytest.mark.usefixtures("large", "sorted_up_to")
@pytest.mark.parametrize(
    ("typed", "found"),
    [("CUSTOMER-00", 20), ("omer-007", 2), ("7", 22), ("nobody", 0)],
)
def test_its_customers_are_found_by_a_part_of_the_name(ana, typed, found):
    page = customers(ana, q=typed)

    assert len(attributes(page, "data-customer")) == found
    assert ("No matching customers" in text(page)) is (found == 0)
    assert f"of {found}" in text(page) or not found
    assert typed in attributes(page, "value")


def test_a_place_that_is_none_leads_to_the_end(large, ana):
    assert attributes(customers(ana, after=10**9), "data-customer") == large[-30:]
    assert attributes(customers(ana, page=2), "data-customer") == large[:50]


@pytest.mark.usefixtures("large", "sorted_up_to")
@pytest.mark.parametrize("asked", [{}, {"q": "customer"}, {"page": "last"}, {"q": "omer-00", "page": "last"}])
def test_its_customers_take_six_queries(ana, django_assert_max_num_queries, asked):
    customers(ana)
    with django_assert_max_num_queries(6):
        assert attributes(customers(ana, **asked), "data-customer")


def test_its_history_names_also_the_record_that_went_elsewhere(shared, ana):
    page = text(ana.get(PATH, {"filter": "history"}))

    assert "third" in page
    assert "Account_Managers" in page


def test_a_mailbox_that_no_record_ever_had_is_not_found(shared, ana):
    assert ana.get("/mailboxes/nobody@northmail.example/").status_code == 404


def test_one_that_lost_its_records_keeps_its_history(desk, load, ana):
    desk.store.edit(name="billing-watch", new_email="new@northmail.example")
    load()

    page = ana.get("/mailboxes/billing@northmail.example/")
    assert "No record sends its samples here any more." in text(page)
    assert "billing-watch" in text(ana.get("/mailboxes/billing@northmail.example/?filter=history"))


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    "name", [ABUSE, "o'neil+a&b@x.example", "../accounts@x.example", "ü%2F?#@x.example", ".."]
)
def test_its_address_leads_back_to_it_whatever_is_in_the_name(name, desk, load, ana):
    desk.store.edit(name="billing-watch", new_email=name)
    with lifted():
        MonitorRecord.objects.filter(name="billing-watch").update(email=name)
        MonitorRecord.objects.get(name="billing-watch").revisions.update(email=name)

    assert mailbox_address(name).count("/") == 3
    assert ana.get(mailbox_address(name)).status_code == 200
    assert mailbox_address(name) in attributes(ana.get("/"), "href")


def test_it_is_linked_from_where_it_is_shown(desk, ana, as_role):
    record = MonitorRecord.objects.get(name="abuse-desk")
    customer = record.attachments.first().customer_id
    for client, page in (
        (ana, "/"),
        (ana, f"/records/{record.pk}/"),
        (ana, f"/customers/{customer}/"),
        (ana, "/search/?q=abuse"),
        (as_role(Role.AUDITORS), "/monitored/"),
    ):
        assert PATH in attributes(client.get(page), "href"), page


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    ("part", "charted"),
    [("", 200), ("samples", 200), ("samples", 0), ("customers", 200), ("history", 200)],
)
def test_every_part_takes_six_queries(ana, django_assert_max_num_queries, monkeypatch, part, charted):
    monkeypatch.setattr(mailboxes, "MAX_CHARTED", charted)
    with django_assert_max_num_queries(6):
        assert ana.get(PATH, {"filter": part}).status_code == 200


def test_of_very_many_records_there_is_no_chart(shared, monkeypatch, stopped_clock):
    box = mailboxes.get(ABUSE, frame_of(mailboxes.to_show(ABUSE)).beside)
    few = mailboxes.with_revisions(box, stopped_clock)
    monkeypatch.setattr(mailboxes, "MAX_CHARTED", 0)

    assert {row.record.name for row in few.revisions} == {"abuse-desk", "second"}
    assert mailboxes.with_revisions(box, stopped_clock).revisions is None
    assert (box.records, box.attachments, box.unreadable, box.share) == (2, 2, 0, 0.02)
