"""What a page costs in queries, however much it shows."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import Customer, Mirror, Operation, State
from monitors.selectors import records, totals
from monitors.selectors.mirror import desk

pytestmark = pytest.mark.django_db

CUSTOMERS = tuple(f"customer-{number:03}" for number in range(130))


@pytest.fixture
def full_desk(upstream, load):
    rows = [(f"record-{number:03}", "a@northmail.example", 1, CUSTOMERS[:1]) for number in range(120)]
    upstream.store.seed(records=[*rows, ("largest", "b@northmail.example", 1, CUSTOMERS)])
    load()


@pytest.mark.usefixtures("full_desk")
@pytest.mark.parametrize("page", ["1", "2", "3"])
@pytest.mark.parametrize("path", ["/", "/?filter=no-customers", "/?sort=-customers", "/customers/"])
def test_a_list_takes_six_queries(ana, django_assert_max_num_queries, path, page):
    with django_assert_max_num_queries(6):
        assert ana.get(path, query_params={"page": page}).status_code == 200


@pytest.mark.usefixtures("full_desk")
def test_counts_are_taken_anew_only_after_something_was_written(ana, django_assert_num_queries):
    ana.get("/")
    version = desk().version

    with django_assert_num_queries(0):
        assert records.counts(version).all == 121

    ana.post("/records/new/", {"name": "new", "email": "a@northmail.example", "frequency": "1"})
    assert desk().version != version
    assert records.counts(desk().version).all == 122


@pytest.mark.usefixtures("full_desk")
def test_no_count_is_remembered_while_a_list_is_written(stopped_clock):
    Mirror.objects.update(lease_until=stopped_clock)

    assert desk().version is None
    assert [totals.at(None, "test", count) for count in (lambda: 1, lambda: 2)] == [1, 2]


def test_counts_of_a_hundred_moments_are_remembered_and_no_more():
    version = (None, 1)
    for number in range(150):
        totals.at(version, f"moment {number}", lambda number=number: number)

    again = [totals.at(version, f"moment {number}", lambda: "anew") for number in (149, 50, 49)]

    assert again == [149, 50, "anew"]
    assert totals.at((None, 2), "moment 149", lambda: "anew") == "anew"


@pytest.mark.usefixtures("full_desk")
@pytest.mark.parametrize("place", [{}, {"page": "2"}, {"page": "last"}, {"after": 60}])
def test_a_record_with_many_customers_takes_six_queries(
    ana, record_named, django_assert_max_num_queries, place
):
    record = record_named("largest")
    if "after" in place:
        place = {"after": record.attachments.order_by("sort_name")[60].pk}
    with django_assert_max_num_queries(6):
        assert ana.get(f"/records/{record.pk}/", place).status_code == 200


@pytest.mark.usefixtures("full_desk")
def test_a_record_and_a_customer_with_a_past_take_six_queries(
    upstream, ana, record_named, django_assert_max_num_queries, load
):
    upstream.store.register(["newcomer"])
    record = record_named("record-007")
    for task in ("append", "detach"):
        form = {"user": "newcomer", "reason": "ESC-1"}
        assert ana.post(f"/records/{record.pk}/{task}/", form).status_code == 302
    load()
    keys = (Customer.objects.get(username=name).pk for name in (CUSTOMERS[0], "newcomer"))

    for path in (f"/records/{record.pk}/", *(f"/customers/{key}/" for key in keys)):
        with django_assert_max_num_queries(6):
            assert ana.get(path).status_code == 200


@pytest.mark.usefixtures("full_desk")
def test_customers_whom_people_appended_take_no_query_each(
    upstream, ana, record_named, django_assert_max_num_queries, load
):
    newcomers = [f"newcomer-{number:02}" for number in range(25)]
    upstream.store.register(newcomers)
    path = f"/records/{record_named('record-007').pk}/"
    for name in newcomers:
        assert ana.post(f"{path}append/", {"user": name, "reason": "ESC-1"}).status_code == 302
    load()

    with django_assert_max_num_queries(6):
        page = ana.get(path).content.decode()

    assert page.count('data-customer="newcomer-') == len(newcomers)


@pytest.mark.usefixtures("full_desk")
def test_a_probable_rename_is_looked_for_only_where_a_list_took_or_brought_a_record(
    ana, record_named, load, monkeypatch
):
    record = record_named("record-007")
    record_path = f"/records/{record.pk}/"
    looked_for = []
    for name in ("probable_successor", "probable_predecessor"):
        monkeypatch.setattr(f"monitors.views.records.{name}", looked_for.append)

    ana.get(record_path)
    ana.post(f"{record_path}detach/", {"user": CUSTOMERS[0]})
    ana.post(f"{record_path}delete/", {"name": "record-007"})
    ana.get(record_path)

    assert looked_for == []


@pytest.mark.usefixtures("full_desk")
def test_a_click_that_a_worker_carries_out_takes_few_statements(ana, record_named):
    Mirror.objects.update(worker_seen_at=timezone.now())
    path = f"/records/{record_named('largest').pk}/append/"

    with CaptureQueriesContext(connection) as queries:
        answer = ana.post(path, {"user": "somebody-else", "token": str(uuid4())})

    sql = [query["sql"] for query in queries if query["sql"] != "SELECT clock_timestamp()"]
    assert Operation.objects.get().state == State.QUEUED
    assert answer.status_code == 302
    assert len(sql) <= (8 if connection.vendor == "postgresql" else 10), "\n".join(sql)
