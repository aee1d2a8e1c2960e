"""The records and customers pages: sorting, searching, filtering, paging, and each way of being empty."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import Customer, Mirror, MonitorRecord, Role
from monitors.services.lists import mirror
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db

ROWS = [
    ("beta", "z@northmail.example", 10, ("acme", "globex")),
    ("Alpha", "y@northmail.example", 1000, ()),
    ("gamma", "x@northmail.example", 100, ("acme",)),
]


@pytest.fixture
def three(upstream, load):
    from monitors.sandbox.store import SecondAppend

    assert SecondAppend.BOTH
    upstream.store.seed(records=ROWS)
    load()
    return upstream


def names(response):
    keys = attributes(response, "data-record-id")
    by_key = {str(record.pk): record.name for record in MonitorRecord.objects.all()}
    return [by_key[key] for key in keys]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["Alpha", "beta", "gamma"]),
        ("name", ["Alpha", "beta", "gamma"]),
        ("-name", ["gamma", "beta", "Alpha"]),
        ("email", ["gamma", "Alpha", "beta"]),
        ("frequency", ["beta", "gamma", "Alpha"]),
        ("-customers", ["beta", "gamma", "Alpha"]),
        ("nonsense", ["Alpha", "beta", "gamma"]),
        ("-", ["gamma", "beta", "Alpha"]),
    ],
)
def test_records_sort_by_each_column_both_ways(ana, three, sort, expected):
    assert names(ana.get("/", {"sort": sort})) == expected


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("ALPH", ["Alpha"]),
        ("a", ["Alpha", "beta", "gamma"]),
        ("x@north", ["gamma"]),
        ("%", []),
        ("_", []),
        ("\x00bet", ["beta"]),
        ("  beta ", ["beta"]),
    ],
)
def test_search_finds_a_part_of_the_name_or_mailbox(ana, three, q, expected):
    assert names(ana.get("/", {"q": q})) == expected


def test_filters_show_their_counts_and_keep_to_them(ana, three, load):
    three.store.edit(name="gamma", new_frequency=7)
    load()

    page = ana.get("/", {"filter": "changed-outside"})

    assert "All 3 No customers 1 Changed outside 1 Under way 0" in text(page)
    assert names(page) == ["gamma"]
    assert names(ana.get("/", {"filter": "no-customers"})) == ["Alpha"]
    assert names(ana.get("/", {"filter": "under-way"})) == []


def test_a_record_with_something_under_way_has_its_chip(ana, three):
    record = MonitorRecord.objects.get(name="Alpha")
    ana.post(f"/records/{record.pk}/edit/", {"new_frequency": "5"})

    page = ana.get("/", {"filter": "under-way"})

    assert names(page) == ["Alpha"]
    assert attributes(page, "data-state") == ["accepted"]


def test_the_head_counts_records_and_customers_once_each(ana, three):
    assert "3 records monitor 2 customers" in text(ana.get("/"))


@pytest.fixture
def three_pages(upstream, load):
    upstream.store.seed(records=[(f"record-{n:03}", "a@northmail.example", 1, ()) for n in range(120)])
    load()


def turn(client, page, label):
    """The page that a link below the list leads to."""
    address = re.search(rf'href="([^"]*)">{label}</a>', page.content.decode())
    assert address, f"no link {label}"
    return client.get(f"/{unescape(address[1])}")


@pytest.mark.usefixtures("three_pages")
@pytest.mark.parametrize("sort", ["name", "-name", "frequency", "-changed"])
def test_pages_follow_each_other_and_lead_back(ana, sort):
    first = ana.get("/", {"sort": sort})
    second = turn(ana, first, "Next")
    third = turn(ana, second, "Next")
    everything = [*names(first), *names(second), *names(third)]

    assert everything == sorted(everything, reverse=sort.startswith("-"))
    assert [len(names(page)) for page in (first, second, third)] == [50, 50, 20]
    assert names(turn(ana, third, "Previous")) == names(second)
    assert names(turn(ana, second, "Previous")) == names(first)
    assert names(turn(ana, first, "Last")) == names(third)
    assert names(turn(ana, third, "First")) == names(first)
    for page, place in ((first, "1–50"), (second, "51–100"), (third, "101–120")):
        assert f"{place} of 120" in text(page)


@pytest.mark.usefixtures("three_pages")
def test_a_link_to_a_row_that_went_leads_to_what_is_left(ana):
    keys = [record.pk for record in MonitorRecord.objects.order_by("name")]
    MonitorRecord.objects.filter(name__gte="record-060").update(gone_at=timezone.now())

    assert names(ana.get("/", {"after": keys[49]})) == [f"record-{n:03}" for n in range(50, 60)]
    assert names(ana.get("/", {"after": keys[99], "from": 101})) == [f"record-{n:03}" for n in range(50, 60)]
    assert names(ana.get("/", {"before": keys[20]}))[0] == "record-000"
    assert names(ana.get("/", {"before": keys[100], "from": 51}))[0] == "record-010"


@pytest.mark.usefixtures("three_pages")
@pytest.mark.parametrize(
    ("parameters", "first"),
    [
        ({"page": "2"}, "record-050"),
        ({"page": "3"}, "record-100"),
        ({"page": "77"}, "record-100"),
        ({"page": "last"}, "record-100"),
        ({"page": "9" * 30}, "record-000"),
        ({"page": "-1"}, "record-000"),
        ({"page": "x"}, "record-000"),
        ({"after": "x", "from": "²"}, "record-000"),
        ({"before": "0"}, "record-000"),
        ({"after": "999999999"}, "record-100"),
    ],
)
def test_an_address_that_numbers_its_page_or_means_nothing_leads_to_a_page(ana, parameters, first):
    assert names(ana.get("/", parameters))[0] == first


@pytest.mark.usefixtures("three_pages")
def test_a_link_keeps_search_sort_and_filter_and_drops_the_notice(ana):
    page = ana.get(
        "/", {"q": "record", "sort": "email", "filter": "no-customers", "operation": "x", "page": "2"}
    )

    links = [address for address in attributes(page, "href") if "after=" in address or "before=" in address]
    assert len(links) == 2
    assert all("?q=record&sort=email&filter=no-customers&" in link for link in links)
    assert "operation" not in "".join(links)


def test_records_whose_frequency_is_not_readable_come_first_and_are_passed(ana, three):
    MonitorRecord.objects.filter(name="gamma").update(frequency=None)
    alpha, beta, gamma = (MonitorRecord.objects.get(name=name).pk for name in ("Alpha", "beta", "gamma"))

    assert names(ana.get("/", {"sort": "frequency"})) == ["gamma", "beta", "Alpha"]
    assert names(ana.get("/", {"sort": "frequency", "after": gamma})) == ["beta", "Alpha"]
    assert names(ana.get("/", {"sort": "-frequency", "after": beta})) == ["gamma"]
    assert names(ana.get("/", {"sort": "-frequency", "after": alpha})) == ["beta", "gamma"]


def test_more_than_a_thousand_hits_are_not_counted(ana, desk):
    mirror.customers([f"crowd-{number:04}" for number in range(1060)], timezone.now())

    page = ana.get("/customers/", {"q": "rowd"})

    assert "1–50 of more than 1,000" in text(page)
    assert (
        attributes(ana.get("/customers/", {"q": "rowd", "page": "last"}), "data-customer")[-1] == "crowd-1059"
    )


def test_keys_above_a_thousand_are_written_without_separators(ana, db):
    now = timezone.now()
    Mirror.objects.update(asked_at=now)
    MonitorRecord.objects.create(
        pk=1234567, name="a", sort_name="a", frequency=1234, first_seen=now, changed_at=now
    )

    page = ana.get("/")

    assert attributes(page, "data-record-id") == ["1234567"]
    assert "/records/1234567/" in attributes(page, "href")
    assert "1 in 1,234" in text(page)


def test_a_list_never_loaded_offers_to_load_it(ana, db):
    page = ana.get("/")

    assert attributes(page, "data-empty") == ["never"]
    assert "Load the list now" in text(page)
    assert "Never loaded" in text(page)


def test_an_upstream_that_never_answered_is_not_an_empty_list(ana, db):
    Mirror.objects.update(failing_since=timezone.now(), failures=1, failure="Nobody listens there")

    page = ana.get("/")

    assert attributes(page, "data-empty") == ["never"]
    assert "SendGrid has not answered since" in text(page)
    assert "Nobody listens there" in text(page)
    assert "Try again" in text(page)


def test_what_sendgrid_said_instead_of_a_list_is_quoted(ana, db):
    Mirror.objects.update(
        failing_since=timezone.now(), failures=1, failure="Bad user", failure_kind="credentials"
    )

    assert "SendGrid said “Bad user”." in text(ana.get("/upstream/"))
    assert "SendGrid said “Bad user”." in text(ana.get("/"))


def test_an_empty_list_offers_the_first_record_to_those_who_may(as_role, upstream, load):
    load()

    page = as_role(Role.ACCOUNT_MANAGERS).get("/")
    looker = as_role(Role.AUDITORS).get("/")

    assert attributes(page, "data-empty") == ["none"]
    assert "Create the first record" in text(page)
    assert "Create the first record" not in text(looker)


def test_no_match_leads_back_to_all(ana, three):
    page = ana.get("/", {"q": "nothing like it"})

    assert attributes(page, "data-empty") == ["no-match"]
    assert "None of the 3 records has “nothing like it” in its name or mailbox." in text(page)
    assert "Show all records" in text(page)


def test_customers_tell_where_they_are(ana, three):
    page = ana.get("/customers/")

    assert attributes(page, "data-customer") == ["acme", "globex"]
    assert "acme beta, gamma 2" in text(page)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("", ["acme", "globex"]),
        ("several", ["acme"]),
        ("monitored", ["acme", "globex"]),
        ("not-monitored", []),
    ],
)
def test_customers_filter_by_how_many_records(ana, three, group, expected):
    assert attributes(ana.get("/customers/", {"filter": group}), "data-customer") == expected


def test_customers_sort_and_search(ana, three):
    assert attributes(ana.get("/customers/", {"sort": "records"}), "data-customer") == ["globex", "acme"]
    assert attributes(ana.get("/customers/", {"q": "GLOB"}), "data-customer") == ["globex"]
    assert attributes(ana.get("/customers/", {"q": "zzz"}), "data-empty") == ["no-match"]


def test_a_records_customers_can_be_searched_and_sorted(ana, three):
    path = f"/records/{MonitorRecord.objects.get(name='beta').pk}/"

    assert attributes(ana.get(path), "data-customer") == ["acme", "globex"]
    assert attributes(ana.get(path, {"sort": "-customer"}), "data-customer") == ["globex", "acme"]
    assert attributes(ana.get(path, {"q": "glo"}), "data-customer") == ["globex"]
    assert attributes(ana.get(path, {"q": "zzz"}), "data-empty") == ["no-match"]


def test_the_bar_finds_customers_and_records_together(ana, three):
    page = ana.get("/search/", {"q": "a"})

    assert attributes(page, "data-customer") == ["acme", "globex"][:1]
    assert names(page) == ["Alpha", "beta", "gamma"]
    assert attributes(ana.get("/search/", {"q": "zzz"}), "data-empty") == ["no-match"]
    assert attributes(ana.get("/search/"), "data-empty") == ["no-question"]


def test_the_bar_finds_records_that_are_gone_after_the_living_and_says_since_when(ana, three, load):
    ana.post(f"/records/{MonitorRecord.objects.get(name='Alpha').pk}/delete/", {"name": "Alpha"})
    three.store.detach(user="acme")
    three.store.delete(name="gamma")
    load()

    page = ana.get("/search/", {"q": "a"})

    assert names(page) == ["beta", "gamma", "Alpha"]
    assert "Alpha y@northmail.example 1 in 1,000 just now · Account_Managers" in text(page)
    assert "gamma x@northmail.example 1 in 100 just now · outside the desk" in text(page)
    assert "/search/?q=alp" in attributes(ana.get("/", {"q": "alp"}), "href")


@pytest.mark.parametrize(("q", "limits"), [("al", ["short"]), ("ß", ["short"]), ("alp", []), ("", [])])
def test_a_page_says_how_far_one_or_two_characters_reach(ana, three, q, limits):
    for path in ("/search/", "/", "/customers/"):
        assert attributes(ana.get(path, {"q": q}), "data-limit") == limits


def test_the_bar_says_that_more_match_than_it_shows(ana, desk):
    mirror.customers([f"crowd-{number:04}" for number in range(501)], timezone.now())

    page = ana.get("/search/", {"q": "rowd", "page": "50"})

    assert "Customers more than 500" in text(page)
    assert "More than 500 match. The first 500 are shown" in text(page)
    assert attributes(page, "data-customer")[-1] == "crowd-0499"
    assert attributes(page, "data-limit") == ["hits"]
    assert attributes(ana.get("/search/", {"q": "rowd-00"}), "data-limit") == []


def test_a_search_asks_the_database_a_few_times_however_much_matches(ana, three):
    frame = len(queries_of(ana, {}))

    assert len(queries_of(ana, {"q": "alp"})) - frame <= 8  # one for each kind of thing that is found
    assert len(queries_of(ana, {"q": "a"})) - frame <= 8


def queries_of(client, parameters):
    with CaptureQueriesContext(connection) as asked:
        client.get("/search/", parameters)
    return asked.captured_queries


def test_the_bar_finds_a_renamed_record_by_its_earlier_name(ana, three):
    record = MonitorRecord.objects.get(name="Alpha")
    ana.post(f"/records/{record.pk}/edit/", {"new_frequency": "5"})
    ana.post(f"/records/{record.pk}/edit/", {"new_name": "omega"})
    ana.post(f"/records/{record.pk}/edit/", {"new_frequency": "7"})

    page = ana.get("/search/", {"q": "lph"})

    assert attributes(page, "data-renamed") == [str(record.pk)]
    assert "Alpha omega just now · Account_Managers" in text(page)
    assert attributes(ana.get("/search/", {"q": "omega"}), "data-renamed") == []


def test_suggestions_begin_with_those_that_begin_so_and_say_where_each_is(ana, three):
    now = timezone.now()
    for name in ("big-acme", "Acme-2"):
        Customer.objects.create(username=name, sort_name=name.casefold(), first_seen=now)

    suggested = ana.get("/customers/suggest/", {"q": "acme"})

    assert attributes(suggested, "data-value") == ["acme", "Acme-2", "big-acme"]
    assert "acme now on beta, gamma" in text(suggested)
    assert "Acme-2 not on any record" in text(suggested)
    assert attributes(ana.get("/records/suggest/", {"name": "GAM"}), "data-value") == ["gamma"]
