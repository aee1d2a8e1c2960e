"""A call of an operation: it does not leave where the database cannot be asked whether it may still."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from monitors.models import Operation, State
from monitors.services import clock
from monitors.services.outbound import call

pytestmark = pytest.mark.django_db


def reading(answers):
    """A clock that gives these, and raises what is an error."""

    def read():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return clock.reading(read)


@pytest.fixture
def operation():
    parameters = {"name": "one", "email": "a@northmail.example", "frequency": "5"}
    deadline_at = timezone.now() + timedelta(hours=1)
    return Operation(task="create", parameters=parameters, deadline_at=deadline_at)


@pytest.fixture
def lost():
    return OperationalError("the connection was lost")


@pytest.fixture
def closed(monkeypatch):
    """How often the connection was closed, outside of any transaction as a sender is."""
    closed = []
    monkeypatch.setattr(connection, "in_atomic_block", False)
    monkeypatch.setattr(connection, "close", lambda: closed.append(True))
    return closed


def test_a_connection_that_was_lost_since_the_last_call_is_made_anew(upstream, operation, lost, closed):
    with reading([lost, timezone.now()]):
        end = call.make(operation, is_admitted=True)

    assert closed == [True]
    assert end.state == State.ACCEPTED
    assert [record[0] for record in upstream.store.snapshot()] == ["one"]


def test_nothing_leaves_while_there_is_no_database(upstream, operation, lost, closed):
    with reading([lost, lost]):
        end = call.make(operation, is_admitted=True)

    assert (end.state, end.note) == (State.NOT_SENT, "The desk's own database did not answer.")
    assert upstream.calls == []
