"""A list that would change too much: loud until somebody decides, quiet while a rejected one keeps coming."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import HeldChange, Mirror, Refresh, RefreshOutcome, Role
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


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
        ({"removed_records": 2}, "would remove 2 records and 0 attachments"),
        ({"added_records": 1_200}, "would add 1,200 records and 0 attachments"),
        (
            {"removed_attachments": 1, "added_records": 19, "added_attachments": 4},
            "would remove 0 records and 1 attachment, and add 19 records and 4 attachments",
        ),
    ],
)
def test_a_held_list_says_what_it_would_remove_and_add(as_role, held, counts, words):
    nothing = dict.fromkeys(
        ("removed_records", "removed_attachments", "added_records", "added_attachments"), 0
    )
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
    assert "Record added garbageU+202E 1 none" in text(page)
    assert "Customer removed abuse acme" in text(page)
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


def test_the_page_of_an_applied_list_has_no_such_table(as_role, held):
    Refresh.objects.update(outcome=RefreshOutcome.APPLIED, answered_at=timezone.now(), bytes=2)

    page = text(as_role(Role.ACCOUNT_MANAGERS).get(f"/upstream/lists/{held.pk}/"))

    assert "Differences 0" in page
    assert "would change" not in page
