"""Ends are carried out once, however late and by however many; what came to nothing is tried again and said."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from monitors.models import Attachment, AuditEvent, MonitorRecord, Operation, Source, State
from monitors.services import attachments, clock, expiry, stays
from monitors.services.submission import Submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(upstream, load):
    email = "a@northmail.example"
    upstream.store.seed(records=[("one", email, 5, []), ("two", email, 5, [])], customers=["acme", "globex"])
    load()
    return upstream


@pytest.fixture
def sam(support):
    return User.objects.get(pk=support.pk)


def named(name):
    return MonitorRecord.objects.get(name=name)


def append(person, *, record="one", user="acme", until="4h", **options):
    submission = Submission(actor=person, reason="ESC-1")
    return attachments.append(submission=submission, record=named(record), user=user, until=until, **options)


def run(*, hours):
    """What the worker does so many hours from now."""
    with clock.reading(lambda: timezone.now() + timedelta(hours=hours)):
        expiry.run_due()


def detaches(upstream):
    return [call.parameters["user"] for call in upstream.calls if call.parameters["task"] == "detach"]


def kinds():
    return list(AuditEvent.objects.order_by("number").values_list("kind", flat=True))


def attachment(user="acme"):
    return Attachment.objects.filter(customer__username=user).latest("pk")


def test_nothing_happens_before_the_end(desk, sam):
    append(sam)

    run(hours=3.9)

    assert detaches(desk) == []


@pytest.mark.parametrize("hours", [4.01, 24 * 9])
def test_an_end_is_carried_out_also_after_days_of_downtime(desk, sam, hours):
    append(sam)

    run(hours=hours)

    row = attachment()
    operation = Operation.objects.get(source=Source.EXPIRY)
    assert detaches(desk) == ["acme"]
    assert (row.ended_by, operation.state) == (operation, State.ACCEPTED)
    assert row.expired_at is not None
    assert (operation.actor, operation.actor_name, operation.reason) == (None, "Monitor Desk", "ESC-1")
    assert operation.before["set_by"] == "Support"


def test_two_workers_make_one_detach(desk, sam):
    append(sam)
    row = attachment()

    with clock.reading(lambda: timezone.now() + timedelta(hours=5)):
        first = expiry._detach(row, 0)
        second = expiry._detach(row, 0)

    assert first == second
    assert detaches(desk) == ["acme"]


def test_one_that_lasts_without_an_end_is_left_alone(desk, sam):
    append(sam, until="none")

    run(hours=10**5)

    assert detaches(desk) == []
    assert attachment().is_endless


def test_a_refused_detach_is_tried_again_after_a_while_and_not_before(desk, sam):
    append(sam)
    desk.fault("e1", task="detach", times=1)
    run(hours=5)
    assert Operation.objects.get(source=Source.EXPIRY).state == State.REFUSED

    run(hours=0)
    assert attachment().retry_at is not None
    assert len(detaches(desk)) == 1
    run(hours=8)

    assert attachment().detached_at is not None
    assert [each.state for each in expiry.tries(attachment())] == [State.REFUSED, State.ACCEPTED]


def test_each_further_try_waits_longer_up_to_an_hour():
    assert [expiry._wait(count) for count in (1, 2, 3)] == [timedelta(minutes=m) for m in (1, 2, 4)]
    assert expiry._wait(50) == timedelta(hours=1)


def test_an_unknown_detach_is_never_repeated_before_it_is_settled(desk, sam):
    append(sam)
    desk.fault("close_before_answer", task="detach", applied=False)
    run(hours=5)
    desk.clear()

    run(hours=5.5)
    run(hours=40)

    assert Operation.objects.get(source=Source.EXPIRY).state == State.UNKNOWN
    assert len(detaches(desk)) == 1


def test_whoever_was_extended_meanwhile_stays(desk, sam):
    append(sam)
    by = Submission(actor=sam, reason="ESC-2")
    stays.extend(submission=by, keys=[attachment().pk], until_text="1w")

    run(hours=5)

    assert detaches(desk) == []


def test_whoever_was_detached_by_a_person_before_is_not_mentioned(desk, sam):
    append(sam)
    attachments.detach(submission=Submission(actor=sam), record=named("one"), user="acme")

    run(hours=5)

    assert len(detaches(desk)) == 1
    assert attachment().expired_at is not None
    assert "attachment.end_needless" not in kinds()


def test_whoever_was_appended_anew_stays_and_the_log_says_why(desk, sam):
    append(sam)
    attachments.detach(submission=Submission(actor=sam), record=named("one"), user="acme")
    append(sam, until="1w")

    run(hours=5)
    run(hours=6)

    event = AuditEvent.objects.get(kind="attachment.end_needless")
    assert (event.details["why"], event.details["now_on"]) == ("appended anew", "one")
    assert attachment().detached_at is None


def test_whoever_was_moved_stays_and_the_log_says_where(desk, sam, load):
    append(sam)
    append(sam, record="two", until="none", elsewhere="too")
    load()

    run(hours=5)

    event = AuditEvent.objects.get(kind="attachment.end_needless")
    assert (event.details["why"], event.details["now_on"]) == ("moved", "two")
    assert attachment().detached_at is None


def test_whoever_was_moved_by_a_detach_after_the_append_is_told_as_moved_too(desk, sam):
    append(sam)
    append(sam, record="two", until="none", elsewhere="too")
    attachments.detach_with(
        submission=Submission(actor=sam),
        record=named("one"),
        user="acme",
        check=lambda _: {"moving_to": "two"},
    )

    run(hours=5)

    assert AuditEvent.objects.get(kind="attachment.end_needless").details["now_on"] == "two"


def test_a_success_that_was_none_is_carried_out_again(desk, sam, load):
    append(sam)
    load()
    desk.fault("lie", task="detach")
    run(hours=5)
    desk.clear()
    load()

    run(hours=9)

    assert len(detaches(desk)) == 2
    assert attachment().detached_at is not None


def test_a_duration_counts_from_the_confirmation(desk, sam, load):
    operation = append(sam)
    provisional = attachment().expires_at
    load()

    operation.refresh_from_db()
    assert provisional == operation.ended_at + timedelta(hours=4)
    assert attachment().expires_at == operation.settled_at + timedelta(hours=4)


def test_a_moment_is_itself_after_the_confirmation_too(desk, sam, load):
    append(sam, until="2036-01-01T12:00")
    before = attachment().expires_at
    load()

    assert attachment().expires_at == before


def test_an_end_that_somebody_has_changed_does_not_count_anew(desk, sam, load):
    append(sam)
    stays.extend(
        submission=Submission(actor=sam, reason="x"), keys=[attachment().pk], until_text="2036-01-01"
    )
    changed = attachment().expires_at
    load()

    assert attachment().expires_at == changed


def test_an_append_that_did_arrive_after_all_has_its_end(desk, sam, load):
    desk.fault("close_before_answer", task="append", applied=True)
    append(sam)
    desk.clear()
    with clock.reading(lambda: timezone.now() + timedelta(seconds=20)):
        load()

    row = attachment()
    assert row.expires_at is not None
    assert (row.owner, row.reason) == (None, "ESC-1")


def test_the_record_says_that_an_end_came(desk, sam):
    append(sam)

    run(hours=5)

    assert named("one").changed_by_end is True
    append(sam, user="globex")
    assert named("one").changed_by_end is None


def test_let_end_now_detaches_here_where_no_worker_is_alive(desk, sam):
    append(sam)

    stays.end_now(submission=Submission(actor=sam), keys=[attachment().pk])

    assert attachment().detached_at is not None
    assert Operation.objects.get(source=Source.EXPIRY).before["set_by"] == "Support"
