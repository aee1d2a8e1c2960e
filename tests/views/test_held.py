"""A list that would remove too much: loud until somebody decides, quiet while a rejected one keeps coming."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Mirror, Refresh, RefreshOutcome, Role
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
    assert "Accept the removals" in page
    assert "Reject the list" not in page
    assert Mirror.objects.get().accepted == again
    assert banners(administrator.get("/")) == []
