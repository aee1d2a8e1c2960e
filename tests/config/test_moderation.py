"""What one person or one request may ask for at most, before anything is read or looked up."""

import pytest
from django.test import Client

from monitors.limits import MAX_BODY_BYTES, MAX_FILE_BYTES
from monitors.models import Role
from monitors.views import buckets
from monitors.views.buckets import Buckets
from tests.views.pages import text


@pytest.fixture
def clock(monkeypatch):
    """Seconds, which a test moves on."""
    now = [1000.0]
    monkeypatch.setattr(buckets.time, "monotonic", lambda: now[0])
    return now


def test_a_bucket_gives_a_minutes_worth_and_then_one_each_so_often(clock):
    bucket = Buckets(per_minute=3)

    first = [bucket.take("ana") for _ in range(4)]
    clock[0] += 20
    later = [bucket.take("ana") for _ in range(2)]
    clock[0] += 600
    much_later = [bucket.take("ana") for _ in range(4)]

    assert first == [0, 0, 0, pytest.approx(20)]
    assert later == [0, pytest.approx(20)]
    assert much_later == [0, 0, 0, pytest.approx(20)]
    assert bucket.take("sam") == 0


def test_strangers_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(buckets, "MOST_KEYS", 5)
    bucket = Buckets(per_minute=1)

    for number in range(50):
        bucket.take(number)

    assert len(bucket._levels) <= 5


@pytest.mark.django_db
def test_a_person_who_asks_for_too_much_is_told_so_and_others_are_served(settings, person, clock):
    settings.REQUESTS_PER_MINUTE = 30
    ana, sam = Client(), Client()
    ana.force_login(person(Role.ACCOUNT_MANAGERS))
    sam.force_login(person(Role.SUPPORT))

    statuses = [ana.get("/upstream/").status_code for _ in range(30)]
    one_more = ana.get("/customers/")
    of_sam, of_nobody = sam.get("/upstream/"), ana.get("/healthz")
    clock[0] += 2
    again = ana.get("/upstream/")

    assert set(statuses) == {200}
    assert (one_more.status_code, one_more.headers["Retry-After"]) == (429, "2")
    assert "You asked for more pages in a minute than one person can read." in text(one_more)
    assert (of_sam.status_code, of_nobody.status_code, again.status_code) == (200, 200, 200)


@pytest.mark.django_db
def test_counting_asks_the_database_nothing(settings, person, django_assert_num_queries, clock):
    settings.REQUESTS_PER_MINUTE = 1
    ana = Client()
    ana.force_login(person(Role.ACCOUNT_MANAGERS))
    ana.get("/upstream/")

    with django_assert_num_queries(2):  # the session, and who it is
        assert ana.get("/upstream/").status_code == 429


@pytest.mark.parametrize("length", [str(MAX_BODY_BYTES + 1), "9" * 30, "-1", "many"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(length):
    class Unread:
        def read(self, *_):
            raise AssertionError("it was read")

        close = readline = read

    answer = Client().generic(
        "POST", "/plans/new/", CONTENT_LENGTH=length, CONTENT_TYPE="text/plain", **{"wsgi.input": Unread()}
    )

    assert answer.status_code == 413
    assert "This form is too large" in text(answer)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_largest_file_of_a_plan_fits():
    assert MAX_BODY_BYTES > MAX_FILE_BYTES + 2**20
