"""A mailbox is a page: whose samples it gets, their customers, and which records it had before."""

import pytest

from monitors.models import MonitorRecord, Role
from monitors.selectors import mailboxes
from monitors.services import records
from monitors.services.submission import Submission
from monitors.wording.addresses import mailbox_address
from tests.tampering import lifted
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db
ABUSE = "abuse@northmail.example"
PATH = f"/mailboxes/{ABUSE}/"


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


def test_its_customers_are_listed_once_each(shared, ana):
    page = ana.get(PATH, {"filter": "customers"})

    assert attributes(page, "data-customer") == ["acme", "globex"]


def test_too_many_customers_stand_with_their_records(shared, ana, as_role, monkeypatch):
    monkeypatch.setattr(mailboxes, "MAX_LISTED", 1)

    page = ana.get(PATH, {"filter": "customers"})
    assert "Too many customers for one list" in text(page)
    assert attributes(page, "data-customer") == []
    assert "Show in Monitored" not in text(page)
    (link,) = [
        link
        for link in attributes(as_role(Role.AUDITORS).get(PATH, {"filter": "customers"}), "href")
        if "domain=" in link
    ]
    assert attributes(as_role(Role.AUDITORS).get(link), "data-customer") == ["acme", "globex"]


def test_the_customers_of_its_only_record_are_listed_however_many_they_are(upstream, load, ana, monkeypatch):
    everybody = [f"customer {number:02}" for number in range(51)]
    upstream.store.seed(records=[("abuse-desk", ABUSE, 100, everybody)])
    load()
    monkeypatch.setattr(mailboxes, "MAX_LISTED", 1)

    first = ana.get(PATH, {"filter": "customers"})

    assert attributes(first, "data-customer") == everybody[:50]
    (onwards,) = [each for each in attributes(first, "href") if "after=" in each]
    assert attributes(ana.get(PATH + onwards), "data-customer") == everybody[50:]


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
    [("", 200), ("", 0), ("samples", 200), ("samples", 0), ("customers", 0), ("history", 200)],
)
def test_every_part_takes_six_queries(ana, django_assert_max_num_queries, monkeypatch, part, charted):
    monkeypatch.setattr(mailboxes, "MAX_CHARTED", charted)
    with django_assert_max_num_queries(6):
        assert ana.get(PATH, {"filter": part}).status_code == 200


def test_the_customers_of_one_record_take_six_queries(desk, ana, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        assert attributes(ana.get(PATH, {"filter": "customers"}), "data-customer") == ["acme", "globex"]


def test_very_many_records_are_counted_the_same(shared, monkeypatch, stopped_clock):
    few = mailboxes.get(ABUSE, stopped_clock)
    monkeypatch.setattr(mailboxes, "MAX_CHARTED", 0)
    many = mailboxes.get(ABUSE, stopped_clock)

    assert many.revisions is None
    assert (many.records, many.attachments, many.unreadable) == (few.records, few.attachments, few.unreadable)
    assert many.share == pytest.approx(few.share)
