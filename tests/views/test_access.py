"""Every address × method × role: who may, who may not, and that the page says which roles may."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django.views.defaults import bad_request, server_error

from monitors.models import Customer, MonitorRecord, Operation, Refresh, Right, Role, SavedFilter
from monitors.models.role import GRANTS
from monitors.services.submission import Submission
from tests.services.plans import drawn
from tests.views.pages import text

pytestmark = pytest.mark.django_db

# name -> (path, right, methods that the address knows)
ADDRESSES = {
    "records": ("/", Right.LOOK, {"GET"}),
    "states": ("/help/states/", Right.LOOK, {"GET"}),
    "home": ("/home/", Right.LOOK, {"GET"}),
    "seen": ("/home/seen/", Right.LOOK, {"POST"}),
    "create": ("/records/new/", Right.MANAGE, {"GET", "POST"}),
    "suggest_record": ("/records/suggest/", Right.LOOK, {"GET"}),
    "record": ("/records/{record}/", Right.LOOK, {"GET"}),
    "edit": ("/records/{record}/edit/", Right.MANAGE, {"GET", "POST"}),
    "delete": ("/records/{record}/delete/", Right.MANAGE, {"GET", "POST"}),
    "join": ("/records/{record}/join/", Right.MANAGE, {"POST"}),
    "append": ("/records/{record}/append/", Right.ATTACH, {"GET", "POST"}),
    "detach": ("/records/{record}/detach/", Right.ATTACH, {"GET", "POST"}),
    "record_history": ("/records/{record}/history/", Right.LOOK, {"GET"}),
    "record_trend": ("/records/{record}/trend/", Right.LOOK, {"GET"}),
    "mailbox": ("/mailboxes/abuse@northmail.example/", Right.LOOK, {"GET"}),
    "customer_history": ("/customers/{customer}/history/", Right.LOOK, {"GET"}),
    "customers": ("/customers/", Right.LOOK, {"GET"}),
    "suggest": ("/customers/suggest/", Right.LOOK, {"GET"}),
    "customer": ("/customers/{customer}/", Right.LOOK, {"GET"}),
    "append_customer": ("/customers/{customer}/append/", Right.ATTACH, {"GET", "POST"}),
    "detach_customer": ("/customers/{customer}/detach/", Right.ATTACH, {"GET", "POST"}),
    "extend": ("/ends/extend/", Right.ATTACH, {"GET", "POST"}),
    "end_now": ("/ends/now/", Right.ATTACH, {"GET", "POST"}),
    "keep": ("/ends/keep/", Right.ATTACH, {"GET", "POST"}),
    "review": ("/review/", Right.LOOK, {"GET"}),
    "search": ("/search/", Right.LOOK, {"GET"}),
    "palette": ("/search/options/", Right.LOOK, {"GET"}),
    "keys": ("/keys/", Right.LOOK, {"GET"}),
    "api_call": ("/api-call/create/", Right.LOOK, {"GET"}),
    "operation_states": ("/operations/states/", Right.LOOK, {"GET"}),
    "operation": ("/operations/{operation}/", Right.LOOK, {"GET"}),
    "tickets": ("/operations/tickets/", Right.LOOK, {"GET"}),
    "operations": ("/operations/", Right.LOOK, {"GET"}),
    "dismiss": ("/operations/{operation}/dismiss/", Right.LOOK, {"POST"}),
    "undo_operation": ("/operations/{operation}/undo/", Right.PLAN, {"POST"}),
    "plans": ("/plans/", Right.LOOK, {"GET"}),
    "new_plan": ("/plans/new/", Right.PLAN, {"GET", "POST"}),
    "select": ("/plans/select/", Right.PLAN, {"POST"}),
    "undo_difference": ("/plans/differences/1/undo/", Right.PLAN, {"POST"}),
    "plan": ("/plans/{plan}/", Right.LOOK, {"GET"}),
    "edit_plan": ("/plans/{plan}/edit/", Right.PLAN, {"POST"}),
    "run_plan": ("/plans/{plan}/run/", Right.PLAN, {"POST"}),
    "pause_plan": ("/plans/{plan}/pause/", Right.PLAN, {"POST"}),
    "resume_plan": ("/plans/{plan}/resume/", Right.PLAN, {"POST"}),
    "cancel_plan": ("/plans/{plan}/cancel/", Right.PLAN, {"POST"}),
    "retry_plan": ("/plans/{plan}/retry/", Right.PLAN, {"POST"}),
    "dismiss_plan": ("/plans/{plan}/dismiss/", Right.PLAN, {"POST"}),
    "undo_plan": ("/plans/{plan}/undo/", Right.PLAN, {"POST"}),
    "plan_results": ("/plans/{plan}/results.csv", Right.LOOK, {"POST"}),
    "refresh": ("/refresh/", Right.LOOK, {"POST"}),
    "upstream": ("/upstream/", Right.LOOK, {"GET"}),
    "refreshed": ("/upstream/lists/{refresh}/", Right.LOOK, {"GET"}),
    "held_csv": ("/upstream/lists/{refresh}/changes.csv", Right.AUDIT, {"POST"}),
    "decide": ("/upstream/held/{refresh}/", Right.GOVERN, {"POST"}),
    "monitored": ("/monitored/", Right.AUDIT, {"GET"}),
    "monitored_print": ("/monitored/print/", Right.AUDIT, {"GET"}),
    "compared_csv": ("/monitored/compare.csv?from=2026-01-01", Right.AUDIT, {"POST"}),
    "compared_xlsx": ("/monitored/compare.xlsx?from=2026-01-01", Right.AUDIT, {"POST"}),
    "monitored_csv": ("/monitored/export.csv", Right.AUDIT, {"POST"}),
    "monitored_xlsx": ("/monitored/export.xlsx", Right.AUDIT, {"POST"}),
    "audit": ("/audit/", Right.AUDIT, {"GET"}),
    "people": ("/people/", Right.GOVERN, {"GET"}),
    "invite": ("/people/invite/", Right.GOVERN, {"GET", "POST"}),
    "person": ("/people/{person}/", Right.GOVERN, {"GET"}),
    "change_person": ("/people/{person}/edit/", Right.GOVERN, {"POST"}),
    "set_roles": ("/people/{person}/roles/", Right.GOVERN, {"POST"}),
    "make_link": ("/people/{person}/link/", Right.GOVERN, {"POST"}),
    "end_sessions": ("/people/{person}/sessions/end/", Right.GOVERN, {"POST"}),
    "forget_factor": ("/people/{person}/factor/remove/", Right.GOVERN, {"POST"}),
    "deactivate": ("/people/{person}/deactivate/", Right.GOVERN, {"POST"}),
    "reactivate": ("/people/{person}/reactivate/", Right.GOVERN, {"POST"}),
    "choose_columns": ("/columns/", Right.LOOK, {"POST"}),
    "clock": ("/clock/", Right.LOOK, {"POST"}),
    "insight": ("/insight/", Right.GOVERN, {"GET"}),
    "audit_event": ("/audit/1/", Right.AUDIT, {"GET"}),
    "audit_csv": ("/audit/export.csv", Right.AUDIT, {"POST"}),
    "save_records_view": ("/records/views/", Right.LOOK, {"POST"}),
    "save_customers_view": ("/customers/views/", Right.LOOK, {"POST"}),
    "save_filter": ("/audit/filters/", Right.AUDIT, {"POST"}),
    "delete_view": ("/views/{filter}/delete/", Right.LOOK, {"POST"}),
}
# name -> (path, methods): of everybody who is signed in, with any role or none
OWN = {
    "mfa_index": ("/accounts/security/", {"GET"}),
    "account_change_password": ("/accounts/password/", {"GET", "POST"}),
    "end_session": ("/accounts/sessions/end/", {"POST"}),
    "confirm_sso": ("/accounts/confirm/sso/", {"GET"}),
    "account_reauthenticate": ("/accounts/confirm/", {"GET", "POST"}),
    "mfa_reauthenticate": ("/accounts/confirm/code/", {"GET", "POST"}),
    "mfa_reauthenticate_webauthn": ("/accounts/confirm/passkey/", {"GET", "POST"}),
    "mfa_activate_totp": ("/accounts/app/", {"GET", "POST"}),
    "mfa_deactivate_totp": ("/accounts/app/remove/", {"GET", "POST"}),
    "mfa_list_webauthn": ("/accounts/passkeys/", {"GET"}),
    "mfa_add_webauthn": ("/accounts/passkeys/add/", {"GET", "POST"}),
    "mfa_remove_webauthn": ("/accounts/passkeys/1/remove/", {"GET", "POST"}),
    "mfa_view_recovery_codes": ("/accounts/codes/", {"GET"}),
    "mfa_generate_recovery_codes": ("/accounts/codes/new/", {"GET", "POST"}),
}
# name -> (path, methods): of strangers
OPEN = {
    "account_login": ("/accounts/login/", {"GET", "POST"}),
    "account_logout": ("/accounts/logout/", {"POST"}),
    "use_link": ("/accounts/link/x/", {"GET", "POST"}),
    "mfa_authenticate": ("/accounts/code/", {"GET", "POST"}),
    "mfa_login_webauthn": ("/accounts/passkey/", {"GET", "POST"}),
    "openid_connect_login": ("/accounts/oidc/sso/login/", {"POST"}),
    "openid_connect_callback": ("/accounts/oidc/sso/login/callback/", {"GET"}),
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def paths(desk, manager, person, client):
    from monitors.services import attachments

    record = MonitorRecord.objects.get(name="abuse-desk")
    operation = attachments.append(submission=Submission(actor=manager), record=record, user="initech")
    keys = {
        "record": record.pk,
        "customer": Customer.objects.get(username="acme").pk,
        "operation": operation.pk,
        "refresh": Refresh.objects.latest("pk").pk,
        "plan": drawn(manager, "globex", record="billing-watch").pk,
        "person": person(Role.SUPPORT, "victim").pk,
        "filter": SavedFilter.objects.create(
            name="mine", page="records", query="tag=eu", owner=person(Role.AUDITORS)
        ).pk,
    }
    return {name: path.format(**keys) for name, (path, _, _) in ADDRESSES.items()}


def cases():
    return [(name, method) for name in ADDRESSES for method in METHODS]


def knows(name, method):
    known = ADDRESSES[name][2]
    return method in known or (method == "HEAD" and "GET" in known)


def test_every_address_is_in_the_table():
    names = {pattern.name for pattern in get_resolver("monitors.urls").url_patterns}

    assert names == {*ADDRESSES, *OWN, *OPEN}


@pytest.mark.parametrize("role", Role)
def test_each_role_gets_exactly_what_its_rights_give(role, paths, as_role):
    client = as_role(role)
    for name, method in cases():
        response = client.generic(method, paths[name])
        if response.streaming:  # read to its end; closing it by hand would close the test's connection
            for _ in response.streaming_content:
                pass

        if not knows(name, method):
            assert response.status_code == 405, (name, method)
        elif ADDRESSES[name][1] in GRANTS[role]:
            assert response.status_code in {200, 204, 302, 422}, (name, method)
        else:
            assert response.status_code == 403, (name, method)


def test_ones_own_account_is_everybodys_also_without_a_role(django_user_model):
    client = Client()
    client.force_login(django_user_model.objects.create_user("newcomer", password="a long enough one"))
    for name, (path, known) in OWN.items():
        for method in METHODS:
            status = client.generic(method, path).status_code

            allowed = method in known or (method == "HEAD" and "GET" in known)
            assert status in {200, 302, 404, 422} if allowed else status == 405, (name, method, status)


@pytest.mark.parametrize("name", OPEN)
def test_the_ways_in_are_open_to_strangers(client, name):
    path, known = OPEN[name]
    for method in METHODS:
        response = client.generic(method, path)

        allowed = method in known or (method == "HEAD" and "GET" in known)
        assert response.status_code in {200, 302, 404, 410, 422} if allowed else response.status_code == 405
        assert "?next=" not in response.headers.get("Location", "")


def test_nothing_is_sent_for_somebody_without_the_right(paths, as_role, desk):
    before, started = desk.store.snapshot(), Operation.objects.count()
    client = as_role(Role.AUDITORS)

    client.post(paths["create"], {"name": "x", "email": "x@northmail.example", "frequency": "1"})
    client.post(paths["append"], {"user": "umbrella"})
    client.post(paths["detach"], {"user": "acme"})
    client.post(paths["delete"], {"name": "abuse-desk"})

    assert desk.store.snapshot() == before
    assert Operation.objects.count() == started


@pytest.mark.parametrize("method", METHODS)
def test_whoever_is_not_signed_in_is_sent_to_the_login_page(method, paths, client):
    for name, path in {**paths, **{name: path for name, (path, _) in OWN.items()}}.items():
        response = client.generic(method, path)

        assert response.status_code == 302, name
        assert response.headers["Location"].startswith("/accounts/login/?next="), name


def test_an_account_without_a_role_may_do_nothing(paths, django_user_model):
    client = Client()
    client.force_login(django_user_model.objects.create_user("newcomer"))

    statuses = {client.get(path).status_code for path in paths.values()}

    assert statuses <= {403, 405}
    assert "Your account has no role yet" in text(client.get("/"))


def test_the_refusal_names_the_roles_that_have_the_right(as_role, desk):
    page = text(as_role(Role.SUPPORT).get("/records/new/"))

    assert "Your role: Support. Only account managers and administrators may do this." in page


def test_the_refusal_names_whom_to_ask(as_role, person, django_user_model):
    django_user_model.objects.create_superuser("root", first_name="Rosa", email="rosa@northmail.example")
    former = person(Role.ADMINISTRATORS, "former")
    former.is_active = False
    former.save()
    person(Role.ADMINISTRATORS, "ben")

    page = as_role(Role.SUPPORT).get("/records/new/")

    assert "Ask Rosa (rosa@northmail.example) or Administrators." in text(page)
    assert "mailto:rosa@northmail.example" in page.content.decode()


def test_the_refusal_says_so_where_nobody_could_be_asked(as_role):
    assert "Nobody is an administrator of this desk yet." in text(as_role(Role.SUPPORT).get("/records/new/"))


def test_buttons_stand_only_where_the_role_may_press_them(as_role, desk, record_named):
    path = f"/records/{record_named('abuse-desk').pk}/"
    auditor, support, manager = (
        as_role(role).get(path).content.decode()
        for role in (Role.AUDITORS, Role.SUPPORT, Role.ACCOUNT_MANAGERS)
    )

    assert (offers_detach(auditor), "/edit/" in auditor) == (False, False)
    assert (offers_detach(support), "/edit/" in support) == (True, False)
    assert (offers_detach(manager), "/edit/" in manager) == (True, True)


def offers_detach(source):
    return re.search(r"Detach\s*</button>", source) is not None


@pytest.mark.parametrize(
    "path",
    [
        "/records/999999/",
        "/customers/999999/",
        "/operations/7b1e0f0e-0000-4000-8000-000000000000/",
        "/api-call/format/",
        "/nowhere/",
    ],
)
def test_what_is_not_there_is_a_404_in_the_desks_look(path, ana, db):
    response = ana.get(path)

    assert response.status_code == 404
    assert "Page not found" in text(response)


@pytest.mark.parametrize("view", [server_error, bad_request])
def test_a_broken_desk_shows_its_page_without_asking_the_database(view, rf):
    with connection.execute_wrapper(refuse):
        response = view(rf.get("/"), Exception()) if view is bad_request else view(rf.get("/"))

    assert "Go to records" in text(response)


def refuse(*_):
    raise AssertionError("the page asked the database")


def test_numbers_beyond_every_database_are_not_found_rather_than_an_error(ana, db):
    assert ana.get(f"/records/{10**40}/").status_code == 404
    assert ana.get(f"/customers/{10**40}/").status_code == 404


def test_a_form_from_elsewhere_is_turned_away(manager):
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)

    response = client.post("/refresh/")

    assert response.status_code == 403
    assert "This form has expired" in text(response)
    assert 'href="/customers/"' in response.content.decode()


def test_after_the_session_ends_a_polling_fragment_reloads_its_page(client, db):
    response = client.get("/accounts/login/?next=/upstream/", headers={"HX-Request": "true"})

    assert response.headers["HX-Refresh"] == "true"


def test_the_way_in_and_out(client, person):
    support = person(Role.SUPPORT)
    support.set_password("correct horse")
    support.save()

    wrong = client.post("/accounts/login/", {"username": support.username, "password": "no"})
    right = client.post(
        "/accounts/login/?next=/customers/",
        {"username": support.username, "password": "correct horse", "next": "/customers/"},
    )

    assert "Wrong name or password." in text(wrong)
    assert "sent" not in text(wrong)
    assert right.headers["Location"] == "/customers/"
    assert client.post("/accounts/logout/").headers["Location"] == "/accounts/login/"


def test_login_goes_nowhere_else(client, person):
    support = person(Role.SUPPORT)
    support.set_password("correct horse")
    support.save()

    response = client.post(
        "/accounts/login/",
        {"username": support.username, "password": "correct horse", "next": "https://evil.example/"},
    )

    assert response.headers["Location"] == "/"
