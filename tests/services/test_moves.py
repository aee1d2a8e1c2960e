"""A move keeps the customer monitored: appended first, taken off only where a list still shows it, put back if not."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from monitors.models import Attachment, AuditEvent, MonitorRecord, Move, MoveState, Operation
from monitors.sandbox.server import SandboxServer
from monitors.services import attachments, clock, moves
from monitors.services.errors import Elsewhere, Invalid
from monitors.services.lists import refresh
from monitors.services.submission import Submission
from tests.tampering import lifted

pytestmark = pytest.mark.django_db
EMAIL = "a@northmail.example"


@pytest.fixture(params=["moved", "both"])
def behaviour(request):
    """What SendGrid does with a second append."""
    return request.param


@pytest.fixture
def desk(settings, behaviour, db):
    with SandboxServer(control_port=None, second_append=behaviour) as server:
        settings.SENDGRID_API_URL = server.url
        rows = [("new-senders", EMAIL, 5, ["acme"]), ("spring", EMAIL, 5, []), ("third", EMAIL, 5, [])]
        server.store.seed(records=rows, customers=["globex"])
        fetch()
        yield server


def fetch(*, seconds=0):
    with clock.reading(lambda: timezone.now() + timedelta(seconds=seconds)):
        assert refresh.run(source="command", is_probe=True) is not None
        moves.run_due(is_after_list=True)


@pytest.fixture
def ana(manager):
    return User.objects.get(pk=manager.pk)


def named(name):
    return MonitorRecord.objects.get(name=name)


def move(person, **options):
    submission = Submission(actor=person, reason="ESC-1")
    return moves.move(submission=submission, record=named("spring"), user="acme", **options)


def on(server):
    return {name for name, *_, users in server.store.snapshot() if "acme" in users}


def mirrored():
    lasting = Attachment.objects.lasting().filter(customer__username="acme")
    return set(lasting.values_list("record__name", flat=True))


def tasks(server):
    return [call.parameters["task"] for call in server.calls if call.parameters["task"] != "list"]


def test_a_move_ends_on_the_new_record_alone(desk, ana, behaviour):
    append = move(ana, until="1w")
    fetch()
    fetch(seconds=3)

    assert on(desk) == mirrored() == {"spring"}
    assert tasks(desk) == (["append"] if behaviour == "moved" else ["append", "detach"])
    assert Move.objects.get().state == MoveState.MOVED
    assert append.before == {"records": ["new-senders"], "moving_from": "new-senders"}
    assert Move.objects.get().due_at is None


@pytest.mark.parametrize("behaviour", ["both"], indirect=True)
def test_the_old_one_is_not_detached_before_a_list_has_shown_the_append(desk, ana):
    move(ana)

    moves.run_due(is_after_list=True)

    assert tasks(desk) == ["append"]
    assert on(desk) == {"new-senders", "spring"}


@pytest.mark.parametrize("behaviour", ["both"], indirect=True)
def test_a_refused_detach_puts_the_customer_back(desk, ana):
    move(ana)
    desk.fault("e1", task="detach", times=1)
    fetch()
    fetch(seconds=3)
    fetch(seconds=6)

    assert mirrored() == {"new-senders"}
    assert Move.objects.get().state == MoveState.PUT_BACK
    event = AuditEvent.objects.get(kind="move.failed")
    assert event.details == {"from": "new-senders", "state": "put_back"}


@pytest.mark.parametrize("behaviour", ["both"], indirect=True)
def test_an_append_that_is_refused_moves_nothing(desk, ana):
    desk.store.delete(name="spring")

    move(ana)
    fetch()

    assert Move.objects.get().state in (MoveState.APPENDING, MoveState.NOT_APPENDED)
    moves.run_due(is_after_list=True)
    assert Move.objects.get().state == MoveState.NOT_APPENDED
    assert mirrored() == {"new-senders"}


@pytest.mark.parametrize("behaviour", ["both"], indirect=True)
def test_a_move_goes_on_after_a_death_between_any_two_steps(desk, ana):
    move(ana)
    fetch()
    with lifted():
        Move.objects.update(state=MoveState.APPENDING, due_at=timezone.now())

    fetch(seconds=3)

    assert tasks(desk) == ["append", "detach"]
    assert Move.objects.get().state == MoveState.MOVED


@pytest.mark.parametrize("behaviour", ["both"], indirect=True)
def test_from_several_records_one_must_be_named(desk, ana):
    both = Submission(actor=ana)
    attachments.append(submission=both, record=named("third"), user="acme", elsewhere="too")

    with pytest.raises(Elsewhere) as asked:
        move(ana)

    assert set(asked.value.records.values()) == {"new-senders", "third"}
    assert Move.objects.count() == 0
    assert move(ana, from_record=named("third")).before["moving_from"] == "third"


def test_nobody_is_moved_from_where_they_are_not(desk, ana):
    with pytest.raises(Invalid, match="acme is not on third now"):
        move(ana, from_record=named("third"))

    assert not Operation.objects.exists()


def test_the_same_form_sent_twice_is_one_move(desk, ana):
    token = uuid4()
    submission = Submission(actor=ana, token=token)
    first = moves.move(submission=submission, record=named("spring"), user="acme")

    assert moves.move(submission=submission, record=named("spring"), user="acme") == first
    assert Move.objects.count() == 1
