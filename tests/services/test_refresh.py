"""One list from the question to its place in the books, and how long the desk waits after a failure."""

from datetime import timedelta

import pytest

from monitors.gateway.errors import NotSent, OutcomeUnknown, UnusableList
from monitors.gateway.records import Anomaly, AnomalyKind, Listing
from monitors.models import AuditEvent, Mirror, Operation, Refresh, RefreshAnomaly, State, Task, Throttle
from monitors.selectors import mirror
from monitors.services import clock
from monitors.services.lists import refresh
from tests.services.rows import a_refresh, an_operation, listed, minute
from tests.tampering import lifted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _interval(settings):
    settings.REFRESH_SECONDS = 300


def looked(number, fetch, **how):
    """A list asked for and answered at that minute."""
    with clock.reading(lambda: minute(number)):
        return refresh.run(source="command", fetch=fetch, **how)


def failing(error):
    def fetch(gateway):
        raise error

    return fetch


def showing(*records, **columns):
    values = {"anomalies": (), "size": 1234, "digest": "d" * 64} | columns
    return lambda _: Listing(records=records, **values)


# A list that came


def test_a_list_is_described_by_what_it_held_and_how_long_it_took(manager):
    now = [minute(0)]

    def fetch(gateway):
        now[0] = minute(0.0254)
        return showing(listed("one", "acme", "globex"), listed("two", is_readable=False))(gateway)

    with clock.reading(lambda: now[0]):
        done = refresh.run(source="web", actor=manager, fetch=fetch)

    assert (done.source, done.actor, done.asked_at) == ("web", manager, minute(0))
    assert (done.milliseconds, done.bytes, done.digest) == (1524, 1234, "d" * 64)
    assert (done.records, done.attachments, done.anomalies, done.differences) == (2, 2, 0, 4)
    assert done.outcome == "applied"
    assert done.answered_at == done.finished_at == minute(0.0254)
    assert Refresh.objects.get() == done


def test_a_good_list_is_what_the_mirror_shows_from_now_on():
    Mirror.objects.update(
        held=a_refresh(asked=-9),
        accepted=a_refresh(asked=-8),
        failures=3,
        failure="no route",
        failure_kind="silent",
    )

    looked(5, showing(listed("one")))

    mirror = Mirror.objects.get()
    assert mirror.asked_at == mirror.whole_asked_at == minute(5)
    assert (mirror.digest, mirror.due_at) == ("d" * 64, minute(10))
    assert (mirror.held, mirror.accepted) == (None, None)
    assert (mirror.failing_since, mirror.failures, mirror.failure, mirror.failure_kind) == (None, 0, "", "")


def test_anomalies_are_rows_of_the_list_and_one_event():
    looked(0, showing(listed("one")))
    anomalies = (
        Anomaly(AnomalyKind.BAD_USER, "one", "17"),
        Anomaly(AnomalyKind.EXTRA_FIELD, "r" * 300, "x" * 600),
    )

    done = looked(5, showing(listed("one"), anomalies=anomalies, anomalies_left_out=3, digest="e" * 64))

    assert done.anomalies == 5
    first, second = RefreshAnomaly.objects.order_by("pk")
    assert (first.refresh, first.kind, first.record, first.detail) == (done, "bad_user", "one", "17")
    assert (len(second.record), len(second.detail)) == (255, 500)
    event = AuditEvent.objects.get(kind="list.anomalies")
    assert (event.source, event.refresh_id) == ("refresh", done.pk)
    assert event.details == {"records": 1, "attachments": 0, "anomalies": 5}


def test_anomalies_of_the_same_bytes_are_not_written_anew():
    odd = {"anomalies": (Anomaly(AnomalyKind.BAD_USER, "one", "17"),)}
    looked(0, showing(listed("one")))
    first = looked(5, showing(listed("one"), digest="e" * 64, **odd))

    again = [looked(number, showing(listed("one"), digest="e" * 64, **odd)) for number in (10, 15)]

    assert [(done.anomalies, done.anomalies_of) for done in again] == [(1, first)] * 2
    assert [row.detail for row in mirror.anomalies(again[-1]).rows] == ["17"]
    assert RefreshAnomaly.objects.count() == AuditEvent.objects.filter(kind="list.anomalies").count() == 1


@pytest.mark.parametrize("outcome", ["held", "rejected"])
def test_anomalies_of_a_held_list_are_an_event_once_it_is_applied(outcome):
    odd = {"anomalies": (Anomaly(AnomalyKind.BAD_USER, "one", "17"),)}
    looked(0, showing(listed("one")))
    held = looked(5, showing(listed("one"), digest="e" * 64, **odd))
    with lifted():
        Refresh.objects.filter(pk=held.pk).update(outcome=outcome)

    lists = [looked(number, showing(listed("one"), digest="e" * 64, **odd)) for number in (10, 15)]

    assert [done.anomalies_of for done in lists] == [held, held]
    events = AuditEvent.objects.filter(kind="list.anomalies").order_by("number")
    assert [event.refresh_id for event in events] == [held.pk, lists[0].pk]


def test_anomalies_of_other_bytes_or_of_a_list_that_was_not_applied_are_written_anew():
    odd = {"anomalies": (Anomaly(AnomalyKind.BAD_USER, "one", "17"),)}
    looked(0, showing(listed("one"), digest="e" * 64, **odd))
    other = looked(5, showing(listed("one"), digest="f" * 64, **odd))
    with lifted():
        Refresh.objects.filter(pk=other.pk).update(outcome="broken_off")

    after = looked(10, showing(listed("one"), digest="f" * 64, **odd))

    assert (other.anomalies_of, after.anomalies_of) == (None, None)
    assert RefreshAnomaly.objects.count() == AuditEvent.objects.filter(refresh_id__gt=0).count() == 3


def test_a_list_as_usual_is_no_event():
    looked(0, showing(listed("one")))
    before = AuditEvent.objects.count()

    assert looked(5, showing(listed("one"))).outcome == "unchanged"
    assert AuditEvent.objects.count() == before


def test_the_settings_are_noted_with_who_asked():
    looked(0, showing())

    assert AuditEvent.objects.get(kind="settings_changed").details["process"] == "command"


def test_the_very_same_bytes_are_not_compared_again():
    looked(0, showing(listed("one")))

    assert looked(5, showing(listed("two"))).outcome == "unchanged"
    assert looked(6, showing(listed("two"), digest="e" * 64)).differences == 2


# A list that did not come


def test_each_failure_in_a_row_doubles_the_wait_up_to_the_interval():
    waits = []
    for number in range(8):
        looked(number, failing(OutcomeUnknown("no answer")))
        waits.append((Mirror.objects.get().due_at - minute(number)).total_seconds())

    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]


def test_a_failure_says_since_when_there_is_no_newer_list_and_why():
    looked(0, showing(listed("one")))
    looked(5, failing(OutcomeUnknown("no answer")))
    done = looked(6, failing(UnusableList("x" * 600)))

    mirror = Mirror.objects.get()
    assert (mirror.asked_at, mirror.failing_since, mirror.failures) == (minute(0), minute(5), 2)
    assert (mirror.failure, mirror.failure_kind) == ("x" * 500, "unusable")
    assert (done.outcome, done.note, done.finished_at) == ("unusable", "x" * 500, minute(6))
    assert Refresh.objects.get(asked_at=minute(5)).outcome == "failed"


@pytest.mark.parametrize(("wait", "due"), [(240, 4), (300, 5), (900, 5)])
def test_a_wait_that_the_upstream_asks_for_is_kept_up_to_the_usual_interval(wait, due):
    looked(0, failing(NotSent("a pause", retry_after=wait)))

    assert Mirror.objects.get().due_at == minute(due)


def test_our_own_throttle_is_no_failure_of_the_upstream():
    looked(0, failing(NotSent("held back", retry_after=2)))

    mirror = Mirror.objects.get()
    assert (mirror.failures, mirror.failing_since, mirror.failure) == (0, None, "")
    assert Refresh.objects.get().note == "held back"


def test_nobody_to_connect_to_is_a_failure_of_the_upstream():
    looked(0, failing(NotSent("no route")))

    assert (Mirror.objects.get().failures, Mirror.objects.get().failure_kind) == (1, "silent")


# What each wake-up does


def test_a_list_that_is_due_is_fetched_and_the_next_one_is_scheduled(upstream):
    Mirror.objects.update(due_at=clock.now() - timedelta(seconds=1))

    done = refresh.run_if_due()

    assert (done.source, done.outcome) == ("worker", "unchanged")
    assert Mirror.objects.get().due_at > clock.now() + timedelta(seconds=200)


@pytest.mark.parametrize(("is_forced", "outcome"), [(True, "unchanged"), (False, "failed")])
def test_only_a_list_that_a_person_asked_for_gets_through_a_broken_throttle(upstream, is_forced, outcome):
    Mirror.objects.update(is_forced=is_forced)
    Throttle.objects.update(failures=7, broken_until=clock.now() + timedelta(minutes=1))

    assert refresh.run_if_due(source="worker").outcome == outcome


def test_an_abandoned_operation_makes_a_list_due_and_is_judged_by_it(upstream):
    Mirror.objects.update(due_at=clock.now() + timedelta(hours=1))
    an_operation(Task.APPEND, record_name="one", username="acme", state=State.PENDING, ended=None)
    now = [minute(20)]

    def tick():
        now[0] += timedelta(microseconds=1)
        return now[0]

    with clock.reading(tick):
        assert refresh.run_if_due() is not None

    assert Operation.objects.get().state == State.NOT_APPLIED
