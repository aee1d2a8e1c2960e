"""An administrator decides on a held list, once, and the log says who."""

import pytest

from monitors.models import AuditEvent, Mirror, Refresh, RefreshOutcome, Role
from monitors.services import clock, held_lists
from monitors.services.errors import Denied, Invalid
from tests.services.rows import minute

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(person):
    return person(Role.ADMINISTRATORS)


@pytest.fixture
def held():
    """A held list; the next one is due in an hour."""
    done = Refresh.objects.create(
        asked_at=minute(0),
        outcome=RefreshOutcome.HELD,
        digest="a" * 64,
        removed_records=12,
        removed_attachments=30,
        added_records=3,
        added_attachments=7,
    )
    Mirror.objects.update(held=done, due_at=minute(60))
    return done


def test_an_accepted_list_is_believed_and_asked_for_again_at_once(boss, held):
    with clock.reading(lambda: minute(5)):
        held_lists.accept(actor=boss, refresh=held)

    mirror = Mirror.objects.get()
    assert (mirror.held, mirror.accepted) == (None, held)
    assert (mirror.due_at, mirror.is_forced) == (minute(5), True)
    held.refresh_from_db()
    assert (held.outcome, held.decided_by, held.decided_at) == (RefreshOutcome.HELD, boss, minute(5))


def test_a_rejected_list_stays_on_the_page_and_asks_for_nothing(boss, held):
    with clock.reading(lambda: minute(5)):
        held_lists.reject(actor=boss, refresh=held)

    mirror = Mirror.objects.get()
    assert (mirror.held, mirror.accepted) == (held, None)
    assert (mirror.due_at, mirror.is_forced) == (minute(60), False)
    held.refresh_from_db()
    assert (held.outcome, held.decided_by, held.decided_at) == (RefreshOutcome.REJECTED, boss, minute(5))


@pytest.mark.parametrize(
    ("decide", "kind"), [(held_lists.accept, "list.accepted"), (held_lists.reject, "list.rejected")]
)
def test_a_decision_is_an_event_with_its_person_and_the_numbers(boss, held, decide, kind):
    decide(actor=boss, refresh=held)

    event = AuditEvent.objects.get(kind=kind)
    assert (event.actor_id, event.actor_roles, event.source) == (boss.pk, "Administrators", "web")
    assert event.refresh_id == held.pk
    assert event.details == {
        "records": 12,
        "attachments": 30,
        "added_records": 3,
        "added_attachments": 7,
    }


def test_a_decision_on_a_list_that_came_again_is_taken_for_the_newest(boss, held):
    again = Refresh.objects.create(asked_at=minute(1), outcome=RefreshOutcome.HELD, digest=held.digest)
    Mirror.objects.update(held=again)

    held_lists.accept(actor=boss, refresh=held)

    assert Mirror.objects.get().accepted == again
    again.refresh_from_db()
    assert again.decided_by == boss


@pytest.mark.parametrize("is_another", [False, True])
def test_a_decision_that_comes_too_late_is_refused(boss, held, is_another):
    another = Refresh.objects.create(asked_at=minute(1), digest="b" * 64) if is_another else None
    Mirror.objects.update(held=another)

    with pytest.raises(Invalid, match="no longer held") as refused:
        held_lists.reject(actor=boss, refresh=held)

    assert refused.value.field is None
    assert not AuditEvent.objects.filter(kind__startswith="list.").exists()


def test_a_list_is_rejected_once(boss, person, held):
    held_lists.reject(actor=boss, refresh=held)

    with pytest.raises(Invalid, match="somebody has decided"):
        held_lists.reject(actor=person(Role.ADMINISTRATORS, "second"), refresh=held)

    held.refresh_from_db()
    assert held.decided_by == boss
    assert AuditEvent.objects.filter(kind="list.rejected").count() == 1


def test_a_rejected_list_that_is_accepted_after_all_is_rejected_no_longer(boss, person, held):
    held_lists.reject(actor=boss, refresh=held)
    second = person(Role.ADMINISTRATORS, "second")

    held_lists.accept(actor=second, refresh=held)

    held.refresh_from_db()
    assert (held.outcome, held.decided_by) == (RefreshOutcome.HELD, second)
    assert Mirror.objects.get().accepted == held


@pytest.mark.parametrize("decide", [held_lists.accept, held_lists.reject])
def test_only_administrators_decide(manager, held, decide):
    with pytest.raises(Denied, match="administrators"):
        decide(actor=manager, refresh=held)

    assert Mirror.objects.get().held == held
