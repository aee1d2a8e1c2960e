"""The page for administrators: each number is one that can be checked by hand."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from monitors.models import Attachment, Customer, MonitorRecord, Refresh, Role
from monitors.models.attachment import span_of
from monitors.selectors import insight
from monitors.selectors.trend import Trend, trend
from monitors.services import attachments, day_totals
from monitors.services.submission import Submission
from monitors.views.chart import Chart
from tests.tampering import lifted
from tests.views.pages import text

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


def counts(now, days=90):
    """The same from the attachments themselves and from the totals that the worker keeps."""
    counted = trend(now, days)
    day_totals.fill()
    assert trend(now, days) == counted
    return [count for _, count in counted.days]


@pytest.fixture
def days_ago(reseller):
    """The first list came ten days ago, and attachments are put where the test wants them."""
    now = timezone.now().replace(hour=12)
    with lifted():
        Refresh.objects.update(asked_at=now - timedelta(days=10), answered_at=now - timedelta(days=10))
        Attachment.objects.all().delete()

    def attachment(customer, record, begin, end=None):
        at, until = now - timedelta(days=begin), now - timedelta(days=end) if end is not None else None
        Attachment.objects.create(
            customer=Customer.objects.get(username=customer),
            record=MonitorRecord.objects.get(name=record),
            attached_at=at,
            since=at,
            detached_at=until,
            span=span_of(at, until) if until else 0,
        )

    return attachment


def test_each_day_counts_those_monitored_at_its_end(days_ago):
    days_ago("acme", "often", 9)
    days_ago("globex", "often", 8, 6)
    days_ago("initech", "often", 3, 3)

    assert counts(timezone.now().replace(hour=12)) == [0, 1, 2, 2, 1, 1, 1, 1, 1, 1, 1]


def test_a_customer_on_several_records_counts_once_however_its_attachments_overlap(days_ago):
    days_ago("acme", "often", 9, 4)
    days_ago("acme", "rarely", 8, 7)
    days_ago("acme", "idle", 6, 2)
    days_ago("globex", "often", 5)
    days_ago("globex", "rarely", 3)

    assert counts(timezone.now().replace(hour=12)) == [0, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1]


def test_a_short_period_knows_who_was_there_before_it(days_ago):
    days_ago("acme", "often", 9)
    days_ago("globex", "often", 8, 4)
    days_ago("globex", "rarely", 7, 1)

    assert counts(timezone.now().replace(hour=12), 3) == [2, 1, 1]


def test_the_line_begins_with_the_first_list(days_ago):
    assert len(counts(timezone.now(), 365)) == 11
    with lifted():
        Refresh.objects.all().delete()
    assert counts(timezone.now(), 365) == [0]


@pytest.mark.parametrize(
    ("peak", "ceiling"), [(0, 2), (1, 2), (3, 4), (7, 8), (9, 10), (11, 12), (10_758, 12_000)]
)
def test_the_scale_is_round_and_has_a_whole_half(peak, ceiling):
    chart = Chart(Trend([(date(2026, 3, 3), 0), (date(2026, 3, 4), peak)]), "Customers")

    assert (chart.ceiling, chart.half) == (ceiling, ceiling // 2)
    assert chart.line.startswith("0.0,200.0 ")


def test_loose_ends_are_found(reseller, settings):
    now = timezone.now()
    settings.MONITOR_EMAIL_DOMAINS = ["northmail.example"]
    old = now - timedelta(days=31)
    with lifted():
        Attachment.objects.filter(customer__username__in=["acme", "globex"]).update(since=old)
    Attachment.objects.filter(customer__username="globex").update(reason="T-1")

    assert [record.name for record in insight.without_customers()] == ["idle"]
    old = insight.long_without_reason(now - insight.REASON_GRACE)
    assert [attachment.customer.username for attachment in old] == ["acme"]
    assert [record.name for record in insight.outside_allow_list()] == ["rarely"]


def test_samples_are_only_what_the_rate_can_say(reseller):
    samples = insight.panels(timezone.now(), None).samples

    assert samples.share == pytest.approx(2 / 10 + 1 / 1000)
    assert [record.name for record in samples.busiest] == ["often", "rarely"]

    MonitorRecord.objects.filter(name="rarely").update(frequency=None)
    assert insight.panels(timezone.now(), None).samples.unreadable_count == 1


@pytest.fixture
def ben(as_role):
    return as_role(Role.ADMINISTRATORS)


def test_the_page_draws_the_line_and_says_what_cannot_be_known(days_ago, ben):
    days_ago("acme", "often", 9)

    page = ben.get("/insight/")

    assert "<polyline points=" in page.content.decode()
    assert "style=" not in page.content.decode()
    assert "The API does not report message volumes" in text(page)


def test_the_volume_is_an_assumption_of_the_reader(reseller, ben):
    assert "Estimate: 2,010 samples" in text(ben.get("/insight/", {"volume": "10000"}))
    assert "Estimate: 201 samples" in text(ben.get("/insight/", {"volume": "many"}))


def test_the_most_active_people_are_listed_with_what_they_did(reseller, ben, manager):
    often = MonitorRecord.objects.get(name="often")
    attachments.detach(submission=Submission(actor=manager), record=often, user="acme")
    attachments.append(submission=Submission(actor=manager), record=often, user="acme")

    assert "Account_Managers 2 operations, 1 append, 1 detach" in text(ben.get("/insight/"))


@pytest.mark.parametrize(
    "query", [{"days": "365"}, {"days": "7"}, {"days": "x"}, {"volume": "9" * 40}, {"volume": "0"}]
)
def test_an_invalid_query_still_gets_a_page(ben, db, query):
    assert ben.get("/insight/", query).status_code == 200


def test_before_the_first_list_nothing_is_counted(ben, db):
    page = ben.get("/insight/")

    assert "No list loaded yet" in text(page)
    assert "<svg" not in page.content.decode().partition('id="sheet"')[2]
    assert "without customers" not in text(page)


def test_the_first_day_has_a_chart_too(reseller, ben):
    page = ben.get("/insight/")

    assert "Monitored customers: 3 on the first day" in page.content.decode()
    assert 'points="0.0,50.0 1000.0,50.0"' in page.content.decode()


def test_a_panel_that_has_too_many_says_so(reseller, ben, monkeypatch):
    monkeypatch.setattr(insight, "MAX_COUNTED", 0)

    assert "Records without customers more than 0" in text(ben.get("/insight/"))


def test_what_insight_remembers_follows_what_is_written(reseller, ben, manager):
    assert "Records without customers 1" in text(ben.get("/insight/"))

    idle = MonitorRecord.objects.get(name="idle")
    attachments.append(submission=Submission(actor=manager), record=idle, user="acme", elsewhere="too")

    page = text(ben.get("/insight/"))
    assert "Records without customers 0" in page
    assert "Customers on several records 1" in page
