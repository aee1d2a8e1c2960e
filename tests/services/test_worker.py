"""The worker's sign of life, and that nothing depends on a wake-up."""

import pytest
from django.db import OperationalError, connection

from monitors.models import Mirror
from monitors.services import clock, worker
from monitors.tasks import wake
from tests.services.rows import minute

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
