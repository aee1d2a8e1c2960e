"""A list that would change too much: loud until somebody decides, quiet while a rejected one keeps coming."""

import csv
import io
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from monitors.models import AuditEvent, HeldChange, Mirror, Refresh, RefreshOutcome, Role
from tests.tampering import lifted
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db

HEAD = ["Change", "Record", "Customer", "Mailbox", "One sample in", "New mailbox", "New sample in"]
CUSTOMERS = tuple(f"customer-{number:02}" for number in range(40))


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)


@pytest.fixture
def held(db):
    now = timezone.now()
    rejected_list = Refresh.objects.create(
        asked_at=ago(10), outcome="held", records=5, removed_records=1, removed_attachments=400, digest="x"
    )
    Mirror.objects.update(asked_at=ago(20), held=rejected_list, worker_seen_at=now)
    return rejected_list


def banners(response):
    return attributes(response, "data-banner")


def decide(as_role, held, decision):
    return as_role(Role.ADMINISTRATORS).post(f"/upstream/held/{held.pk}/", {"decision": decision})


def test_a_held_list_is_told_to_everybody_and_decided_by_an_administrator(as_role, held):
    manager, administrator = as_role(Role.ACCOUNT_MANAGERS), as_role(Role.ADMINISTRATORS)

    page = text(manager.get("/upstream/"))

    assert banners(manager.get("/")) == ["held"]
    assert "would remove 1 record and 400 attachments" in text(manager.get("/"))
    assert "Answers not applied until an administrator decides" in page
    assert "An administrator can accept or reject it." in page
    assert "Reject the list" not in page
    assert "Reject the list" in text(administrator.get("/upstream/"))


def test_after_the_rejection_one_quiet_line_names_who_rejected_it(as_role, held):
    decide(as_role, held, "reject")
    manager = as_role(Role.ACCOUNT_MANAGERS)

    page, health = manager.get("/"), text(manager.get("/upstream/"))

    assert banners(page) == ["rejected"]
    assert "SendGrid keeps sending the list that Administrators rejected at" in text(page)
    assert "Answers not applied because the list was rejected" in health
    assert "Rejected by Administrators" in health


def test_the_same_list_again_was_rejected_by_nobody_and_can_still_be_accepted(as_role, held):
    decide(as_role, held, "reject")
    held.refresh_from_db()
    again = Refresh.objects.create(
        asked_at=timezone.now(),
        outcome=RefreshOutcome.REJECTED,
        digest="x",
        decided_by=held.decided_by,
        decided_at=held.decided_at,
    )
    Mirror.objects.update(held=again)
    administrator = as_role(Role.ADMINISTRATORS)

    page = text(administrator.get("/upstream/"))
    decide(as_role, again, "accept")

    assert "The rejected list again" in page
    assert page.count("Rejected by Administrators") == 1
    assert "Accept the changes" in page
    assert "Reject the list" not in page
    assert Mirror.objects.get().accepted == again
    assert banners(administrator.get("/")) == []


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"removed_records": 2}, "would remove 2 records"),
        ({"added_records": 1_200}, "would add 1,200 records"),
        (
            {"removed_attachments": 1, "added_records": 19, "added_attachments": 4},
            "would remove 1 attachment, and add 19 records and 4 attachments",
        ),
    ],
)
def test_a_held_list_says_what_it_would_remove_and_add(as_role, held, counts, words):
    nothing = dict.fromkeys(
        ("removed_records", "removed_attachments", "added_records", "added_attachments"), 0
    )
    with lifted():
        Refresh.objects.update(**nothing | counts)
    manager = as_role(Role.ACCOUNT_MANAGERS)

    for path in ("/", "/upstream/", f"/upstream/lists/{held.pk}/"):
        assert words in text(manager.get(path)).replace("It would", "would")


def test_the_page_of_a_held_list_shows_row_by_row_what_it_would_change(as_role, held):
    What = HeldChange.What
    HeldChange.objects.create(refresh=held, what=What.RECORD_ADDED, record="garbage\u202e 1")
    HeldChange.objects.create(refresh=held, what=What.CUSTOMER_REMOVED, record="abuse", username="acme")
    manager = as_role(Role.ACCOUNT_MANAGERS)

    page = manager.get(f"/upstream/lists/{held.pk}/")

    assert attributes(page, "data-change") == ["record_added", "customer_removed"]
    assert "Record would come garbageU+202E 1" in text(page)
    assert "Customer would go abuse acme" in text(page)
    assert "Differences" not in text(page)
    assert f"/upstream/lists/{held.pk}/" in attributes(manager.get("/upstream/"), "href")


def test_the_rows_of_a_held_list_come_fifty_a_page(as_role, held):
    HeldChange.objects.bulk_create(
        HeldChange(refresh=held, what=HeldChange.What.RECORD_ADDED, record=f"garbage {n}") for n in range(51)
    )

    page = as_role(Role.ACCOUNT_MANAGERS).get(f"/upstream/lists/{held.pk}/?page=2")

    assert attributes(page, "data-change") == ["record_added"]
    assert "51–51 of 51" in text(page)


def test_a_held_list_that_another_one_followed_says_that_its_rows_are_gone(as_role, held):
    page = text(as_role(Role.ACCOUNT_MANAGERS).get(f"/upstream/lists/{held.pk}/"))

    assert "The rows are no longer stored" in page


def test_a_held_list_that_another_one_followed_asks_for_no_decision(as_role, held):
    administrator, address = as_role(Role.ADMINISTRATORS), f"/upstream/lists/{held.pk}/"
    assert "Reject the list" in text(administrator.get(address))
    Mirror.objects.update(held=None)

    page = text(administrator.get(address))

    assert "There is nothing to decide on this one." in page
    assert "Reject the list" not in page


def test_the_page_of_an_applied_list_has_no_such_table(as_role, held):
    with lifted():
        Refresh.objects.update(outcome=RefreshOutcome.APPLIED, answered_at=timezone.now(), bytes=2)

    page = text(as_role(Role.ACCOUNT_MANAGERS).get(f"/upstream/lists/{held.pk}/"))

    assert "Differences 0" in page
    assert "What it would change" not in page


@pytest.fixture
def big(desk, load):
    """A held list that takes 30 of 40 customers, changes one record and brings another."""
    for name in CUSTOMERS[:30]:
        desk.store.detach(name="billing-watch", user=name)
    desk.store.edit(name="abuse-desk", new_email="other@northmail.example", new_frequency=50)
    desk.store.create(name="garbage", email="g@northmail.example", frequency=7)
    load()
    return Mirror.objects.select_related("held").get().held


@pytest.fixture
def desk(upstream, load):
    rows = [
        ("abuse-desk", "abuse@northmail.example", 100, ("acme",)),
        ("billing-watch", "billing@northmail.example", 1000, CUSTOMERS),
    ]
    upstream.store.seed(records=rows)
    load()
    return upstream


def rows(answer):
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))


def changes_of(client, held, **asked):
    return client.get(f"/upstream/lists/{held.pk}/", asked)


def test_every_record_and_customer_that_would_go_or_come_is_shown_before_somebody_decides(as_role, big):
    administrator = as_role(Role.ADMINISTRATORS)

    page = changes_of(administrator, big)

    assert attributes(page, "data-change") == [
        *("record_added", "record_changed"),
        *["customer_removed"] * 30,
    ]
    assert "garbage 1 in 7 to g@northmail.example" in text(page)
    assert "mailbox from abuse@northmail.example to other@northmail.example, sample from 1 in 100" in text(
        page
    )
    assert "Most customers would go from billing-watch (30)" in text(page)
    assert "Accept the changes" in text(page)
    assert f"/upstream/held/{big.pk}/" in attributes(page, "action")


def test_changes_are_found_by_kind_and_by_name(ana, big):
    page = changes_of(ana, big, filter="record_changed")
    assert attributes(page, "data-change") == ["record_changed"]
    assert "All 32" in text(page)
    assert "Customers that would go 30" in text(page)

    for typed, found in (("CUSTOMER-07", 1), ("billing", 30), ("nobody", 0)):
        assert len(attributes(changes_of(ana, big, q=typed), "data-change")) == found, typed
    assert "No matching changes" in text(changes_of(ana, big, q="nobody"))


def test_names_lead_to_what_the_desk_knows_of_them(ana, big, record_named):
    hrefs = attributes(changes_of(ana, big), "href")

    assert f"/records/{record_named('billing-watch').pk}/" in hrefs
    assert sum(address.startswith("/customers/") for address in hrefs) >= 30


def test_the_file_holds_what_the_page_is_narrowed_to_and_is_in_the_log(as_role, big):
    auditor = as_role(Role.AUDITORS)
    page = changes_of(auditor, big, filter="customer_removed", q="customer-0")
    address = next(each for each in attributes(page, "action") if "changes.csv" in each)

    head, *lines = rows(auditor.post(address))

    assert head == HEAD
    assert len(lines) == 10
    assert lines[0] == ["Customer would go", "billing-watch", "customer-00", "", "", "", ""]
    event = AuditEvent.objects.get(kind="export")
    assert event.details["rows"] == 10
    assert event.details["filters"] == {"list": str(big.pk), "filter": "customer_removed", "q": "customer-0"}


def test_the_whole_file_has_the_fields_of_records_before_and_after(as_role, big):
    _, *lines = rows(as_role(Role.ADMINISTRATORS).post(f"/upstream/lists/{big.pk}/changes.csv"))

    changed = ["abuse@northmail.example", "100", "other@northmail.example", "50"]
    assert lines[0] == ["Record would come", "garbage", "", "", "", "g@northmail.example", "7"]
    assert lines[1] == ["Record would change", "abuse-desk", "", *changed]
    assert len(lines) == 32


def test_a_file_is_for_those_who_may_export(as_role, big):
    assert "changes.csv" not in changes_of(as_role(Role.SUPPORT), big).content.decode()


def test_the_page_of_a_held_list_does_not_say_that_it_was_taken(ana, big):
    page = text(changes_of(ana, big))

    assert "Differences" not in page
    assert "Every row of it can be read; none was applied." in page
    assert "as received" not in page
    assert "not applied" in text(ana.get("/upstream/"))


def test_the_page_of_the_held_list_has_no_banner_that_leads_to_itself(ana, big):
    page, elsewhere = changes_of(ana, big, filter="record_added"), ana.get("/customers/")
    polled = ana.get(
        f"/upstream/?part=frame&list={quote(Mirror.objects.get().asked_at.isoformat())}",
        HTTP_HX_REQUEST="true",
        HTTP_HX_CURRENT_URL=f"http://testserver/upstream/lists/{big.pk}/?filter=record_added",
    )

    assert "held" not in banners(page) + banners(polled)
    assert "List held" in text(page)
    assert "List held" in text(ana.get("/upstream/"))
    assert "held" not in banners(ana.get("/upstream/"))
    assert "held" in banners(elsewhere)


def test_the_page_of_the_held_list_stays_where_one_decides_when_the_same_list_comes_again(as_role, big, load):
    administrator = as_role(Role.ADMINISTRATORS)
    load()
    load()
    again = Mirror.objects.get().held

    page = changes_of(administrator, big)

    assert f"/upstream/held/{again.pk}/" in attributes(page, "action")
    assert "the same as this one" in text(page)
    assert "nothing to decide" not in text(page)
    assert "held" not in banners(page)


def test_the_page_of_a_held_list_that_a_different_one_followed_leads_to_that_one(as_role, big, desk, load):
    desk.store.create(name="more", email="m@northmail.example", frequency=7)
    load()

    page = changes_of(as_role(Role.ADMINISTRATORS), big)

    assert "held" in banners(page)
    assert "There is nothing to decide on this one." in text(page)
    assert f"/upstream/lists/{Mirror.objects.get().held_id}/" in attributes(page, "href")


def test_the_same_list_again_shows_the_same_changes_without_storing_them_again(ana, big, load):
    stored = HeldChange.objects.count()
    load()
    again = Mirror.objects.get().held

    assert again.pk != big.pk
    assert HeldChange.objects.count() == stored == 32
    assert len(attributes(changes_of(ana, again), "data-change")) == 32


def test_what_somebody_decided_on_stays_to_be_seen(as_role, big, load):
    load()
    again = Mirror.objects.get().held
    administrator = as_role(Role.ADMINISTRATORS)
    administrator.post(f"/upstream/held/{again.pk}/", {"decision": "accept"})
    load()

    assert Mirror.objects.get().held is None
    assert len(attributes(changes_of(administrator, again), "data-change")) == 32


def test_a_long_list_of_changes_takes_as_few_queries(ana, big, django_assert_max_num_queries):
    HeldChange.objects.bulk_create(
        HeldChange(refresh=big, what="record_added", record=f"more {n}", words=f"more {n}")
        for n in range(200)
    )
    for asked in ({}, {"page": "last"}, {"q": "more"}):
        with django_assert_max_num_queries(11):
            changes_of(ana, big, **asked)
