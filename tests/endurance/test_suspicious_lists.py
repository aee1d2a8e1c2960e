"""A list that would change too much is held: more than a fifth and more than ten of the records or customers."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from monitors.models import AuditEvent, Mirror, MonitorRecord, Operation, Refresh, RefreshOutcome, Role, State
from monitors.sandbox.server import SandboxServer
from monitors.services import attachments, held_lists, records
from monitors.services.errors import Denied, Invalid
from monitors.services.lists import refresh
from monitors.services.log import verify
from monitors.services.submission import Submission
from tests.endurance.truth import Content, let_deadlines_pass, mirrored, reset_throttle, upstreams

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short_waits")]
APPLIED, UNCHANGED = RefreshOutcome.APPLIED, RefreshOutcome.UNCHANGED
HELD, REJECTED = RefreshOutcome.HELD, RefreshOutcome.REJECTED


@pytest.fixture
def boss(person: Callable[[Role], User]) -> User:
    return person(Role.ADMINISTRATORS)


def fill(server: SandboxServer, count: int) -> Content:
    """So many records, one customer on each."""
    rows = [(f"record {n:03}", "a@northmail.example", 5, (f"customer {n:03}",)) for n in range(count)]
    server.store.seed(records=rows)
    return upstreams(server.store)


def look() -> Refresh:
    reset_throttle()
    done = refresh.run(source="command", is_probe=True)
    assert done is not None
    return done


def take_off(server: SandboxServer, count: int, *, records_too: bool = False) -> None:
    for name, _, _, users in server.store.snapshot()[:count]:
        server.store.detach(user=users[0])
        if records_too:
            server.store.delete(name=name)


def held_events() -> list[str]:
    kinds = AuditEvent.objects.filter(kind__in=["list.held", "list.accepted", "list.rejected"])
    return list(kinds.order_by("number").values_list("kind", flat=True))


@pytest.mark.parametrize("fault", ["half_list", "empty_list"])
def test_list_of_which_too_much_is_missing_changes_nothing(upstream, load, fault):
    before = fill(upstream, 30)
    load()
    upstream.fault(fault, task="list", times=2)

    first, again = look(), look()

    assert (first.outcome, again.outcome) == (HELD, HELD)
    assert mirrored() == before
    assert first.removed_records == first.removed_attachments == (15 if fault == "half_list" else 30)
    assert Mirror.objects.get().held == again
    assert held_events() == ["list.held"]
    assert look().outcome in (APPLIED, UNCHANGED)
    assert mirrored() == before
    assert Mirror.objects.get().held is None


LIMITS = [
    (10, 10, APPLIED),
    (11, 11, HELD),
    (12, 10, APPLIED),
    (55, 11, APPLIED),
    (54, 11, HELD),
    (60, 12, APPLIED),
    (60, 13, HELD),
]


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("records_too", [True, False], ids=["records", "customers"])
def test_limit_is_a_fifth_and_ten(upstream, load, limit, records_too):
    living, missing, outcome = limit
    before = fill(upstream, living)
    load()
    take_off(upstream, missing, records_too=records_too)

    done = look()

    assert done.outcome == outcome
    assert mirrored() == (upstreams(upstream.store) if outcome == APPLIED else before)


def test_change_beside_few_removals_is_applied(upstream, load):
    fill(upstream, 30)
    load()
    take_off(upstream, 5, records_too=True)
    upstream.store.edit(name="record 020", new_frequency=9)

    assert look().outcome == APPLIED
    assert mirrored() == upstreams(upstream.store)


def test_accepted_list_is_taken_over_and_the_limit_is_back_for_the_next(upstream, load, boss):
    fill(upstream, 60)
    load()
    take_off(upstream, 20, records_too=True)
    held = look()

    held_lists.accept(actor=boss, refresh=held)

    assert Mirror.objects.get().due_at is not None
    assert look().outcome == APPLIED
    assert mirrored() == upstreams(upstream.store)
    assert held_events() == ["list.held", "list.accepted"]
    assert AuditEvent.objects.get(kind="list.accepted").actor_id == boss.pk
    take_off(upstream, 20, records_too=True)
    assert look().outcome == HELD
    assert verify.chain().problem == ""


def test_acceptance_does_not_cover_a_list_that_removes_much_more(upstream, load, boss):
    before = fill(upstream, 60)
    load()
    take_off(upstream, 20)
    held_lists.accept(actor=boss, refresh=look())
    upstream.fault("empty_list", task="list")

    assert look().outcome == HELD
    assert mirrored() == before


def test_rejected_list_is_rejected_again_without_a_question_and_another_is_held(upstream, load, boss):
    before = fill(upstream, 60)
    load()
    upstream.fault("half_list", task="list", times=2)
    upstream.fault("empty_list", task="list")
    first = look()

    held_lists.reject(actor=boss, refresh=first)

    first.refresh_from_db()
    assert first.outcome == REJECTED
    assert look().outcome == REJECTED
    still = Mirror.objects.get().held
    assert still is not None
    assert (still.outcome, still.decided_by) == (REJECTED, boss)
    assert look().outcome == HELD
    assert mirrored() == before
    assert held_events() == ["list.held", "list.rejected", "list.held"]


def test_decision_on_a_list_that_came_again_meanwhile_is_taken(upstream, load, boss):
    fill(upstream, 60)
    load()
    upstream.fault("half_list", task="list", times=0)
    shown = look()
    look()

    held_lists.accept(actor=boss, refresh=shown)

    assert look().outcome == "applied"


def test_decision_on_a_list_that_is_no_longer_held_is_told(upstream, load, boss):
    before = fill(upstream, 60)
    load()
    upstream.fault("half_list", task="list")
    upstream.fault("empty_list", task="list")
    old = look()
    look()

    with pytest.raises(Invalid, match="no longer held"):
        held_lists.accept(actor=boss, refresh=old)
    upstream.fault("half_list", task="list")

    assert look().outcome == HELD
    assert mirrored() == before


@pytest.mark.parametrize("role", [Role.AUDITORS, Role.SUPPORT, Role.ACCOUNT_MANAGERS])
def test_only_administrators_decide(upstream, load, person, client, role):
    fill(upstream, 30)
    load()
    upstream.fault("empty_list", task="list", times=0)
    held = look()
    client.force_login(person(role))

    with pytest.raises(Denied):
        held_lists.accept(actor=person(role), refresh=held)

    assert client.post(f"/upstream/held/{held.pk}/", {"decision": "accept"}).status_code == 403
    assert "Accept the changes" not in client.get("/upstream/").content.decode()
    assert Mirror.objects.get().held == held


def test_administrator_is_told_on_every_page_and_decides_on_one(upstream, load, boss, client):
    fill(upstream, 30)
    load()
    upstream.fault("empty_list", task="list", times=0)
    held = look()
    client.force_login(boss)

    assert "held" in client.get("/").content.decode()
    assert "30 records" in client.get("/upstream/").content.decode()
    client.post(f"/upstream/held/{held.pk}/", {"decision": "accept"})

    assert look().outcome == APPLIED
    assert mirrored() == []


def test_no_operation_is_judged_by_a_held_list_but_by_the_next_good_one(upstream, load, manager):
    fill(upstream, 30)
    upstream.store.register(["eve"])
    load()
    upstream.fault("close_before_answer", task="append", applied=True)
    unknown = attachments.append(
        submission=Submission(actor=manager), record=MonitorRecord.objects.first(), user="eve"
    )
    let_deadlines_pass()
    upstream.fault("half_list", task="list")

    assert look().outcome == HELD

    unknown.refresh_from_db()
    assert unknown.state == State.UNKNOWN
    look()
    unknown.refresh_from_db()
    assert unknown.state == State.CONFIRMED


def test_our_own_removals_are_not_suspicious_though_their_answers_were_lost(upstream, load, manager):
    fill(upstream, 30)
    load()
    upstream.fault("close_before_answer", task="write", applied=True, times=0)
    for record in MonitorRecord.objects.order_by("name")[:12]:
        reset_throttle()
        attachments.detach(
            submission=Submission(actor=manager),
            record=record,
            user=record.name.replace("record", "customer"),
        )
    let_deadlines_pass()

    done = look()

    assert (done.outcome, done.removed_attachments) == (APPLIED, 0)
    assert set(Operation.objects.values_list("state", flat=True)) == {State.CONFIRMED}


def test_our_own_deletions_are_not_suspicious_though_their_answers_were_lost(upstream, load, manager):
    upstream.store.seed(records=[(f"record {n:03}", "a@northmail.example", 5, ()) for n in range(30)])
    load()
    upstream.fault("close_before_answer", task="write", applied=True, times=0)
    for record in MonitorRecord.objects.order_by("name")[:12]:
        reset_throttle()
        records.delete(submission=Submission(actor=manager), record=record)
    let_deadlines_pass()

    done = look()

    assert (done.outcome, done.removed_records) == (APPLIED, 0)
    assert set(Operation.objects.values_list("state", flat=True)) == {State.CONFIRMED}


def test_our_own_moves_are_not_suspicious(upstream, load, manager):
    fill(upstream, 30)
    upstream.store.seed(records=[("new home", "a@northmail.example", 5, ())])
    load()
    home = MonitorRecord.objects.get(name="new home")
    for number in range(12):
        attachments.append(
            submission=Submission(actor=manager), record=home, user=f"customer {number:03}", elsewhere="too"
        )

    done = look()

    assert (done.outcome, done.removed_attachments) == (APPLIED, 0)
    assert mirrored() == upstreams(upstream.store)


def test_deletion_by_us_does_not_hide_how_much_others_removed(upstream, load, manager):
    fill(upstream, 30)
    load()
    upstream.fault("close_before_answer", task="write", applied=True, times=0)
    for record in MonitorRecord.objects.order_by("name")[:12]:
        reset_throttle()
        attachments.detach(
            submission=Submission(actor=manager),
            record=record,
            user=record.name.replace("record", "customer"),
        )
    upstream.clear()
    let_deadlines_pass()
    upstream.fault("empty_list", task="list")

    done = look()

    assert (done.outcome, done.removed_records, done.removed_attachments) == (HELD, 30, 18)
