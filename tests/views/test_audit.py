"""The audit log's pages: filters, free text, pages by key, one event, filters that people keep."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils.html import conditional_escape, strip_tags

from monitors.models import AuditEvent, Customer, Kind, Refresh, Role, SavedFilter
from monitors.selectors import audit as selectors
from monitors.services import attachments, records
from monitors.services.log import audit
from monitors.services.submission import Submission
from monitors.wording.events import event_line, event_sentence
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def ida(as_role):
    return as_role(Role.AUDITORS)


@pytest.fixture
def day(desk, load, manager, support, record_named):
    """A day's work: an append with a ticket, a rename, a refusal, something outside."""
    billing = record_named("billing-watch")
    attachments.append(
        submission=Submission(actor=support, reason="ESC-7 spam wave"), record=billing, user="initech"
    )
    records.edit(
        submission=Submission(actor=manager),
        record=billing,
        new_name="billing-eu",
        new_email="eu@other.example",
    )
    billing.refresh_from_db()
    attachments.append(submission=Submission(actor=support), record=billing, user="nobody-we-know")
    load()
    desk.store.detach(user="acme")
    load()
    return billing


def numbers(page):
    return [int(number) for number in attributes(page, "data-event")]


def search(client, **filters):
    return numbers(client.get("/audit/", filters))


def expected(**columns):
    return sorted(AuditEvent.objects.filter(**columns).values_list("number", flat=True), reverse=True)


def test_every_event_is_there_newest_first(ida, day):
    assert search(ida) == expected()


@pytest.mark.parametrize(
    ("filters", "columns"),
    [
        ({"actor": "support"}, {"actor_name": "Support"}),
        ({"task": "append"}, {"task": "append"}),
        ({"kind": "operation.ended"}, {"kind": "operation.ended"}),
        ({"outcome": "refused"}, {"outcome": "refused"}),
        ({"source": "outside"}, {"source": "outside"}),
        (
            {"source": "web", "task": "append", "outcome": "pending"},
            {"source": "web", "task": "append", "outcome": "pending"},
        ),
        ({"actor": "account_managers", "task": "append"}, {"number": 0}),
        ({"kind": "list.baseline"}, {"kind": "list.baseline"}),
        ({"refresh": "1"}, {"refresh_id": 1}),
    ],
)
def test_each_filter_narrows_alone_and_with_others(ida, day, filters, columns):
    assert search(ida, **filters) == expected(**columns)


def test_the_head_counts_what_the_filter_finds(ida, day, monkeypatch):
    everything, appends = AuditEvent.objects.count(), AuditEvent.objects.filter(task="append").count()

    assert f": {everything} events, newest first" in text(ida.get("/audit/"))
    assert f": {appends} matching events, newest first" in text(ida.get("/audit/", {"task": "append"}))
    assert ": 0 matching events" in text(ida.get("/audit/", {"text": "nothing-like-it"}))
    monkeypatch.setattr(selectors, "MAX_COUNTED", 2)
    assert ": more than 2 matching events" in text(ida.get("/audit/", {"task": "append"}))


def test_fields_that_were_left_empty_do_not_stay_in_the_address(ida, db):
    response = ida.get("/audit/?text=&actor=&task=append&since=")

    assert response.headers["Location"] == "/audit/?task=append"
    assert ida.get("/audit/?text=&task=").headers["Location"] == "/audit/"
    assert ida.get("/monitored/?at=&record=caf%C3%A9").headers["Location"] == "/monitored/?record=caf%C3%A9"


def test_a_record_is_found_by_any_name_it_had_and_by_its_number(ida, day):
    of_record = expected(record_id=day.pk)

    assert search(ida, record="BILLING-WATCH") == search(ida, record="billing-eu") == of_record
    assert search(ida, record=f"#{day.pk}") == of_record
    assert search(ida, record="abuse", source="outside") == expected(source="outside")


def test_a_record_that_never_came_to_be_is_found_by_its_name(ida, desk, manager):
    records.create(
        submission=Submission(actor=manager), name="abuse-desk-2", email="a@northmail.example", frequency=5
    )

    started = AuditEvent.objects.get(kind="operation.started", task="create")

    assert started.record_id is None
    assert started.number in search(ida, record="desk-2")


def test_a_customer_is_found_also_where_it_was_never_taken_up(ida, day):
    assert search(ida, customer="initech") == expected(username="initech")
    assert search(ida, customer="nobody-we") == expected(username="nobody-we-know")
    assert search(ida, customer=f"#{Customer.objects.get(username='acme').pk}") == expected(username="acme")


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        ("ESC-7", {"reason__startswith": "ESC-7"}),
        ("spam WAVE", {"reason__startswith": "ESC-7"}),
        ("nobody-we-know", {"username": "nobody-we-know"}),
        ("eu@other.example", {"task": "edit"}),
        ("100%", {"number": 0}),
        ('"; DROP TABLE', {"number": 0}),
        ("a OR b", {"number": 0}),
    ],
)
def test_free_text_finds_names_reasons_and_details(ida, day, words, columns):
    assert search(ida, text=words) == expected(**columns)


def test_free_text_finds_the_upstreams_words_in_any_script(ida, db):
    for words in ("Überraschung", "日本語の理由"):
        audit.write(audit.Event(kind="operation.ended", details={"words": [words]}))

    assert len(search(ida, text="berraschung")) == 1
    assert len(search(ida, text="語の理")) == 1


def test_free_text_goes_together_with_other_filters(ida, day):
    assert search(ida, text="ESC-7", kind="operation.started") == expected(
        kind="operation.started", username="initech"
    )


def test_text_too_short_to_find_is_told(ida, db):
    page = ida.get("/audit/", {"text": "ab"})

    assert page.status_code == 400
    assert "At least 3 characters." in text(page)


def test_a_period_takes_what_was_written_in_it(ida, day):
    middle = AuditEvent.objects.get(kind="operation.started", task="edit").at

    assert search(ida, since=middle.isoformat()) == expected(at__gte=middle)
    assert search(ida, until=middle.isoformat())[-1] == 1
    assert search(ida, since=middle.isoformat(), until=middle.isoformat()) == expected(at=middle)
    assert search(ida, since=(middle + timedelta(days=40)).isoformat()) == []
    assert search(ida, until=(middle - timedelta(days=40)).isoformat()) == []
    assert len(search(ida, days="1")) == AuditEvent.objects.count()


@pytest.mark.parametrize(
    "wrong", [{"since": "soon"}, {"kind": "rain"}, {"actor": "nobody"}, {"days": "-1"}, {"refresh": "x"}]
)
def test_a_filter_that_means_nothing_is_told_and_shows_nothing(ida, day, wrong):
    page = ida.get("/audit/", wrong)

    assert page.status_code == 400
    assert numbers(page) == []


def choices_of_who(page):
    return re.findall(r'<option value="([^"]*)"( selected)?', page.content.decode().split('name="actor"')[1])


def test_whoever_gets_an_account_can_be_chosen_on_the_next_page(ida, day, person):
    before = choices_of_who(ida.get("/audit/"))
    person(Role.SUPPORT, "newcomer")

    assert ("newcomer", "") not in before
    assert ("newcomer", "") in choices_of_who(ida.get("/audit/"))
    assert ("newcomer", " selected") in choices_of_who(ida.get("/audit/?actor=newcomer"))
    assert ("newcomer", " selected") not in choices_of_who(ida.get("/audit/"))


def test_what_was_wrong_in_a_field_is_gone_once_it_is_right(ida, day):
    assert "is-invalid" in ida.get("/audit/?days=0").content.decode()
    assert "is-invalid" not in ida.get("/audit/?days=1").content.decode()
    assert "is-invalid" in ida.get("/audit/?days=0").content.decode()


def test_pages_go_by_key_to_both_sides_and_keep_the_filters(ida, db):
    audit.write(*(audit.Event(kind="sign_in", reason=f"number {number}") for number in range(250)))
    last = AuditEvent.objects.latest("number").number

    first = ida.get("/audit/", {"kind": "sign_in"})
    second = ida.get(next(href for href in attributes(first, "href") if "before=" in href))
    back = ida.get(next(href for href in attributes(second, "href") if "after=" in href))

    assert numbers(first)[0] == last
    assert len(numbers(first)) == len(numbers(second)) == 50
    assert numbers(second)[0] == numbers(first)[-1] - 1
    assert numbers(back) == numbers(first)
    assert parse_qs(urlsplit(next(href for href in attributes(second, "href") if "before=" in href)).query)[
        "kind"
    ] == ["sign_in"]


@pytest.mark.parametrize("key", ["x", "-1", "9" * 30, "٣"])
def test_an_odd_key_shows_a_page_all_the_same(ida, day, key):
    assert ida.get("/audit/", {"before": key}).status_code == 200
    assert ida.get("/audit/", {"after": key}).status_code == 200


def test_every_row_leads_to_its_operation_record_and_customer(ida, day):
    event = AuditEvent.objects.get(kind="operation.ended", username="initech")

    page = ida.get("/audit/", {"kind": "operation.ended", "text": "ESC-7"})

    links = attributes(page, "href")
    assert f"/operations/{event.operation_id}/" in links
    assert f"/records/{day.pk}/" in links
    assert f"/customers/{Customer.objects.get(username='initech').pk}/" in links
    assert f"/audit/{event.number}/" in links


def test_a_refusal_shows_the_upstreams_words_and_its_outcome(ida, day):
    page = text(ida.get("/audit/", {"outcome": "refused"}))

    assert "Append nobody-we-know to billing-eu" in page
    assert "SendGrid said “" in page
    assert "Refused" in page


def test_what_happened_outside_is_told_with_its_window_and_list(ida, day):
    page = ida.get("/audit/", {"source": "outside"})

    assert "acme disappeared from abuse-desk" in text(page)
    assert "between " in text(page)
    assert f"/upstream/lists/{Refresh.objects.latest('pk').pk}/" in attributes(page, "href")


def test_one_event_shows_all_that_was_written_and_its_link_in_the_chain(ida, day):
    event = AuditEvent.objects.get(kind="operation.started", task="edit")

    page = text(ida.get(f"/audit/{event.number}/"))

    assert event.hash in page
    assert event.previous_hash in page
    assert '"new_email": "eu@other.example"' in page
    assert ida.get("/audit/999999/").status_code == 404


def test_markup_and_hidden_characters_of_an_event_stay_text(ida, db):
    audit.write(
        audit.Event(kind="operation.ended", username="<b>x</b>\u202e", reason="<i>", details={"note": "<u>"})
    )
    number = AuditEvent.objects.latest("number").number

    for path in ("/audit/", f"/audit/{number}/"):
        page = ida.get(path).content.decode()
        assert "<i>" not in page
        assert "<u>" not in page
        assert "<b>x" not in page
        assert "\u202e" not in page


SENTENCES = [
    (
        "list.baseline",
        {"records": 48, "attachments": 1},
        "The first list was loaded: 48 records and 1 attachment",
    ),
    ("list.anomalies", {"anomalies": 2}, "A list had 2 anomalies"),
    (
        "list.held",
        {"records": 1, "attachments": 40},
        "A list was held: it would remove 1 record and 40 attachments",
    ),
    (
        "list.accepted",
        {"records": 0, "attachments": 12},
        "Accepted the held list, which removes 12 attachments",
    ),
    (
        "list.held",
        {"records": 0, "attachments": 0, "added_records": 19, "added_attachments": 1},
        "A list was held: it would add 19 records and 1 attachment",
    ),
    (
        "list.accepted",
        {"records": 1, "attachments": 2, "added_records": 3, "added_attachments": 4},
        "Accepted the held list, which removes 1 record and 2 attachments, and adds 3 records and 4 attachments",
    ),
    (
        "list.rejected",
        {"records": 0, "attachments": 0, "added_records": 19, "added_attachments": 0},
        "Rejected the held list, which would have added 19 records",
    ),
    ("list.rejected", {}, "Rejected the held list, which would have removed nothing"),
    ("sign_in", {}, "Signed in"),
    ("sign_in_failed", {}, "Failed to sign in"),
    ("sign_in_failed", {"step": "provider"}, "Failed to sign in by single sign-on: it was broken off"),
    (
        "sign_in_failed",
        {"step": "token", "count": 2},
        "Failed to sign in by single sign-on: what the provider said did not hold, 2 times within a minute",
    ),
    (
        "sign_in_failed",
        {"step": "account", "subject": "u-1"},
        "Failed to sign in by single sign-on: not allowed here, known there as u-1",
    ),
    ("sign_out", {}, "Signed out"),
    ("person_added", {"person": "eve", "changed": {"is_active": True}}, "Added the account eve"),
    (
        "person_changed",
        {"person": "eve", "changed": {"password": "changed"}},
        "Changed the account eve: password",
    ),
    ("person_removed", {"person": "eve"}, "Removed the account eve"),
    (
        "roles_changed",
        {"person": "eve", "change": "add", "roles": ["Auditors"]},
        "Added eve to Auditors",
    ),
    ("roles_changed", {"person": "eve", "change": "clear", "roles": ["Support"]}, "Removed eve from Support"),
    (
        "export",
        {"table": "audit", "format": "csv", "rows": 3, "filters": {"task": "append"}},
        "Exported 3 rows of the audit log as CSV (task: append)",
    ),
    (
        "settings_changed",
        {
            "changed": ["MONITOR_EMAIL_DOMAINS"],
            "before": {"MONITOR_EMAIL_DOMAINS": []},
            "now": {"MONITOR_EMAIL_DOMAINS": ["a", "b"]},
        },
        "Settings changed: MONITOR_EMAIL_DOMAINS from nothing to a, b",
    ),
    ("list.difference", {"change": "moved"}, "Difference"),
    ("job.done", {}, "Job.done"),
]


@pytest.mark.parametrize(("kind", "details", "sentence"), SENTENCES)
def test_each_kind_of_event_has_a_sentence(kind, details, sentence):
    event = AuditEvent(number=1, kind=kind, details=details)

    for write in (event_sentence, event_line):
        assert str(write(event)) == sentence
        assert strip_tags(conditional_escape(write(event))) == sentence


def test_every_kind_that_the_desk_writes_can_be_asked_for(ida, day):
    written = set(AuditEvent.objects.values_list("kind", flat=True))

    assert written <= set(Kind.values)
    assert all(ida.get("/audit/", {"kind": kind}).status_code == 200 for kind in Kind.values)


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        ("asked for", {"kind": "operation.started"}),
        ("Refused", {"outcome": "refused"}),
        ("outside the desk", {"source": "outside"}),
        ("First list loaded", {"kind": "list.baseline"}),
        ("initech billing", {"username": "initech"}),
        ("spam ESC-7", {"reason": "ESC-7 spam wave"}),
    ],
)
def test_the_text_finds_the_words_that_rows_show(ida, day, words, columns):
    found = search(ida, text=words)

    assert found
    assert set(expected(**columns)) <= set(found)


def test_every_word_must_be_there(ida, day):
    assert search(ida, text="initech nowhere-at-all") == []
    assert set(search(ida, text="support refused")) == set(expected(outcome="refused", actor_name="Support"))


def test_the_role_of_who_did_it_is_found_too(ida, day):
    of_managers = set(expected(actor_roles="Account managers"))
    assert of_managers
    assert of_managers <= set(search(ida, text="Account managers"))


# Filters that people keep


def test_a_filter_can_be_kept_used_and_forgotten(ida, day):
    response = ida.post("/audit/filters/", {"name": "Refusals", "query": "outcome=refused&task="})

    saved = SavedFilter.objects.get()
    assert response.headers["Location"] == "/audit/?outcome=refused"
    assert (saved.name, saved.query) == ("Refusals", "outcome=refused")
    page = ida.get("/audit/?outcome=refused")
    assert "Refusals" in text(page)
    assert f"/views/{saved.pk}/delete/" in attributes(page, "action")
    ida.post(f"/views/{saved.pk}/delete/")
    assert not SavedFilter.objects.exists()


def test_the_same_name_again_replaces_the_filter(ida, day):
    ida.post("/audit/filters/", {"name": "Mine", "query": "outcome=refused"})
    ida.post("/audit/filters/", {"name": "Mine", "query": "task=append"})

    assert SavedFilter.objects.get().query == "task=append"


def test_others_may_use_a_kept_filter_and_only_its_owner_or_an_administrator_forgets_it(
    ida, as_role, person, day
):
    from django.test import Client

    ida.post("/audit/filters/", {"name": "Refusals", "query": "outcome=refused"})
    path = f"/views/{SavedFilter.objects.get().pk}/delete/"
    other = Client()
    other.force_login(person(Role.AUDITORS, "another"))

    assert "/audit/?outcome=refused" in attributes(other.get("/audit/"), "href")
    assert "Only Auditors or an administrator" in text(other.post(path, follow=True))
    assert SavedFilter.objects.exists()
    as_role(Role.ADMINISTRATORS).post(path)
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("", "task=append", "A name has 1 to 100 characters."),
        ("x" * 101, "task=append", "A name has 1 to 100 characters."),
        ("x", "", "Set a filter first"),
        ("x", "before=3", "Set a filter first"),
        ("x", "kind=rain", "Select a valid choice"),
    ],
)
def test_a_filter_that_cannot_be_kept_says_why(ida, db, name, query, words):
    page = ida.post("/audit/filters/", {"name": name, "query": query})

    assert page.status_code in {400, 422}
    assert words in text(page)
    assert not SavedFilter.objects.exists()
