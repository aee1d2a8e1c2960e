"""The worker's sign of life, and that nothing depends on a wake-up."""

import logging

import pytest
from django.db import OperationalError, connection

from monitors import tasks
from monitors.models import AuditAnchor, AuditChain, Mirror, Refresh
from monitors.services import clock, worker
from monitors.services.log import audit
from monitors.tasks import wake
from tests.services.rows import minute
from tests.tampering import lifted

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected():
    """Connect another queue until the test is over."""
    yield worker.connect
    worker.connect(wake)


def test_a_beat_is_seen_by_everybody():
    with clock.reading(lambda: minute(3)):
        worker.beat()

    assert Mirror.objects.get().worker_seen_at == minute(3)


def test_a_beat_that_cannot_be_written_is_left_to_the_next_one(caplog):
    def is_locked(execute, sql, *rest):
        raise OperationalError("database is locked")

    with connection.execute_wrapper(is_locked):
        worker.beat()

    assert "the heartbeat could not be written" in caplog.text


def test_a_wake_up_goes_to_the_queue_that_is_connected(connected):
    delays: list[float] = []
    connected(delays.append)

    worker.wake()
    worker.wake(delay=2.5)

    assert delays == [0, 2.5]


def test_without_a_queue_nobody_is_woken(connected):
    connected(None)

    worker.wake()


def test_each_night_an_anchor_is_logged_and_the_next_night_goes_on_from_it(caplog):
    caplog.set_level(logging.INFO, "monitors")
    audit.write(audit.Event(kind="sign_out"))
    head = AuditChain.objects.get().head

    tasks.print_anchor_each_night.call_local()

    assert f"audit anchor 1:sha256:{head}" in caplog.text
    assert AuditAnchor.objects.get().anchor == (1, head)


def test_each_night_a_log_that_was_tampered_with_is_an_error(caplog):
    with lifted():
        AuditChain.objects.update(length=7)

    tasks.print_anchor_each_night.call_local()

    assert "the audit log is not intact: the log ends at event 0, but 7 were written" in caplog.text
    assert not AuditAnchor.objects.exists()


def test_each_night_old_lists_without_news_go():
    for number in range(3):
        Refresh.objects.create(asked_at=minute(number), outcome="unchanged")

    tasks.thin_lists_each_night.call_local()

    assert Refresh.objects.count() == 2
