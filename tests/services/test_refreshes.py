"""A person asks for the list: the worker fetches it, or the web process does, and a sentence says what came."""

from datetime import timedelta

import pytest

from monitors.models import AuditEvent, Mirror, Refresh, RefreshOutcome, Throttle
from monitors.services import clock, refreshes, worker
from monitors.tasks import wake
from monitors.wording.events import event_sentence
from tests.services.rows import minute

pytestmark = pytest.mark.django_db


@pytest.fixture
def wake_ups():
    delays: list[float] = []
    worker.connect(delays.append)
    yield delays
    worker.connect(wake)


def list_calls(upstream):
    return [call for call in upstream.calls if call.task == "list"]


def test_a_living_worker_is_asked_and_the_web_process_calls_nobody(upstream, manager, wake_ups):
    Mirror.objects.update(due_at=clock.now() + timedelta(hours=1))
    worker.beat()

    request = refreshes.request_list(actor=manager)

    assert request.refresh is None
    assert request.sentence == "SendGrid was asked for its list. This page shows it when it arrives."
    assert list_calls(upstream) == []
    assert Mirror.objects.get().is_forced
    assert Mirror.objects.get().due_at <= clock.now()
    assert wake_ups == [pytest.approx(0, abs=0.06)]


@pytest.mark.parametrize("has_worker", [True, False])
def test_who_asked_for_a_list_is_an_event(upstream, manager, wake_ups, has_worker):
    if has_worker:
        worker.beat()

    refreshes.request_list(actor=manager)

    event = AuditEvent.objects.get(kind="list.asked")
    assert (event.actor_id, event.actor_username, event.source) == (manager.pk, "account_managers", "web")
    assert str(event_sentence(event)) == "Asked SendGrid for its list"


def test_without_a_worker_the_web_process_fetches_the_list_itself(upstream, manager):
    request = refreshes.request_list(actor=manager)

    assert request.sentence == "SendGrid's list was fetched. Nothing had changed."
    assert (request.refresh.source, request.refresh.actor) == ("web", manager)
    assert len(list_calls(upstream)) == 1


def test_a_person_gets_a_try_through_a_broken_throttle(upstream, manager):
    Throttle.objects.update(failures=7, broken_until=clock.now() + timedelta(minutes=1))

    assert refreshes.request_list(actor=manager).refresh.outcome == RefreshOutcome.UNCHANGED


def test_a_second_request_while_the_first_is_fetched_calls_nobody(upstream, manager, settings):
    Mirror.objects.update(lease_until=clock.now() + settings.PACE.lease)

    request = refreshes.request_list(actor=manager)

    assert request.sentence == "Somebody else is fetching the list right now."
    assert request.refresh is None
    assert list_calls(upstream) == []
    assert Mirror.objects.get().is_forced
    assert Mirror.objects.get().due_at <= clock.now()


@pytest.mark.parametrize(("silent_for", "is_alive"), [(19, True), (20, False)])
def test_a_worker_is_gone_when_it_has_been_silent_for_long(silent_for, is_alive):
    mirror = Mirror(worker_seen_at=minute(0))

    assert worker.is_alive(mirror, minute(0) + timedelta(seconds=silent_for)) is is_alive


def test_a_worker_that_was_never_seen_is_not_alive():
    assert not worker.is_alive(Mirror(), minute(0))


def test_a_queue_that_does_not_take_a_wake_up_disturbs_nobody(caplog):
    def is_full(delay):
        raise OSError("no space left")

    worker.connect(is_full)
    try:
        worker.wake()
    finally:
        worker.connect(wake)

    assert "the queue did not take a wake-up" in caplog.text


SENTENCES = [
    (RefreshOutcome.UNCHANGED, {}, "SendGrid's list was fetched. Nothing had changed."),
    (RefreshOutcome.APPLIED, {"differences": 1}, "SendGrid's list was fetched and 1 difference applied."),
    (
        RefreshOutcome.APPLIED,
        {"differences": 1200},
        "SendGrid's list was fetched and 1,200 differences applied.",
    ),
    (
        RefreshOutcome.HELD,
        {},
        "SendGrid's list was fetched and held, because it would change too much.",
    ),
    (
        RefreshOutcome.REJECTED,
        {},
        "SendGrid's list was fetched and held, because it would change too much.",
    ),
    (RefreshOutcome.FAILED, {"note": "no route"}, "SendGrid's list could not be fetched: no route"),
    (RefreshOutcome.BROKEN_OFF, {}, "SendGrid's list could not be fetched: Broken off"),
]


@pytest.mark.parametrize(("outcome", "columns", "sentence"), SENTENCES)
def test_what_a_list_brought_is_a_sentence(outcome, columns, sentence):
    assert refreshes.sentence_of(Refresh(asked_at=minute(0), outcome=outcome, **columns)) == sentence
