"""What stands round every page: the age of the copy, what everybody must know, and no call ever."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_script_prefix
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from monitors.models import (
    Customer,
    Mirror,
    MonitorRecord,
    Operation,
    Refresh,
    Role,
    Throttle,
)
from monitors.selectors import mirror as mirrors
from tests.views.pages import attributes, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]

INTERVAL = 300  # seconds, the default of REFRESH_SECONDS


def mirror(**columns):
    Mirror.objects.update(**columns)


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "is_failing", "state"),
    [
        (0, False, "fresh"),
        (INTERVAL * 2 - 1, False, "fresh"),
        (INTERVAL * 2 + 1, False, "ageing"),
        (INTERVAL * 10 - 1, False, "ageing"),
        (INTERVAL * 10 + 1, False, "old"),
        (0, True, "failing"),
        (None, False, "never"),
        (None, True, "never"),
        (-59, False, "fresh"),
        (-61, False, "clock"),
        (-61, True, "clock"),
    ],
)
def test_the_chip_shows_the_age_of_the_copy(ana, seconds, is_failing, state):
    mirror(
        asked_at=None if seconds is None else ago(seconds),
        failing_since=timezone.now() if is_failing else None,
    )

    assert attributes(ana.get("/customers/"), "data-freshness") == [state]
    assert attributes(ana.get("/upstream/?part=frame&list=2026-01-01T00:00:00Z"), "data-freshness") == [state]


def test_the_chip_says_the_age_in_words(ana):
    mirror(asked_at=ago(720))
    assert "SendGrid · 12 min ago" in text(ana.get("/"))

    mirror(asked_at=ago(120))
    assert "SendGrid · 2 min ago" in text(ana.get("/"))

    mirror(failing_since=timezone.now())
    assert "No answer · 2 min old" in text(ana.get("/"))


def test_a_list_from_the_future_is_never_green_and_says_that_a_clock_was_changed(ana):
    mirror(asked_at=ago(-7200), worker_seen_at=ago(1))

    page = ana.get("/customers/")

    assert banners(page) == ["clock"]
    assert "Clock changed" in text(page)
    assert "The list shown is dated in the future: a clock was changed." in text(page)
    assert 'class="chip bad"' in page.content.decode()


@pytest.mark.parametrize(("seconds", "is_fetching"), [(-1, False), (1, True), (30, True), (31, False)])
def test_a_lease_longer_than_any_could_be_is_from_before_a_clock_was_set_back(seconds, is_fetching):
    assert mirrors.is_fetching(Mirror(lease_until=ago(-seconds))) is is_fetching


def banners(response):
    return attributes(response, "data-banner")


def test_a_living_worker_and_a_fresh_list_need_no_banner(ana):
    mirror(asked_at=ago(1), worker_seen_at=ago(5))

    assert banners(ana.get("/")) == []


@pytest.mark.parametrize("seen", [None, 25])
def test_a_silent_worker_is_told(ana, seen):
    mirror(asked_at=ago(1), worker_seen_at=None if seen is None else ago(seen))

    assert banners(ana.get("/")) == ["worker"]


@pytest.mark.parametrize(
    ("kind", "chip", "banner"),
    [
        ("", "No answer · 38 min old", "SendGrid has not answered since"),
        ("silent", "No answer · 38 min old", "SendGrid has not answered since"),
        ("unusable", "No usable list · 38 min old", "SendGrid has not sent a list that can be used since"),
        ("credentials", "Key refused · 38 min old", "An administrator must check SENDGRID_API_USER and"),
        ("refused", "List refused · 38 min old", "SendGrid has refused to send its list since"),
        ("limited", "Rate limited · 38 min old", "SendGrid has asked for fewer requests since"),
    ],
)
def test_a_failing_upstream_is_told_by_its_failure_with_the_age_of_what_one_sees(ana, kind, chip, banner):
    mirror(asked_at=ago(2280), failing_since=ago(2200), failure_kind=kind, worker_seen_at=ago(1))

    page = ana.get("/customers/")

    assert banners(page) == ["failing"]
    assert chip in text(page)
    assert banner in text(page)
    assert "38 min old. Try now" in text(page)


@pytest.fixture
def next_try(stopped_clock):
    return stopped_clock + timedelta(minutes=4)


@pytest.mark.parametrize(
    ("column", "is_failing", "chip"),
    [
        ("broken_until", True, "No answer · 2 min old · next try {}"),
        ("broken_until", False, "Calls paused · 2 min old · next try {}"),
        ("paused_until", True, "No answer · 2 min old · until {}"),
        ("paused_until", False, "Rate limited · 2 min old · until {}"),
    ],
)
def test_while_calls_are_held_back_chip_and_page_say_until_when(ana, next_try, column, is_failing, chip):
    mirror(asked_at=ago(100), failing_since=ago(90) if is_failing else None, worker_seen_at=ago(1))
    Throttle.objects.update(failures=7, **{column: next_try})
    moment = f"{timezone.localtime(next_try):%H:%M:%S} UTC"
    reason = {"broken_until": "after 7 failures in a row", "paused_until": "as SendGrid requested"}[column]

    page = text(ana.get("/upstream/"))

    assert chip.format(moment) in page
    assert f"Calls paused until {moment} {reason}" in page


@pytest.mark.parametrize(
    ("failures", "seconds", "words"),
    [
        (0, {}, "Calls allowed Worker"),
        (1, {}, "Calls allowed 1 failure in a row"),
        (6, {"broken_until": 1}, "Calls next call is a trial after 6 failures in a row"),
        (6, {"broken_until": 1, "probe_until": -240}, "Calls trying one call after 6 failures in a row"),
    ],
)
def test_the_upstream_page_says_whether_calls_go_through(ana, failures, seconds, words):
    mirror(asked_at=ago(1), worker_seen_at=ago(1))
    Throttle.objects.update(failures=failures, **{name: ago(value) for name, value in seconds.items()})

    assert words in text(ana.get("/upstream/"))


def test_the_banner_says_who_may_try_before_the_breaker_does(ana, next_try):
    mirror(asked_at=ago(100), failing_since=ago(90), failure_kind="silent", worker_seen_at=ago(1))
    Throttle.objects.update(failures=7, broken_until=next_try)

    assert "you can still try now. Try now" in text(ana.get("/"))


@pytest.mark.parametrize(("is_leased", "seconds"), [(True, None), (False, -300), (False, 1)])
def test_during_a_pause_no_list_is_being_fetched(ana, next_try, is_leased, seconds):
    due_at = None if seconds is None else next_try + timedelta(seconds=seconds)
    lease = {"lease_holder": "x", "lease_until": timezone.now() + timedelta(seconds=15)} if is_leased else {}
    mirror(asked_at=ago(100), due_at=due_at, worker_seen_at=ago(1), **lease)
    Throttle.objects.update(paused_until=next_try)

    page = text(ana.get("/upstream/"))

    assert f"Next list after the pause, at {timezone.localtime(next_try):%H:%M:%S} UTC" in page
    assert "being fetched" not in page


def test_a_list_that_is_due_only_after_the_pause_says_when(ana, next_try):
    mirror(asked_at=ago(100), due_at=next_try + timedelta(minutes=1), worker_seen_at=ago(1))
    Throttle.objects.update(paused_until=next_try)

    assert f"Next list due {timezone.localtime(next_try + timedelta(minutes=1)):%H:%M}" in text(
        ana.get("/upstream/")
    )


def test_a_trial_call_after_failures_is_being_fetched(ana, next_try):
    mirror(asked_at=ago(100), lease_holder="x", lease_until=timezone.now() + timedelta(seconds=15))
    Throttle.objects.update(failures=7, broken_until=next_try)

    assert "Next list being fetched" in text(ana.get("/upstream/"))


def test_nobody_is_asked_to_try_while_sendgrid_wants_a_pause(ana, next_try):
    mirror(asked_at=ago(100), failing_since=ago(90), failure_kind="limited", worker_seen_at=ago(1))
    Throttle.objects.update(paused_until=next_try)

    assert "SendGrid requested a pause until" in text(ana.get("/"))
    assert "Try now" not in text(ana.get("/"))


def test_refresh_without_a_worker_fetches_the_list_and_says_so(ana, upstream):
    upstream.store.create(name="abuse", email="a@northmail.example", frequency=1)

    response = ana.post("/refresh/", {"next": "/customers/?q=a"}, follow=True)

    assert response.redirect_chain == [("/customers/?q=a", 302)]
    assert "SendGrid's list was fetched and 1 difference applied." in text(response)
    assert MonitorRecord.objects.filter(name="abuse").exists()


@pytest.mark.parametrize("seconds", [1, INTERVAL * 3])
def test_a_page_rings_for_nobody_however_old_the_copy_is(ana, upstream, seconds):
    mirror(asked_at=ago(seconds), due_at=ago(INTERVAL))
    HUEY.flush()

    ana.get("/")

    assert HUEY.pending_count() + HUEY.scheduled_count() == 0
    assert upstream.calls == []


def paths():
    record, customer, operation = (
        MonitorRecord.objects.first(),
        Customer.objects.first(),
        Operation.objects.first(),
    )
    return [
        "/",
        "/?q=a&filter=changed-outside",
        "/records/new/",
        f"/records/{record.pk}/",
        f"/records/{record.pk}/edit/",
        f"/records/{record.pk}/delete/",
        f"/records/{record.pk}/append/",
        f"/records/{record.pk}/detach/?user=acme",
        "/customers/",
        f"/customers/{customer.pk}/",
        f"/customers/{customer.pk}/append/",
        f"/customers/{customer.pk}/detach/",
        "/customers/suggest/?q=a",
        "/records/suggest/?q=a",
        "/search/?q=a",
        "/api-call/append/?user=acme",
        f"/operations/{operation.pk}/",
        f"/operations/states/?ids={operation.pk}.",
        "/upstream/",
        "/upstream/?part=frame",
        f"/upstream/lists/{Refresh.objects.first().pk}/",
        "/audit/",
        "/accounts/login/",
    ]


def test_no_page_ever_calls_the_upstream(as_role, desk, record_named):
    client = as_role(Role.ADMINISTRATORS)
    client.post(f"/records/{record_named('abuse-desk').pk}/append/", {"user": "initech"})
    mirror(asked_at=ago(INTERVAL * 20), due_at=ago(INTERVAL))
    before = len(desk.calls)
    desk.fault("hang", times=0)

    statuses = {path: client.get(path).status_code for path in paths()}

    assert set(statuses.values()) <= {200, 302}
    assert len(desk.calls) == before


def test_no_page_carries_anything_inline(as_role, desk, record_named):
    client = as_role(Role.ADMINISTRATORS)
    client.post(f"/records/{record_named('abuse-desk').pk}/append/", {"user": "initech"})

    for path in paths():
        page = client.get(path)
        body = page.content.decode()
        assert " style=" not in body, path
        assert "<style" not in body, path
        assert " onclick=" not in body, path
        assert "hx-on" not in body, path
        assert "<script>" not in body, path
        if "<html" in body:
            assert "script-src 'self'" in page.headers["Content-Security-Policy"]
            assert not [
                address
                for address in attributes(page, "src") + attributes(page, "href")
                if address.startswith("http")
            ]


def test_the_address_of_each_row_begins_where_the_desk_stands_at_its_host(ana, desk, record_named):
    path = f"/records/{record_named('abuse-desk').pk}/"
    at_the_root = [each for each in attributes(ana.get(path), "href") if re.match(r"/[a-z]+/\d+/", each)]
    with override_script_prefix("/monitoring/"):
        below = [each for each in attributes(ana.get(path), "href") if re.match(r"/[a-z/]+/\d+/", each)]

    assert any(each.startswith("/customers/") for each in at_the_root)
    assert below == [f"/monitoring{each}" for each in at_the_root]


def test_the_frame_costs_three_queries(ana):
    mirror(asked_at=ago(1), worker_seen_at=ago(1))
    ana.get("/audit/")

    with CaptureQueriesContext(connection) as queries:
        assert ana.get("/audit/").status_code == 403  # a page of the frame, and of whom to ask

    # One for the session, one for the person with their roles, one for mirror, held list and throttle.
    assert len(queries) <= 3 + 1


@pytest.mark.parametrize("path", ["/", "/customers/"])
def test_a_longer_list_costs_no_more_queries(ana, upstream, load, path):
    def count():
        with CaptureQueriesContext(connection) as queries:
            ana.get(path)
        return len(queries)

    upstream.store.seed(records=[("first", "a@northmail.example", 1, ("u1",))])
    load()
    short = count()
    upstream.store.seed(
        records=[(f"r{n}", "a@northmail.example", 1, (f"customer-{n}", f"other-{n}")) for n in range(40)]
    )
    load()

    assert count() == short


def test_the_account_menu_names_the_person_and_the_role(as_role):
    page = text(as_role(Role.SUPPORT).get("/"))

    assert "Support Support Times in UTC Local Your account Keyboard shortcuts ? Sign out" in page
