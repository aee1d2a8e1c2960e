"""The page for administrators: each number is one that can be checked by hand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Attachment, MonitorRecord
from monitors.selectors import insight
from monitors.services import attachments

pytestmark = pytest.mark.django_db


@pytest.fixture
def reseller(upstream, load):
    upstream.store.seed(
        records=[
            ("often", "a@northmail.example", 10, ["acme", "globex"]),
            ("rarely", "b@elsewhere.example", 1000, ["initech"]),
            ("idle", "c@northmail.example", 5, []),
        ],
        customers=["acme", "globex", "initech"],
    )
    load()


def test_the_trend_is_counted_back_from_the_present(reseller, manager):
    now = timezone.now()
    Attachment.objects.filter(customer__username="initech").update(attached_at=now - timedelta(days=3))
    Attachment.objects.exclude(customer__username="initech").update(attached_at=now - timedelta(days=1))
    often = MonitorRecord.objects.get(name="often")
    attachments.detach(actor=manager, record=often, user="acme")

    trend = insight.trend(now)

    assert [count for _, count in trend.days[-2:]] == [3, 2]
    assert trend.most == 3
    assert trend.line.startswith("0.0,")


def test_loose_ends_are_found(reseller, settings):
    now = timezone.now()
    settings.MONITOR_EMAIL_DOMAINS = ["northmail.example"]
    old = now - timedelta(days=31)
    Attachment.objects.filter(customer__username__in=["acme", "globex"]).update(since=old)
    Attachment.objects.filter(customer__username="globex").update(reason="T-1")

    assert [record.name for record in insight.without_customers()] == ["idle"]
    assert [stay.customer.username for stay in insight.old_without_reason(now)] == ["acme"]
    assert [record.name for record in insight.strange_mailboxes()] == ["rarely"]


def test_samples_are_only_what_the_rate_can_say(reseller):
    found = insight.samples()

    assert found.per_thousand == pytest.approx(1000 * (2 / 10 + 1 / 1000))
    assert [record.name for record in found.busiest] == ["often", "rarely"]

    MonitorRecord.objects.filter(name="rarely").update(frequency=None)
    assert insight.samples().unread == 1


def test_the_page_says_what_cannot_be_known(reseller, client, person):
    from monitors.models import Role

    client.force_login(person(Role.ADMINISTRATORS))

    page = client.get("/insight/").content.decode()

    assert "The API tells nobody" in page
    assert "<polyline points=" in page
    assert "style=" not in page


def test_an_empty_desk_has_a_page_too(client, person):
    from monitors.models import Role

    client.force_login(person(Role.ADMINISTRATORS))

    assert client.get("/insight/").status_code == 200
