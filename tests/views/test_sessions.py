"""A session ends by itself: after 30 minutes without anybody and after 12 hours; a visitor's fills no table."""

import re
import time

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import AuditEvent, Role
from monitors.services import user_sessions
from monitors.services.sessions import SIGNED_IN_AT, SessionStore
from tests.views.conftest import PASSWORD
from tests.views.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam(with_password):
    return with_password(Role.SUPPORT, "sam")


@pytest.fixture
def at(monkeypatch):
    """Move the clock of sessions by so many minutes."""
    began = time.time()
    return lambda minutes: monkeypatch.setattr(time, "time", lambda: began + minutes * 60)


def sign_in(client, **headers):
    answer = client.post("/accounts/login/", {"username": "sam", "password": PASSWORD}, **headers)
    assert answer.status_code == 302
    return client


def is_in(client, path="/customers/", **headers):
    return client.get(path, **headers).status_code == 200


def test_nobody_there_for_half_an_hour_ends_it_and_the_page_says_why(client, sam, at):
    sign_in(client)
    at(29)
    assert is_in(client)
    at(60)

    assert not is_in(client)
    assert "You were signed out: for 30 minutes nobody did anything here." in text(
        client.get("/accounts/login/")
    )


def test_each_page_moves_the_idle_limit(client, sam, at):
    sign_in(client)
    for minutes in (20, 40, 60, 80):
        at(minutes)
        assert is_in(client)


def test_what_a_page_asks_for_by_itself_does_not_move_it(client, sam, at):
    sign_in(client)
    for minutes in (10, 20, 29):
        at(minutes)
        assert client.get("/upstream/?part=frame", HTTP_X_BACKGROUND="yes").status_code in {200, 204}
    at(31)

    assert not is_in(client)


def test_a_session_does_not_live_on_without_its_second_cookie_or_with_anothers(client, sam, at, settings):
    sign_in(client)
    at(25)
    other = sign_in(Client())
    at(35)
    client.cookies[settings.SEEN_COOKIE_NAME] = other.cookies[settings.SEEN_COOKIE_NAME].value

    assert not is_in(client)


def test_it_ends_after_twelve_hours_whatever_is_written_into_it(client, sam, at, upstream):
    sign_in(client)
    for minutes in range(20, 12 * 60, 20):
        at(minutes)
        client.post("/refresh/")
    ends_at = Session.objects.get(session_key=client.session.session_key).expire_date
    assert ends_at.timestamp() - client.session[SIGNED_IN_AT] == pytest.approx(12 * 3600, abs=120)

    at(12 * 60 + 1)
    Session.objects.update(expire_date=timezone.now())
    assert not is_in(client)


def test_a_visitors_session_stands_in_the_cookie_and_no_table(client, db):
    client.get("/accounts/passkey/", HTTP_ACCEPT="application/json")

    assert client.cookies["sessionid"].value.startswith("visitor.")
    assert client.session["mfa.webauthn.state"]
    assert not Session.objects.exists()


def test_a_visitors_session_that_was_changed_or_is_old_holds_nothing(client, db, at):
    client.get("/accounts/passkey/", HTTP_ACCEPT="application/json")
    key = client.cookies["sessionid"].value

    assert SessionStore(key[:-1]).get("mfa.webauthn.state") is None
    assert SessionStore(key).get("mfa.webauthn.state") is not None
    at(16)
    assert SessionStore(key).get("mfa.webauthn.state") is None


def test_signing_in_gives_a_new_key_and_a_row(client, sam):
    client.get("/accounts/passkey/", HTTP_ACCEPT="application/json")
    before = client.cookies["sessionid"].value

    sign_in(client)

    after = client.cookies["sessionid"].value
    assert after != before
    assert Session.objects.get().session_key == after == UserSession.objects.get().session_key


# One's own sessions


def test_ones_sessions_are_listed_and_can_be_ended(client, sam):
    sign_in(client, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    other = sign_in(Client(REMOTE_ADDR="198.51.100.3"), HTTP_USER_AGENT="curl/8")
    page = text(client.get("/accounts/security/"))
    assert "Firefox on Linux" in page
    assert "198.51.100.3" in page

    client.post("/accounts/sessions/end/", {"number": UserSession.objects.get(user_agent="curl/8").pk})

    assert not is_in(other)
    assert is_in(client)
    assert AuditEvent.objects.latest("number").details == {"person": "sam", "sessions": 1}


def test_all_others_end_at_once_and_somebody_elses_do_not(client, sam, ana):
    sign_in(client)
    others = [sign_in(Client()) for _ in range(2)]

    client.post("/accounts/sessions/end/")

    assert [is_in(each) for each in (client, *others, ana)] == [True, False, False, True]


def test_nobody_ends_the_session_of_somebody_else(ana, sam):
    client = sign_in(Client())

    ana.post("/accounts/sessions/end/", {"number": UserSession.objects.get(user=sam).pk})

    assert is_in(client)


def test_a_new_password_ends_all_other_sessions(client, sam):
    sign_in(client)
    other = sign_in(Client())
    form = {"current": PASSWORD, "password": "quite another one", "again": "quite another one"}

    answer = client.post("/accounts/password/", form)

    assert answer.status_code == 302
    assert (is_in(client), is_in(other)) == (True, False)
    assert UserSession.objects.get().session_key == client.session.session_key


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"current": "not it"}, "This is not your password."),
        ({"again": "something else"}, "The two are not the same."),
        ({"password": "short", "again": "short"}, "at least 12 characters"),
        ({"password": "the Monitor-Desk 1", "again": "the Monitor-Desk 1"}, "too easily guessed"),
    ],
)
def test_a_new_password_needs_the_old_one_and_must_be_good(client, sam, wrong, words):
    sign_in(client)
    form = {"current": PASSWORD, "password": "quite another one", "again": "quite another one"} | wrong

    answer = client.post("/accounts/password/", form)

    assert answer.status_code == 422
    assert words in text(answer)
    assert User.objects.get(pk=sam.pk).check_password(PASSWORD)


def test_signing_out_forgets_all_in_the_browser_but_no_other_applications_cookies(client, sam):
    sign_in(client)

    answer = client.post("/accounts/logout/")

    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not Session.objects.exists()


def test_the_worker_removes_what_has_expired(client, sam):
    sign_in(client)
    Session.objects.update(expire_date=timezone.now())

    user_sessions.forget_old()

    assert not Session.objects.exists()
    assert not UserSession.objects.exists()


# What it costs


def test_a_first_visit_to_the_sign_in_page_asks_nothing_of_the_database(
    client, db, django_assert_num_queries
):
    with django_assert_num_queries(0):
        page = client.get("/accounts/login/?next=/customers/")

    assert set(re.findall(r"static/(js/[a-z]+)", page.content.decode())) == {"js/desk", "js/passkeys"}
    assert set(page.cookies) == {"csrftoken"}


def test_ones_own_page_takes_few_queries_however_many_sessions_there_are(
    client, sam, django_assert_max_num_queries
):
    for _ in range(5):
        sign_in(Client())
    sign_in(client)

    with django_assert_max_num_queries(6):
        assert text(client.get("/accounts/security/")).count("signed in") >= 6


def test_reading_a_page_writes_nothing_also_when_somebody_was_away_for_a_while(client, sam, at):
    sign_in(client)
    at(10)

    with CaptureQueriesContext(connection) as queries:
        client.get("/customers/")

    assert not [query["sql"] for query in queries if not query["sql"].startswith(("SELECT", "WITH"))]
