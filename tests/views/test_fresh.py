"""What matters most needs a proof of who it is that is fresh: a password or a second factor within ten minutes."""

import time

import pytest

from monitors.models import AuditEvent, Refresh, Role
from tests.views.conftest import PASSWORD
from tests.views.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(with_password, client):
    """An administrator at the browser, who signed in eleven minutes ago."""
    user = with_password(Role.ADMINISTRATORS, "ben")
    client.force_login(user)
    session = client.session
    session["signed_in_at"] = time.time() - 11 * 60
    session.save()
    return client


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/audit/export.csv"),
        ("POST", "/monitored/export.csv"),
        ("POST", "/monitored/export.xlsx"),
        ("POST", "/upstream/held/{refresh}/"),
        ("GET", "/accounts/app/"),
        ("GET", "/accounts/passkeys/add/"),
        ("GET", "/accounts/codes/"),
        ("GET", "/accounts/codes/new/"),
    ],
)
def test_it_asks_for_the_password_again_and_nothing_is_done(ben, desk, method, path):
    before = AuditEvent.objects.count()

    answer = ben.generic(method, path.format(refresh=Refresh.objects.latest("pk").pk))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/confirm/?next=")
    assert AuditEvent.objects.count() == before


def test_reading_goes_on_where_it_was_going(ben):
    asked = ben.get("/accounts/app/?x=1").headers["Location"]
    assert asked.endswith("?next=%2Faccounts%2Fapp%2F%3Fx%3D1")

    answer = ben.post("/accounts/confirm/", {"password": PASSWORD, "next": "/accounts/app/?x=1"})

    assert answer.headers["Location"] == "/accounts/app/?x=1"
    assert ben.get("/accounts/app/").status_code == 200


def test_what_was_sent_leads_back_to_its_page_and_says_that_nothing_was_done(ben, desk):
    page = {"Referer": "http://testserver/audit/?kind=sign_in"}
    asked = ben.post("/audit/export.csv?kind=sign_in", headers=page)
    assert asked.headers["Location"].endswith("?next=%2Faudit%2F%3Fkind%3Dsign_in")

    assert "Nothing was done yet." in text(ben.get(asked.headers["Location"]))
    ben.post("/accounts/confirm/", {"password": PASSWORD, "next": "/audit/?kind=sign_in"})
    assert ben.post("/audit/export.csv?kind=sign_in").status_code == 200


@pytest.mark.parametrize(
    "referer", ["http://evil.example/audit/", "http://testserver//evil.example", "rubbish"]
)
def test_it_leads_back_to_no_other_site(ben, desk, referer):
    asked = ben.post("/audit/export.csv", headers={"Referer": referer})

    assert asked.headers["Location"] == "/accounts/confirm/?next=%2F" + (
        "%2Fevil.example" if "testserver" in referer else ""
    )


def test_a_wrong_password_confirms_nothing(ben):
    answer = ben.post("/accounts/confirm/", {"password": "wrong", "next": "/"})

    assert "Wrong password." in text(answer)
    assert ben.get("/accounts/app/").status_code == 302


def test_signing_in_is_a_fresh_proof(as_role):
    assert as_role(Role.AUDITORS).post("/audit/export.csv").status_code == 200


def test_the_proof_of_one_is_not_anothers(ben, person):
    ben.post("/accounts/confirm/", {"password": PASSWORD})
    session = ben.session
    session["account_authentication_methods_user"] = str(person(Role.SUPPORT).pk)
    session.save()

    assert ben.get("/accounts/app/").status_code == 302
