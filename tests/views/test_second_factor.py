"""Second factors: added by oneself, asked for when signing in, needed by role, told in the log."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from monitors.models import AuditEvent, FailedSignIns, Role
from monitors.services import second_factors
from tests.views.conftest import PASSWORD
from tests.views.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(with_password):
    return with_password(Role.ADMINISTRATORS, "ben")


@pytest.fixture
def needed(settings):
    settings.REQUIRE_MFA = frozenset({"Administrators"})


def sign_in(client, username="ben"):
    return client.post("/accounts/login/", {"username": username, "password": PASSWORD})


def code(secret, step=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


@pytest.fixture
def add_app(monkeypatch):
    """The secret that the page shows, once the app is added. What waits for a commit comes at once: none comes here."""
    monkeypatch.setattr(transaction, "on_commit", lambda then: then())

    def add(client):
        secret = client.get("/accounts/app/").context["form"].secret
        answer = client.post("/accounts/app/", {"code": code(secret)})
        assert answer.headers["Location"] == "/accounts/codes/"
        return secret

    return add


@pytest.fixture
def secret(ben, client, add_app):
    """Ben has an app, and is signed out."""
    sign_in(client)
    secret = add_app(client)
    client.post("/accounts/logout/")
    return secret


def test_an_added_app_is_asked_for_at_the_next_sign_in(secret, client):
    asked = sign_in(client)
    assert asked.headers["Location"] == "/accounts/code/"
    assert client.get("/customers/").status_code == 302

    client.post("/accounts/code/", {"code": code(secret)})

    assert client.get("/customers/").status_code == 200
    assert AuditEvent.objects.filter(kind="sign_in").latest("number").details == {"by": ["password", "totp"]}


def test_the_second_step_goes_on_where_somebody_wanted_to_go(secret, client):
    client.post(
        "/accounts/login/?next=/customers/", {"username": "ben", "password": PASSWORD, "next": "/customers/"}
    )

    assert client.post("/accounts/code/", {"code": code(secret)}).headers["Location"] == "/customers/"


def test_a_code_works_once_in_whatever_process(secret, client):
    now = code(secret)
    for is_first in (True, False):
        visitor = Client()
        sign_in(visitor)
        assert (visitor.post("/accounts/code/", {"code": now}).status_code == 302) is is_first


def test_after_five_wrong_codes_not_even_the_right_one_is_taken(secret, client):
    sign_in(client)
    for _ in range(5):
        assert "Wrong code." in text(client.post("/accounts/code/", {"code": "000000"}))

    assert "Too many wrong codes." in text(client.post("/accounts/code/", {"code": code(secret)}))
    assert sum(row.count for row in FailedSignIns.objects.filter(step="second factor")) == 5


def test_a_recovery_code_stands_in_once(ben, client, add_app):
    sign_in(client)
    add_app(client)
    codes = client.get("/accounts/codes/").context["unused_codes"]
    assert len(codes) == 10
    for is_first in (True, False):
        visitor = Client()
        sign_in(visitor)
        assert (visitor.post("/accounts/code/", {"code": codes[3]}).status_code == 302) is is_first
    assert "9 left" in text(client.get("/accounts/security/"))


def test_recovery_codes_are_shown_once(ben, client, add_app):
    sign_in(client)
    add_app(client)
    first = client.get("/accounts/codes/")

    again = client.get("/accounts/codes/")

    assert first.context["unused_codes"][0] in text(first)
    assert first.context["unused_codes"][0] not in text(again)


def test_no_secret_stands_in_the_database_in_clear(secret):
    app = Authenticator.objects.get(type="totp")

    assert secret not in str(app.data)


def test_secrets_survive_a_new_key(secret, client, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key of the same length, or a longer one"
    sign_in(client)

    assert client.post("/accounts/code/", {"code": code(secret)}).status_code == 302


def test_adding_and_removing_are_events(ben, client, add_app):
    sign_in(client)
    add_app(client)
    client.post("/accounts/app/remove/")

    events = AuditEvent.objects.filter(kind="second_factor").order_by("number")
    assert [(event.details["change"], event.details["what"]) for event in events] == [
        ("added", "authenticator app"),
        ("added", "recovery codes"),
        ("removed", "authenticator app"),
        ("removed", "recovery codes"),
    ]
    assert {(event.actor_id, event.person_id) for event in events} == {(ben.pk, ben.pk)}


def test_an_administrator_can_take_a_lost_one_away(secret, ben, person, client):
    ida = person(Role.ADMINISTRATORS, "ida")

    assert second_factors.forget(actor=ida, person=ben) == 2

    assert not second_factors.has(ben)
    assert AuditEvent.objects.latest("number").actor_id == ida.pk
    assert sign_in(client).headers["Location"] != "/accounts/code/"


# Needed by role


def test_a_role_that_needs_one_gets_no_further_than_to_adding_it(ben, client, needed, add_app):
    sign_in(client)
    for path in ("/", "/customers/", "/audit/", "/admin/"):
        assert client.get(path).headers["Location"] == "/accounts/security/", path
    assert client.post("/refresh/").headers["Location"] == "/accounts/security/"
    assert "Your role needs a second factor." in text(client.get("/accounts/security/"))

    add_app(client)

    assert client.get("/customers/").status_code == 200


def test_a_role_that_does_not_need_one_goes_on(client, person, needed):
    client.force_login(person(Role.SUPPORT))

    assert client.get("/customers/").status_code == 200


def test_a_superuser_counts_as_an_administrator(client, needed):
    client.force_login(User.objects.create_superuser("root", password=PASSWORD))

    assert client.get("/customers/").headers["Location"] == "/accounts/security/"


def test_whoever_has_shown_it_goes_on(secret, client, needed):
    sign_in(client)
    client.post("/accounts/code/", {"code": code(secret)})

    assert client.get("/customers/").status_code == 200


def test_whoever_removes_the_last_one_must_add_another(ben, client, needed, add_app):
    sign_in(client)
    add_app(client)

    client.post("/accounts/app/remove/")

    assert client.get("/customers/").headers["Location"] == "/accounts/security/"


def test_what_one_person_has_shown_is_not_shown_for_another(secret, client, person, needed):
    sign_in(client)
    client.post("/accounts/code/", {"code": code(secret)})
    proof = client.session[second_factors.PROOF]
    other = Client()
    other.force_login(person(Role.ADMINISTRATORS, "ida"))
    session = other.session
    session[second_factors.PROOF] = proof
    session.save()

    assert other.get("/customers/").headers["Location"] == "/accounts/security/"
