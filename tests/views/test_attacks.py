"""What somebody tries who is not welcome: led elsewhere, asked around the fresh proof, used twice, forged."""

import re
import time

import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitors.models import Attachment, AuditEvent, Right, Role
from monitors.services import invitations
from tests.views.conftest import PASSWORD
from tests.views.pages import attributes, text
from tests.views.test_access import ADDRESSES, paths  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "///evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "\tjavascript:alert(1)",
    "https://testserver@evil.example/",
)
IN_PLACE = {"HX-Request": "true", "X-Background": "1", "HX-Current-URL": "http://testserver/people/"}


# Led elsewhere


@pytest.mark.parametrize("address", ELSEWHERE)
@pytest.mark.parametrize("decision", ["extend", "now", "keep"])
def test_no_link_of_a_page_leads_where_its_address_says(ana, desk, decision, address):
    key = Attachment.objects.first().pk

    page = ana.get(f"/ends/{decision}/", {"attachment": key, "next": address})

    assert not [link for link in attributes(page, "href") if "evil" in link or "javascript" in link]


@pytest.mark.parametrize("address", ELSEWHERE)
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/clock/", {"zone": "UTC"}),
        ("/columns/", {"table": "records"}),
        ("/home/seen/", {}),
        ("/refresh/", {}),
        ("/plans/select/", {}),
        ("/operations/{operation}/dismiss/", {}),
        ("/records/{record}/detach/", {"user": "acme"}),
    ],
)
def test_no_form_leads_to_another_site(ana, paths, path, form, address):  # noqa: F811
    keys = {name: paths[name].split("/")[2] for name in ("operation", "record")}

    answer = ana.post(path.format(**keys), form | {"next": address}, headers={"Referer": address.strip()})

    assert "evil" not in answer.headers.get("Location", "")
    assert not [link for link in attributes(answer, "href") if "evil" in link]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_signing_in_and_confirming_lead_to_no_other_site(client, with_password, address):
    with_password(Role.SUPPORT, "sam")
    form = {"username": "sam", "password": PASSWORD, "next": address}

    came = client.post(f"/accounts/login/?next={address.strip()}", form)
    confirmed = client.post("/accounts/confirm/", {"password": PASSWORD, "next": address})

    for answer in (came, confirmed):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/")
        assert "evil" not in answer.headers["Location"]


# Another host


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil.example"])
def test_a_host_that_is_not_the_desks_gets_no_page(client, db, host):
    assert client.get("/accounts/login/", headers={"host": host}).status_code == 400


def test_a_link_for_a_password_names_the_desk_and_not_the_host_that_was_asked(as_role, person, settings):
    settings.DESK_URL, settings.ALLOWED_HOSTS = "https://desk.example", ["testserver", "other.example"]
    sam, ben = person(Role.SUPPORT, "sam"), as_role(Role.ADMINISTRATORS)

    page = ben.post(
        f"/people/{sam.pk}/link/", headers={"host": "other.example", "X-Forwarded-Host": "evil.example"}
    )
    page = ben.get(page.headers["Location"]) if page.status_code == 302 else page

    assert "https://desk.example/accounts/link/" in page.content.decode()
    assert "other.example/accounts" not in page.content.decode()


# Around the fresh proof


def stale(person):
    client = Client()
    client.force_login(person)
    session = client.session
    session["signed_in_at"] = time.time() - 11 * 60
    session.save()
    return client


@pytest.mark.parametrize("headers", [{}, IN_PLACE], ids=["page", "in place"])
def test_whatever_governs_or_takes_evidence_away_needs_a_fresh_proof(paths, with_password, headers):  # noqa: F811
    ben = stale(with_password(Role.ADMINISTRATORS, "ben"))
    before = User.objects.values_list("pk", "is_active", "password", "email"), AuditEvent.objects.count()
    before = list(before[0]), before[1]
    governing = {
        name
        for name, (path, right, methods) in ADDRESSES.items()
        if "POST" in methods
        and name != "plan_results"
        and (right is Right.GOVERN or path.partition("?")[0].endswith((".csv", ".xlsx")))
    }
    assert len(governing) >= 13

    for name in governing:
        answer = ben.post(paths[name], headers=headers)

        assert answer.status_code == 302, name
        assert answer.headers["Location"].startswith("/accounts/confirm/?"), name
    after = User.objects.values_list("pk", "is_active", "password", "email"), AuditEvent.objects.count()
    assert (list(after[0]), after[1]) == before


@pytest.mark.parametrize("role", Role)
def test_an_address_in_place_gives_nobody_more_than_its_page(role, paths, as_role):  # noqa: F811
    client = as_role(role)
    refused = {name for name, (_, right, _) in ADDRESSES.items() if right not in {*rights_of(role)}}

    for name in refused:
        for method in ("get", "post"):
            status = getattr(client, method)(paths[name], headers=IN_PLACE).status_code
            assert status in {403, 405}, (name, method)


def rights_of(role):
    from monitors.models.role import GRANTS

    return GRANTS[role]


# Forged and used twice


def test_a_session_that_a_stranger_planted_is_not_the_one_after_signing_in(with_password):
    with_password(Role.SUPPORT, "sam")
    stranger, victim = Client(), Client()
    stranger.get("/accounts/login/")
    stranger.get("/accounts/passkey/")
    for name, morsel in stranger.cookies.items():
        victim.cookies[name] = morsel.value

    victim.post("/accounts/login/", {"username": "sam", "password": PASSWORD})

    assert victim.get("/customers/").status_code == 200
    assert stranger.get("/customers/").status_code == 302


def test_after_signing_out_the_cookies_of_before_open_nothing(with_password):
    with_password(Role.SUPPORT, "sam")
    client, thief = Client(), Client()
    client.post("/accounts/login/", {"username": "sam", "password": PASSWORD})
    client.get("/customers/")
    for name, morsel in client.cookies.items():
        thief.cookies[name] = morsel.value
    assert thief.get("/customers/").status_code == 200

    client.post("/accounts/logout/")

    assert thief.get("/customers/").status_code == 302


def invited(person):
    sam = person(Role.SUPPORT, "sam")
    return sam, re.sub(r"https?://[^/]+", "", invitations.invite_link(sam))


def test_a_link_for_a_password_works_once(client, person):
    sam, link = invited(person)
    client.post(link, {"password": PASSWORD, "again": PASSWORD})

    again = client.post(link, {"password": "of somebody else", "again": "of somebody else"})

    assert again.status_code == 410
    assert User.objects.get(pk=sam.pk).check_password(PASSWORD)


def test_a_link_of_somebody_deactivated_is_over_also_after_they_came_back(client, as_role, person):
    sam, link = invited(person)
    ben = as_role(Role.ADMINISTRATORS)
    ben.post(f"/people/{sam.pk}/deactivate/")
    while_away = client.post(link, {"password": PASSWORD, "again": PASSWORD})
    ben.post(f"/people/{sam.pk}/reactivate/")

    afterwards = client.post(link, {"password": PASSWORD, "again": PASSWORD})

    assert (while_away.status_code, afterwards.status_code) == (410, 410)
    assert not User.objects.get(pk=sam.pk).check_password(PASSWORD)


@pytest.mark.parametrize("name", ["nobody of this name", "sam", "former"])
def test_no_word_tells_whether_an_account_exists(client, with_password, person, name):
    with_password(Role.SUPPORT, "sam")
    former = with_password(Role.SUPPORT, "former")
    User.objects.filter(pk=former.pk).update(is_active=False)

    answers = [client.post("/accounts/login/", {"username": name, "password": "wrong"}) for _ in range(11)]

    assert {answer.status_code for answer in answers[:10]} == {422}
    assert all("Wrong name or password." in text(answer) for answer in answers[:10])
    assert answers[10].status_code == 429


def test_another_address_in_a_header_makes_no_new_start(client, with_password):
    with_password(Role.SUPPORT, "sam")
    form = {"username": "sam", "password": "wrong"}

    answers = [
        client.post(
            "/accounts/login/",
            form,
            headers={"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": "1.1.1.1"},
        )
        for number in range(11)
    ]

    assert answers[10].status_code == 429


def test_a_name_with_line_ends_is_no_second_line_of_the_log(client, db, caplog):
    client.post("/accounts/login/", {"username": "eve\r\n2026 CRITICAL forged", "password": "wrong"})
    client.get("/records/1%0d%0aforged/")

    assert not [
        line
        for line in caplog.text.splitlines()
        if line.lstrip().startswith(("2026 CRITICAL forged", "forged"))
    ]
