"""The customers of a record and the estimated samples of a mailbox, day by day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Attachment, Customer, MonitorRecord, RecordRevision, Refresh
from monitors.models.attachment import span_of
from monitors.selectors import mailboxes, trend
from monitors.selectors.mirror import desk as frame_of
from tests.tampering import lifted
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(hour=12)
SHARED = "abuse@northmail.example"


@pytest.fixture
def ten_days(desk):
    """The first list came ten days ago; two records share a mailbox."""
    began = NOW - timedelta(days=10)
    with lifted():
        Refresh.objects.update(asked_at=began, answered_at=began)
        MonitorRecord.objects.update(first_seen=began, email=SHARED)
        RecordRevision.objects.update(since=began, email=SHARED)
        Attachment.objects.all().delete()


@pytest.fixture
def attach(ten_days):
    def attachment(customer, record, begin, end=None):
        at, until = NOW - timedelta(days=begin), None if end is None else NOW - timedelta(days=end)
        row = MonitorRecord.objects.get(name=record)
        Attachment.objects.create(
            customer=Customer.objects.get(username=customer),
            record=row,
            attached_at=at,
            since=at,
            detached_at=until,
            span=span_of(at, until) if until else 0,
        )
        row.customer_count = row.attachments.filter(detached_at=None).count()
        row.save()

    MonitorRecord.objects.update(customer_count=0)
    return attachment


def of_record(days=90):
    return [
        count for _, count in trend.of_record(MonitorRecord.objects.get(name="abuse-desk"), NOW, days).days
    ]


def test_each_day_has_the_customers_that_the_record_had_at_its_end(attach):
    attach("acme", "abuse-desk", 10)
    attach("globex", "abuse-desk", 8, 3)
    attach("acme", "billing-watch", 5)

    assert of_record() == [1, 1, 2, 2, 2, 2, 2, 1, 1, 1, 1]
    assert of_record(30) == of_record()


def test_a_short_period_counts_back_from_now(attach, monkeypatch):
    attach("acme", "abuse-desk", 10, 1)
    attach("globex", "abuse-desk", 2)
    monkeypatch.setattr(trend, "first_day", lambda now, *_: now.date() - timedelta(days=2))

    assert of_record() == [2, 1, 1]


def test_a_record_that_is_gone_has_nobody_now(attach):
    attach("acme", "abuse-desk", 5, 1)
    MonitorRecord.objects.filter(name="abuse-desk").update(gone_at=NOW - timedelta(days=1), customer_count=7)

    assert of_record()[-3:] == [1, 0, 0]


def shared_box():
    box = mailboxes.get(SHARED, frame_of(mailboxes.to_show(SHARED)).beside)
    return mailboxes.with_revisions(box, NOW - timedelta(days=90))


def test_samples_of_all_records_that_share_a_mailbox_are_added_up(attach):
    attach("acme", "abuse-desk", 9)
    attach("globex", "billing-watch", 4)

    box = shared_box()
    days = mailboxes.samples_by_day(box, NOW, NOW.date() - timedelta(days=10), 1000).days

    assert [count for _, count in days] == pytest.approx([0, *[10] * 5, *[11] * 5])
    assert (box.records, box.attachments) == (2, 2)
    assert box.samples(1000) == pytest.approx(11)


def test_a_day_is_reckoned_at_the_rate_and_for_the_mailbox_of_that_day(attach):
    attach("acme", "abuse-desk", 9)
    moved = NOW - timedelta(days=3)
    first = RecordRevision.objects.get(record__name="abuse-desk")
    RecordRevision.objects.filter(pk=first.pk).update(until=moved)
    RecordRevision.objects.create(
        record=first.record, name="abuse-desk", email="else@x.example", frequency=1, since=moved
    )
    MonitorRecord.objects.filter(pk=first.record_id).update(email="else@x.example")

    box = shared_box()
    days = mailboxes.samples_by_day(box, NOW, NOW.date() - timedelta(days=10), 1000).days

    assert [count for _, count in days] == pytest.approx([0, *[10] * 6, *[0] * 4])
    assert box.records == 1


def test_the_page_of_a_record_leads_to_its_chart_which_has_a_title_and_a_table(attach, ana, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)  # a run may last beyond midnight
    attach("acme", "abuse-desk", 10)
    attach("globex", "abuse-desk", 2)
    record = MonitorRecord.objects.get(name="abuse-desk")
    path = f"/records/{record.pk}/trend/"

    assert path in attributes(ana.get(f"/records/{record.pk}/"), "href")
    page = ana.get(path, {"days": "30"})
    assert 'aria-labelledby="chart-title"' in page.content.decode()
    assert "Customers: from 1 to 2 in 11 days, at most 2" in page.content.decode()
    assert page.content.decode().count('data-label="Customers"') == 11


def test_a_chart_takes_few_queries(attach, ana, django_assert_max_num_queries):
    attach("acme", "abuse-desk", 10)
    record = MonitorRecord.objects.get(name="abuse-desk")
    for path in (f"/records/{record.pk}/trend/", f"/mailboxes/{SHARED}/?filter=samples"):
        with django_assert_max_num_queries(6):
            assert "<polyline" in ana.get(path).content.decode()


def test_an_estimate_under_a_tenth_is_not_called_none(attach, ana):
    MonitorRecord.objects.update(frequency=1_000_000)
    attach("acme", "abuse-desk", 10)

    assert "Estimated samples under 0.1 · if each customer" in text(ana.get(f"/mailboxes/{SHARED}/"))
