"""Single sign-on against a provider over HTTP: who comes in, in which roles, and what of a token must hold."""

import re
import time
from datetime import timedelta
from html import unescape

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import Group, User
from django.db.models import F
from django.test import Client

from monitors.models import AuditEvent, FailedSignIns, Kind, Role, SsoRole
from monitors.services import failed_sign_ins, rights
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.views.pages import text

pytestmark = pytest.mark.django_db
GROUPS = {"desk-admins": ("Administrators",), "help": ("Support", "Auditors")}


@pytest.fixture(scope="module")
def running():
    with Provider() as provider:
        yield provider


@pytest.fixture
def provider(running, settings):
    running.__dict__.update(
        claims={"sub": "u-1", "preferred_username": "eva", "groups": ["help"]},
        headers={"kid": "k1"},
        algorithm="ES256",
        signing_key=running.key,
        issuer_in_config="",
    )
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = running.issuer, CLIENT_ID
    settings.OIDC_GROUPS_CLAIM, settings.OIDC_GROUP_MAP = "groups", GROUPS
    app = {"provider_id": "sso", "name": "single sign-on", "client_id": CLIENT_ID, "secret": CLIENT_SECRET}
    app["settings"] = {"server_url": running.issuer, "fetch_userinfo": False}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    return running


def leave(client, **form):
    """The address to which the desk leads the browser."""
    page = client.post("/accounts/oidc/sso/login/", form).content.decode()
    return unescape(re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)[1])


def sign_in(client, provider, **form):
    """The last answer of the desk."""
    back = provider.authorize(leave(client, **form))
    return client.get("/accounts/oidc/sso/login/callback/", back)


def is_in(client):
    return client.get("/customers/").status_code == 200


def roles_of(username="eva"):
    return set(rights.roles(User.objects.get(username=username)))


def test_somebody_in_a_group_that_gives_a_role_gets_an_account_with_it(client, provider):
    provider.claims |= {
        "given_name": "Eva",
        "family_name": "Berg",
        "email": "eva@x.example",
        "email_verified": True,
    }

    answer = sign_in(client, provider, next="/customers/")

    assert answer.headers["Location"] == "/customers/"
    eva = User.objects.get(username="eva")
    assert (eva.get_full_name(), eva.email, eva.has_usable_password()) == ("Eva Berg", "eva@x.example", False)
    assert roles_of() == {Role.SUPPORT, Role.AUDITORS}
    assert is_in(client)


def test_the_desk_asks_with_pkce_a_state_and_a_nonce(client, provider):
    provider.authorize(leave(client))

    assert provider.asked["code_challenge_method"] == "S256"
    assert len(provider.asked["state"]) >= 16
    assert len(provider.asked["nonce"]) == 64
    assert provider.asked["redirect_uri"] == "http://testserver/accounts/oidc/sso/login/callback/"


def test_somebody_without_such_a_group_is_turned_away(client, provider):
    provider.claims["groups"] = ["lunch"]

    sign_in(client, provider)

    assert "you have no account here" in text(client.get("/accounts/login/"))
    assert not is_in(client)
    assert not User.objects.exists()


# What of a failure is an event; that of a token is looked at below


def test_somebody_who_has_no_account_here_is_named_by_the_provider(client, provider):
    provider.claims["groups"] = []
    sign_in(client, provider)
    sign_in(client, provider)

    (event,) = noted()

    assert (event.actor_name, event.person_id, event.address) == ("somebody unknown", None, "127.0.0.1")
    assert event.details.items() >= {"step": "account", "subject": "u-1", "count": 2}.items()


def test_a_deactivated_account_that_comes_by_single_sign_on_is_named(client, provider):
    sign_in(client, provider)
    eva = User.objects.get(username="eva")
    User.objects.update(is_active=False)

    sign_in(Client(), provider)

    (event,) = noted()
    assert (event.actor_name, event.person_id, event.details["step"]) == ("eva", eva.pk, "account")


def test_a_refusal_of_the_provider_and_what_nobody_began_are_events_without_a_name(client, provider):
    state = provider.authorize(leave(client))["state"]
    client.get("/accounts/oidc/sso/login/callback/", {"error": "access_denied", "state": state})
    client.get("/accounts/oidc/sso/login/callback/", {"code": "x", "state": "nobody's"})

    (event,) = noted()

    assert (event.actor_name, event.person_id) == ("somebody unknown", None)
    assert event.details.items() >= {"step": "provider", "count": 2}.items()
    assert "subject" not in event.details


def test_nobody_fills_the_log_by_coming_back_from_nowhere(client, provider):
    for _ in range(failed_sign_ins.ADDRESS_LIMIT + 5):
        client.get("/accounts/oidc/sso/login/callback/", {"code": "x", "state": "nobody's"})

    # Of each minute, and another may have begun.
    assert sum(FailedSignIns.objects.values_list("count", flat=True)) == failed_sign_ins.ADDRESS_LIMIT


# Whose account it is


def test_the_same_person_comes_back_to_the_same_account_whatever_they_are_called(client, provider):
    sign_in(client, provider)
    provider.claims["preferred_username"] = "eva.berg"

    sign_in(Client(), provider)

    assert list(User.objects.values_list("username", flat=True)) == ["eva"]


def test_a_verified_address_leads_to_the_account_that_has_it(client, provider):
    ben = User.objects.create_user("ben", email="Ben@x.example")
    provider.claims |= {"email": "ben@x.example", "email_verified": True, "groups": []}

    sign_in(client, provider)

    assert client.session["_auth_user_id"] == str(ben.pk)


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_is_not_verified_leads_to_nobody(client, provider, verified):
    User.objects.create_user("ben", email="ben@x.example")
    provider.claims |= {"email": "ben@x.example", "email_verified": verified}

    sign_in(client, provider)

    assert client.session["_auth_user_id"] == str(User.objects.get(username="eva").pk)


def test_no_address_leads_to_a_superuser(client, provider):
    User.objects.create_superuser("root", email="root@x.example")
    provider.claims |= {"email": "root@x.example", "email_verified": True, "groups": []}

    sign_in(client, provider)

    assert not is_in(client)


def test_a_name_that_somebody_has_is_not_taken_over(client, provider):
    eva = User.objects.create_user("Eva")

    sign_in(client, provider)

    assert client.session["_auth_user_id"] != str(eva.pk)
    assert User.objects.filter(username="eva2").exists()


def test_a_deactivated_account_stays_out(client, provider):
    sign_in(client, provider)
    User.objects.update(is_active=False)
    visitor = Client()

    sign_in(visitor, provider)

    assert not is_in(visitor)


def test_the_same_sub_of_another_issuer_is_somebody_else(client, provider):
    sign_in(client, provider)
    SocialAccount.objects.update(uid="of another issuer")

    sign_in(Client(), provider)

    assert set(User.objects.values_list("username", flat=True)) == {"eva", "eva2"}


# Roles


def test_groups_become_roles_at_each_sign_in_and_leave_those_given_by_hand(client, provider):
    sign_in(client, provider)
    eva = User.objects.get(username="eva")
    eva.groups.add(Group.objects.get(name=Role.ACCOUNT_MANAGERS))

    provider.claims["groups"] = ["desk-admins"]
    sign_in(Client(), provider)
    assert roles_of() == {Role.ADMINISTRATORS, Role.ACCOUNT_MANAGERS}

    provider.claims["groups"] = []
    sign_in(Client(), provider)
    assert roles_of() == {Role.ACCOUNT_MANAGERS}


def test_a_role_that_somebody_had_by_hand_is_not_taken_with_the_group(client, provider):
    provider.claims |= {"email": "ben@x.example", "email_verified": True, "groups": ["help"]}
    ben = User.objects.create_user("ben", email="ben@x.example")
    ben.groups.add(Group.objects.get(name=Role.SUPPORT))

    sign_in(client, provider)
    assert list(SsoRole.objects.values_list("role", flat=True)) == ["Auditors"]
    provider.claims["groups"] = []
    sign_in(Client(), provider)

    assert roles_of("ben") == {Role.SUPPORT}


def test_a_change_of_roles_is_an_event_with_before_and_after(client, provider):
    sign_in(client, provider)

    event = AuditEvent.objects.filter(kind="roles_changed").get()
    assert event.details["before"] == []
    assert event.details["after"] == ["Auditors", "Support"]
    assert (event.actor_name, event.address) == ("Monitor Desk", "127.0.0.1")


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("roles", "help"),
        ("realm_access.roles", None),
    ],
)
def test_the_claim_may_have_another_name_or_stand_within_another(client, provider, settings, claim, value):
    settings.OIDC_GROUPS_CLAIM = claim
    provider.claims |= {"roles": value} if value else {"realm_access": {"roles": ["help"]}}

    sign_in(client, provider)

    assert roles_of() == {Role.SUPPORT, Role.AUDITORS}


@pytest.mark.parametrize("groups", [None, 7, {"help": True}, [["help"]], "helpers"])
def test_odd_groups_give_nothing(client, provider, groups):
    provider.claims["groups"] = groups

    sign_in(client, provider)

    assert not User.objects.exists()


# What of a token must hold


def refuse(client, provider):
    answer = sign_in(client, provider)

    assert answer.headers["Location"] == "/accounts/login/"
    assert "Single sign-on did not work." in text(client.get("/accounts/login/"))
    assert "_auth_user_id" not in client.session
    assert not User.objects.exists()
    assert [event.details["step"] for event in noted()] == ["token"]


def noted():
    """The events of failures, when their minute is over."""
    FailedSignIns.objects.update(minute=F("minute") - timedelta(minutes=1))
    failed_sign_ins.note()
    return list(AuditEvent.objects.filter(kind=Kind.SIGN_IN_FAILED).order_by("number"))


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT_ID, "another"]},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"iss": "https://another.example"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 9_999_999_999},
        {"sub": None},
    ],
    ids=str,
)
def test_a_claim_that_does_not_hold_lets_nobody_in(client, provider, claims):
    provider.claims |= claims

    refuse(client, provider)


def test_an_expired_token_lets_nobody_in(client, provider):
    provider.claims |= {"iat": int(time.time()) - 700, "exp": int(time.time()) - 400}

    refuse(client, provider)


def test_a_token_of_another_key_lets_nobody_in(client, provider):
    provider.signing_key = ec.generate_private_key(ec.SECP256R1())

    refuse(client, provider)


def test_an_unsigned_token_lets_nobody_in(client, provider):
    provider.algorithm, provider.signing_key = "none", None

    refuse(client, provider)


def test_a_token_signed_with_what_the_desk_knows_too_lets_nobody_in(client, provider):
    provider.algorithm, provider.signing_key = "HS256", CLIENT_SECRET * 3

    refuse(client, provider)


def test_a_token_of_an_unknown_key_lets_nobody_in(client, provider):
    provider.headers = {"kid": "k2"}

    refuse(client, provider)


def test_a_provider_that_calls_itself_otherwise_lets_nobody_in(client, provider):
    provider.issuer_in_config = "https://another.example"

    refuse(client, provider)


def test_what_another_browser_began_lets_nobody_in(client, provider):
    back = provider.authorize(leave(Client()))

    client.get("/accounts/oidc/sso/login/callback/", back)

    assert not is_in(client)


def test_a_way_back_works_once(client, provider):
    back = provider.authorize(leave(client))
    client.get("/accounts/oidc/sso/login/callback/", back)
    client.post("/accounts/logout/")

    client.get("/accounts/oidc/sso/login/callback/", back)

    assert not is_in(client)


def test_somebody_who_says_no_there_is_told_so(client, provider):
    state = provider.authorize(leave(client))["state"]

    client.get("/accounts/oidc/sso/login/callback/", {"error": "access_denied", "state": state})

    assert "Single sign-on was cancelled." in text(client.get("/accounts/login/"))


def test_it_leads_back_to_no_other_site(client, provider):
    answer = sign_in(client, provider, next="https://evil.example/")

    assert answer.headers["Location"].startswith("/")


# Second factor and a fresh proof


def test_where_a_role_needs_one_the_providers_own_second_factor_counts(client, provider, settings):
    settings.REQUIRE_MFA = frozenset({"Auditors"})
    sign_in(client, provider)
    assert not is_in(client)

    provider.claims["amr"] = ["pwd", "mfa"]
    other = Client()
    sign_in(other, provider)

    assert is_in(other)


def test_a_proof_is_as_fresh_as_the_provider_says(client, provider):
    sign_in(client, provider)
    asked = client.post("/audit/export.csv")
    assert asked.headers["Location"].startswith("/accounts/confirm/sso/?next=")

    provider.claims["auth_time"] = int(time.time())
    sign_in(client, provider, again="yes", next="/audit/")

    assert (provider.asked["prompt"], provider.asked["max_age"]) == ("login", "0")
    assert client.post("/audit/export.csv").status_code == 200


# Without it


def test_without_an_issuer_there_is_none(client, db):
    assert client.post("/accounts/oidc/sso/login/").status_code == 404
    assert "Single sign-on" not in text(client.get("/accounts/login/"))


def test_the_sign_in_page_offers_it(client, provider):
    assert "Single sign-on" in text(client.get("/accounts/login/"))
