"""The pages of people: who may come in, one account, and every change of it."""

from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monitors.models import AuditEvent, Role, SsoRole
from monitors.services import exports
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db
PASSWORDS = {"password": "a long enough one", "again": "a long enough one"}


@pytest.fixture
def ben(as_role):
    """An administrator at the browser."""
    return as_role(Role.ADMINISTRATORS)


@pytest.fixture
def sam(person):
    return person(Role.SUPPORT, "sam")


def listed(page):
    return attributes(page, "data-account")


def fields(**changed):
    return {"first_name": "Sam", "last_name": "Rivera", "email": "sam@northmail.example"} | changed


# Everybody


def test_everybody_who_may_sign_in_is_listed_by_name(ben, sam, person):
    former = person(Role.AUDITORS, "former")
    User.objects.filter(pk=former.pk).update(is_active=False)
    User.objects.create_superuser("root", first_name="Rosa")

    assert listed(ben.get("/people/")) == ["administrators", "root", "sam"]
    assert listed(ben.get("/people/?filter=deactivated")) == ["former"]
    assert "3 accounts may sign in" in text(ben.get("/people/"))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("filter=support", ["sam"]),
        ("filter=administrators", ["administrators", "root"]),
        ("filter=no-role", ["newcomer"]),
        ("q=RIVER", ["sam"]),
        ("q=northmail", ["sam"]),
        ("q=river&filter=auditors", []),
        ("sort=-name", ["sam", "root", "newcomer", "administrators"]),
        ("filter=nonsense&sort=nonsense&page=77", ["administrators", "newcomer", "root", "sam"]),
    ],
)
def test_the_list_is_narrowed_and_sorted(ben, sam, query, names):
    User.objects.filter(pk=sam.pk).update(**fields())
    User.objects.create_superuser("root", first_name="Rosa")
    User.objects.create_user("newcomer", first_name="Nora")

    assert listed(ben.get(f"/people/?{query}")) == names


def test_nobody_like_this_leads_back_to_everybody(ben):
    page = ben.get("/people/?q=nobody-has-this")

    assert "Nobody like this" in text(page)
    assert "/people/" in attributes(page, "href")


def test_last_seen_is_the_last_sign_in_or_the_last_act(ben, sam, person):
    ida = person(Role.AUDITORS, "ida")
    User.objects.filter(pk=ida.pk).update(last_login="2020-03-03T12:00Z")
    exports.note(actor=ida, table="audit", file_format="csv", filters={}, rows=0)
    User.objects.filter(pk=sam.pk).update(last_login="2020-03-03T12:00Z")
    person(Role.SUPPORT, "newcomer")

    page = ben.get("/people/?sort=-seen")

    assert listed(page).index("ida") < listed(page).index("sam")
    assert "2020-03-03T12:00:00+00:00" in attributes(page, "datetime")
    assert len(attributes(page, "datetime")) == 3
    assert "newcomer Support no never" in text(ben.get("/people/?q=newcomer"))


def test_superusers_are_shown_for_what_they_are(ben):
    root = User.objects.create_superuser("root")

    assert "Superuser" in text(ben.get("/people/?q=root"))
    page = ben.get(f"/people/{root.pk}/")
    assert "Only another superuser may change it." in text(page)
    assert not [path for path in attributes(page, "action") if path.startswith("/people/")]


def test_a_longer_list_costs_no_more_queries(ben, person):
    counted = []
    for more in (0, 20):
        for number in range(more):
            person(Role.SUPPORT, f"s{number}")
        with CaptureQueriesContext(connection) as queries:
            ben.get("/people/")
        counted.append(len(queries))

    assert counted[0] == counted[1] <= 6


def test_whoever_has_not_come_yet_is_shown_as_invited(ben, sam):
    ben.post("/people/invite/", fields(username="eve"))

    assert "Invited" in text(ben.get("/people/?q=eve"))
    assert "Invited" not in text(ben.get("/people/?q=support"))


# A new account


def test_somebody_is_invited_with_roles(ben):
    form = fields(username="sam", roles=["support", "auditors"])

    page = ben.post("/people/invite/", form)

    sam = User.objects.get(username="sam")
    path = urlsplit(value_of_link(page)).path
    assert Client().post(path, PASSWORDS).status_code == 302
    assert User.objects.get(username="sam").check_password("a long enough one")
    assert sorted(sam.groups.values_list("name", flat=True)) == ["Auditors", "Support"]
    assert AuditEvent.objects.filter(person_id=sam.pk, kind="person_added").get().actor_username == (
        "administrators"
    )


def value_of_link(page):
    (link,) = [value for value in attributes(page, "value") if "/accounts/link/" in value]
    return link


def test_where_mail_is_sent_the_link_goes_there_and_nowhere_else(ben, settings, mailoutbox):
    settings.EMAIL_HOST = "mail.example"

    page = ben.post("/people/invite/", fields(username="sam"))

    assert "/accounts/link/" in mailoutbox[0].body
    assert "A link was sent to sam@northmail.example." in text(page)
    assert "/accounts/link/" not in page.content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"username": "sam"}, "Somebody has this username already"),
        ({"username": ""}, "This field is required."),
        ({"email": "no address"}, "Enter a valid email address."),
        ({"roles": ["kings"]}, "kings is not one of the available choices."),
    ],
)
def test_what_is_wrong_stands_in_the_form_and_nobody_is_added(ben, sam, wrong, words):
    page = ben.post("/people/invite/", fields(username="eve", roles=["support"]) | wrong)

    assert page.status_code == 422
    assert words in text(page)
    assert "Rivera" in attributes(page, "value")
    assert not User.objects.filter(username="eve").exists()


# One account


def test_one_account_shows_its_roles_and_what_the_log_says_of_it(ben, sam):
    ben.post(f"/people/{sam.pk}/roles/", {"roles": ["support", "auditors"]})

    page = ben.get(f"/people/{sam.pk}/")

    assert "Roles of sam: Auditors, Support instead of Support" in text(page)
    assert "Administrators (administrators) · event" in text(page)
    assert "/audit/?person=sam" in attributes(page, "href")
    numbers = attributes(ben.get("/audit/?person=sam"), "data-event")
    assert {int(it) for it in numbers} == set(
        AuditEvent.objects.filter(person_id=sam.pk).values_list("number", flat=True)
    )
    assert attributes(ben.get("/audit/?person=nobody"), "data-event") == []


def test_name_roles_and_coming_in_are_changed_where_they_stand(ben, sam):
    path = f"/people/{sam.pk}/"

    for part, form in (("edit", fields()), ("roles", {"roles": ["auditors"]}), ("deactivate", {})):
        assert ben.post(f"{path}{part}/", form).headers["Location"] == path

    sam.refresh_from_db()
    assert (sam.get_full_name(), sam.email, sam.is_active) == ("Sam Rivera", "sam@northmail.example", False)
    assert list(sam.groups.values_list("name", flat=True)) == ["Auditors"]
    ben.post(f"{path}reactivate/")
    assert User.objects.get(pk=sam.pk).is_active


def test_somebody_is_signed_out_loses_a_factor_and_gets_a_link(ben, sam, client):
    sam.set_password(PASSWORDS["password"])
    sam.save()
    client.post("/accounts/login/", {"username": "sam", "password": PASSWORDS["password"]})
    Authenticator.objects.create(user=sam, type=Authenticator.Type.TOTP, data={})
    path = f"/people/{sam.pk}/"

    assert "Second factor yes" in text(ben.get(path))
    assert "End 1 session" in text(ben.get(path))
    for part in ("sessions/end", "factor/remove"):
        assert ben.post(f"{path}{part}/").headers["Location"] == path
    assert "Second factor no" in text(ben.get(path))
    assert "Sessions none" in text(ben.get(path))
    assert "/accounts/link/" in value_of_link(ben.post(f"{path}link/"))


def test_roles_of_single_sign_on_are_shown_and_cannot_be_taken_here(ben, sam):
    SsoRole.objects.create(person=sam, role=Role.SUPPORT)

    page = ben.get(f"/people/{sam.pk}/")

    assert "From single sign-on, which alone takes them away again: Support." in text(page)
    assert "support" not in attributes(page, "value")


@pytest.mark.parametrize(
    "part",
    ["edit", "roles", "link", "sessions/end", "factor/remove", "deactivate", "reactivate", "../invite"],
)
def test_each_change_needs_a_fresh_proof_of_who_it_is(ben, sam, settings, part):
    settings.FRESH_SECONDS = 0
    since = AuditEvent.objects.count()

    answer = ben.post(f"/people/{sam.pk}/{part}/" if part != "../invite" else "/people/invite/")

    assert answer.headers["Location"].startswith("/accounts/confirm/")
    assert AuditEvent.objects.count() == since


def test_what_is_refused_says_why_on_the_page(ben, person):
    own = User.objects.get(username="administrators")
    path = f"/people/{own.pk}/"

    roles = ben.post(f"{path}roles/", {"roles": ["auditors"]})
    deactivated = ben.post(f"{path}deactivate/")
    renamed = ben.post(f"{path}edit/", fields(email="no address"))

    assert [page.status_code for page in (roles, deactivated, renamed)] == [422] * 3
    assert "Nobody takes the role of an administrator from themselves." in text(roles)
    assert "Nothing was changed. Nobody deactivates their own account." in text(deactivated)
    assert "Enter a valid email address." in text(renamed)
    assert list(own.groups.values_list("name", flat=True)) == ["Administrators"]


def test_an_account_that_is_not_there_is_not_found(ben):
    assert ben.get("/people/999999/").status_code == 404
    assert ben.post("/people/999999/roles/").status_code == 404


def test_one_account_costs_few_queries(ben, sam):
    with CaptureQueriesContext(connection) as queries:
        ben.get(f"/people/{sam.pk}/")

    assert len(queries) <= 6
