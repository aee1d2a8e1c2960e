"""Deciding how long customers stay: for many at once, each with an event that says what was before and after."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from monitors.models import Attachment, AuditEvent, Operation, Role, Source, State, Task
from monitors.services import clock, stays
from monitors.services.errors import Denied, Invalid
from monitors.services.submission import Submission
from tests.services.rows import a_record, an_attachment, an_operation, minute

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(db):
    record = a_record()
    return [an_attachment(record, user) for user in ("acme", "globex")]


@pytest.fixture
def by(support):
    return Submission(actor=User.objects.get(pk=support.pk), reason="ESC-4")


@pytest.fixture(autouse=True)
def noon():
    with clock.reading(lambda: minute(0)):
        yield


def keys(rows):
    return [row.pk for row in rows]


def test_many_get_another_end_at_once_and_each_has_an_event(rows, by):
    done = stays.extend(submission=by, keys=keys(rows), until_text="4h")

    assert [row.customer.username for row in done] == ["acme", "globex"]
    assert {row.expires_at for row in Attachment.objects.all()} == {minute(240)}
    first, second = AuditEvent.objects.filter(kind="attachment.end_set").order_by("number")
    assert (first.username, first.reason, first.actor_name) == ("acme", "ESC-4", "Support")
    assert first.details["before"]["expires_at"] is None
    assert first.details["after"]["expires_at"] == minute(240).isoformat()
    assert second.username == "globex"


def test_another_end_is_a_decision(rows, by):
    stays.extend(submission=by, keys=keys(rows), until_text="none")

    row = Attachment.objects.first()
    assert (row.is_endless, row.kept_at) == (True, minute(0))


@pytest.mark.parametrize("act", [stays.keep, lambda **given: stays.extend(**given, until_text="4h")])
def test_a_reason_is_needed(rows, by, act):
    silent = Submission(actor=by.actor, reason="  ")

    with pytest.raises(Invalid) as refused:
        act(submission=silent, keys=keys(rows))

    assert refused.value.field == "reason"
    assert not AuditEvent.objects.filter(kind__startswith="attachment.").exists()


def test_who_is_kept_stays_as_they_are_and_gets_the_reason_that_was_missing(rows, by):
    Attachment.objects.filter(pk=rows[0].pk).update(reason="Contract")

    stays.keep(submission=by, keys=keys(rows))

    reasons = dict(Attachment.objects.values_list("customer__username", "reason"))
    assert reasons == {"acme": "Contract", "globex": "ESC-4"}
    assert set(Attachment.objects.values_list("kept_at", "expires_at")) == {(minute(0), None)}


def test_who_has_left_meanwhile_is_passed_over(rows, by):
    Attachment.objects.filter(pk=rows[0].pk).update(detached_at=minute(-1), span=1)

    done = stays.extend(submission=by, keys=keys(rows), until_text="4h")

    assert [row.customer.username for row in done] == ["globex"]


def test_who_is_being_detached_at_its_end_gets_no_other_one(rows, by):
    an_operation(
        Task.DETACH,
        record=rows[0].record,
        customer=rows[0].customer,
        username="acme",
        source=Source.EXPIRY,
        state=State.QUEUED,
        ended=None,
    )

    done = stays.extend(submission=by, keys=keys(rows), until_text="4h")

    assert [row.customer.username for row in done] == ["globex"]


def test_nobody_goes_beyond_the_limit_of_their_role(rows, by, settings):
    settings.LONGEST_UNTIL = {"": "1d"}

    with pytest.raises(Invalid, match="Your role may choose an end up to"):
        stays.extend(submission=by, keys=keys(rows), until_text="none")


def test_auditors_decide_nothing(rows, person):
    by = Submission(actor=person(Role.AUDITORS), reason="x")

    for act in (stays.keep, stays.end_now):
        with pytest.raises(Denied):
            act(submission=by, keys=keys(rows))


def test_more_than_a_page_at_once_is_refused(rows, by):
    with pytest.raises(Invalid, match="At most 100"):
        stays.keep(submission=by, keys=list(range(101)))


def test_a_refused_end_is_looked_at_again_after_another_end(rows, by):
    Attachment.objects.update(expires_at=minute(-10), retry_at=minute(50))

    stays.extend(submission=by, keys=keys(rows), until_text="4h")

    assert set(Attachment.objects.values_list("retry_at", flat=True)) == {None}
    assert Operation.objects.count() == 0


def test_the_span_of_a_week_is_a_week(rows, by):
    stays.extend(submission=by, keys=keys(rows), until_text="1w")

    assert Attachment.objects.first().expires_at == minute(0) + timedelta(days=7, hours=6)
