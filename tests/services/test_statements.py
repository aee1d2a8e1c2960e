"""How many statements a write takes, and that an operation is unsettled as long as its outcome is open."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import Mirror, MonitorRecord, State, Task, Throttle
from monitors.services import attachments, records
from monitors.services.submission import Submission
from tests.services.rows import EMAIL, an_operation, minute

pytestmark = pytest.mark.django_db

# The most that each write takes without a worker, with the beginnings and ends of its two transactions, but for
# PostgreSQL's clock.
LIMITS = {Task.CREATE: 24, Task.EDIT: 24, Task.DELETE: 24, Task.APPEND: 25, Task.DETACH: 25}


@pytest.fixture
def desk(upstream, load):
    mailbox = "a@northmail.example"
    upstream.store.seed(
        records=[("one", mailbox, 5, ["acme"]), ("two", mailbox, 5, ["globex"]), ("empty", mailbox, 5, [])],
        customers=["acme", "globex"],
    )
    load()
    Throttle.objects.update(allowance=50, refilled_at=timezone.now())


def write(task, submission):
    one, empty = (MonitorRecord.objects.get(name=name) for name in ("one", "empty"))
    acts = {
        Task.CREATE: lambda: records.create(submission=submission, name="six", email=EMAIL, frequency=7),
        Task.EDIT: lambda: records.edit(submission=submission, record=one, new_frequency=9),
        Task.DELETE: lambda: records.delete(submission=submission, record=empty),
        Task.APPEND: lambda: attachments.append(
            submission=submission, record=one, user="globex", elsewhere="too"
        ),
        Task.DETACH: lambda: attachments.detach(submission=submission, record=one, user="acme"),
    }
    with CaptureQueriesContext(connection) as queries:
        operation = acts[task]()
    assert operation.state == State.ACCEPTED
    return [query["sql"] for query in queries if query["sql"] != "SELECT clock_timestamp()"]


@pytest.mark.parametrize("task", Task)
def test_a_write_takes_few_statements(desk, manager, task):
    submission = Submission(actor=User.objects.get(pk=manager.pk), token=uuid4())

    sql = write(task, submission)

    assert len(sql) <= LIMITS[task], "\n".join(sql)


@pytest.mark.parametrize("user", ["globex", "nobody so far"])
def test_an_append_that_is_queued_holds_the_lock_for_few_statements(desk, manager, user):
    """From the lock on: what is looked at, and what is written with the head of the chain."""
    Mirror.objects.update(worker_seen_at=timezone.now())
    submission = Submission(actor=User.objects.get(pk=manager.pk), token=uuid4())
    one = MonitorRecord.objects.get(name="one")
    with CaptureQueriesContext(connection) as queries:
        attachments.append(submission=submission, record=one, user=user, elsewhere="too")

    sql = [query["sql"] for query in queries]
    lock = next(number for number, text in enumerate(sql) if "monitors_auditchain" in text)
    under_it = [text for text in sql[lock + 1 :] if not text.startswith("RELEASE")]
    assert len(under_it) == (2 if connection.vendor == "postgresql" else 4), "\n".join(under_it)


def test_an_outcome_that_is_open_cannot_be_settled():
    with pytest.raises(IntegrityError, match="pending_and_unknown_are_unsettled"):
        an_operation(Task.CREATE, state=State.UNKNOWN, settled_at=minute(3))
