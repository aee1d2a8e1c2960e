"""What the pages of evidence cost in queries, however much they show."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Attachment, Refresh, Role
from monitors.services import attachments, day_totals
from monitors.services.submission import Submission
from tests.tampering import lifted

pytestmark = pytest.mark.django_db

CUSTOMERS = tuple(f"customer-{number:03}" for number in range(130))
MOMENT = "yesterday"


@pytest.fixture
def root(as_role):
    return as_role(Role.ADMINISTRATORS)


@pytest.fixture
def full_desk(upstream, load, manager, record_named):
    rows = [(f"record-{number:03}", "a@northmail.example", 1, CUSTOMERS[:1]) for number in range(120)]
    upstream.store.seed(records=[*rows, ("largest", "b@northmail.example", 1, CUSTOMERS)])
    load()
    for user in CUSTOMERS[1:5]:
        attachments.append(
            submission=Submission(actor=manager),
            record=record_named("record-001"),
            user=user,
            elsewhere="too",
        )
    long_ago = timezone.now() - timedelta(days=3)
    with lifted():
        Refresh.objects.update(asked_at=long_ago, answered_at=long_ago)
        Attachment.objects.filter(is_baseline=True).update(attached_at=long_ago, since=long_ago)
    day_totals.fill()


@pytest.mark.usefixtures("full_desk")
@pytest.mark.parametrize("has_been_read", [False, True])
@pytest.mark.parametrize(
    "path",
    [
        "/monitored/",
        "/monitored/?sort=-since",
        "/monitored/?sort=record",
        "/monitored/?after=A_KEY",
        "/monitored/?before=A_KEY",
        "/monitored/?record=largest",
        f"/monitored/?at={MOMENT}",
        f"/monitored/?at={MOMENT}&after=A_KEY",
        "/audit/",
        "/audit/?before=20",
        "/audit/?task=append",
        "/audit/?customer=%231",
    ],
)
def test_a_page_of_evidence_takes_six_queries(root, django_assert_max_num_queries, path, has_been_read):
    address = path.replace(MOMENT, f"{timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%S}")
    address = address.replace("A_KEY", str(Attachment.objects.order_by("pk")[60].pk))
    if has_been_read:
        root.get(address)

    with django_assert_max_num_queries(6):
        assert root.get(address).status_code == 200


@pytest.mark.usefixtures("full_desk")
@pytest.mark.parametrize("days", ["30", "365"])
def test_insight_takes_six_queries_whatever_was_written(root, django_assert_max_num_queries, days):
    with django_assert_max_num_queries(6):
        root.get("/insight/", {"days": days})
