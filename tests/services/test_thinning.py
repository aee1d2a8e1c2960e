"""Old lists without news are removed, and nothing that a page or a proof refers to."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from monitors.models import (
    Attachment,
    Mirror,
    MonitorRecord,
    RecordRevision,
    Refresh,
    RefreshAnomaly,
    RefreshOutcome,
    Task,
)
from monitors.selectors import exports, monitored
from monitors.services import clock
from monitors.services.lists import thinning
from monitors.services.log import audit
from tests.services.rows import a_record, an_attachment, an_operation, minute
from tests.tampering import lifted

pytestmark = pytest.mark.django_db

U, A, F = RefreshOutcome.UNCHANGED, RefreshOutcome.APPLIED, RefreshOutcome.FAILED
LATER = timedelta(days=40)


def lists(*outcomes, **columns):
    return [
        Refresh.objects.create(
            asked_at=minute(5 * number), answered_at=minute(5 * number + 1), outcome=outcome, **columns
        )
        for number, outcome in enumerate(outcomes)
    ]


def thinned(*, after=LATER):
    with clock.reading(lambda: minute(0) + after):
        thinning.thin()
    return [round((row.asked_at - minute(0)).total_seconds() / 300) for row in Refresh.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("outcomes", "kept"),
    [
        ((A, U, U, U, U, A), [0, 1, 4, 5]),
        ((U, U, U), [0, 2]),
        ((U, U), [0, 1]),
        ((A, U, A, U, A), [0, 1, 2, 3, 4]),
        ((U, U, U, F, U, U, U), [0, 2, 3, 4, 6]),
        ((U, F, F, F, F, U), [0, 1, 4, 5]),
        ((A, A, A), [0, 1, 2]),
        ((RefreshOutcome.HELD,) * 3, [0, 1, 2]),
    ],
)
def test_of_each_run_without_news_the_first_and_the_last_stay(outcomes, kept):
    lists(*outcomes)

    assert thinned() == kept
    assert thinned() == kept


def test_failures_of_different_reasons_are_different_runs():
    for row, note in zip(lists(F, F, F, F), ("No route", "No route", "Silent", "Silent"), strict=True):
        Refresh.objects.filter(pk=row.pk).update(note=note)

    assert thinned() == [0, 1, 2, 3]


def test_the_last_month_stays_whole():
    lists(U, U, U, U, U, U)

    assert thinned(after=timedelta(days=31, minutes=11)) == [0, 3, 4, 5]


def test_a_run_longer_than_a_chunk_is_one_run(monkeypatch):
    monkeypatch.setattr(thinning, "_CHUNK_ROWS", 2)
    lists(A, U, U, U, U, U, A)

    assert thinned() == [0, 1, 5, 6]


def refer_by_operation(row):
    an_operation(Task.APPEND, username="acme", settled_by=row, settled_at=minute(9))


def refer_by_refusal(row):
    an_operation(Task.APPEND, username="acme", shown_by=row)


def refer_by_event(row):
    audit.write(audit.Event(kind="list.anomalies", refresh_id=row.pk))


def refer_by_anomalies(row):
    RefreshAnomaly.objects.create(refresh=row, kind="no_name")


def refer_by_a_later_list(row):
    Refresh.objects.order_by("pk").filter(pk__gt=row.pk).update(anomalies_of=row)


def refer_by_the_mirror(row):
    Mirror.objects.update(accepted=row)


def refer_by_a_person(row):
    row.actor = User.objects.create(username="ana")
    row.save()


def refer_by_an_attachment(row):
    an_attachment(a_record(), "acme")
    Attachment.objects.update(attached_after=row.asked_at)


def refer_by_an_end(row):
    an_attachment(a_record(), "acme")
    Attachment.objects.update(detached_after=row.asked_at)


def refer_by_a_revision(row):
    a_record()
    RecordRevision.objects.update(since_after=row.asked_at)


def refer_by_the_end_of_a_revision(row):
    a_record()
    RecordRevision.objects.update(until_after=row.asked_at)


@pytest.mark.parametrize(
    "refer",
    [
        refer_by_operation,
        refer_by_refusal,
        refer_by_event,
        refer_by_anomalies,
        refer_by_a_later_list,
        refer_by_the_mirror,
        refer_by_a_person,
        refer_by_an_attachment,
        refer_by_an_end,
        refer_by_a_revision,
        refer_by_the_end_of_a_revision,
    ],
)
def test_what_anything_refers_to_stays(refer):
    rows = lists(A, U, U, U, U, A)
    with lifted():
        refer(rows[2])

    assert thinned() == [0, 1, 2, 4, 5]


def test_who_may_have_been_monitored_is_answered_as_before(upstream, load):
    """Lists around a moment are further apart then, and what began outside lies in the same window."""
    upstream.store.seed(records=[("one", "a@northmail.example", 5, ["acme"])], customers=["globex"])
    load()
    for _ in range(5):
        load()
    upstream.store.append(user="globex", name="one")
    load()
    moments = [row.answered_at + timedelta(milliseconds=1) for row in Refresh.objects.order_by("pk")]
    before = [_picture(moment) for moment in moments]

    with clock.reading(lambda: moments[-1] + LATER):
        assert thinning.thin() == 3

    assert [_picture(moment) for moment in moments] == before
    assert MonitorRecord.objects.count() == 1


def _picture(moment):
    keys = exports.keys(monitored.in_order(Attachment.objects.lasting_at(moment), "customer"))
    rows = exports.attachments(keys, moment=moment)
    return [row.attachment.customer__username for row in rows], monitored.possible(moment).count()
