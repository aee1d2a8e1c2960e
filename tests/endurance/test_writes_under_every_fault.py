"""Every fault of the sandbox × JSON and XML × each write × carried out and not: the desk's word is true.

The rule, held against the upstream's own log of calls: *accepted* and *confirmed* only of what was done,
*refused* and *not sent* only of what was not, *unknown* until a later list has shown which. Two ends are
the upstream's own lies and are believed until a list shows otherwise: a `success` that did nothing ends
as *contradicted*; a refusal that was obeyed nevertheless stays *refused*, and it is told that a list shows it,
by nobody's hand.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings

from monitors.models import AuditEvent, MonitorRecord, Operation, State
from monitors.sandbox.calls import Call
from monitors.sandbox.server import SandboxServer
from monitors.services import attachments, records
from monitors.services.log import verify
from monitors.services.submission import Submission
from monitors.wording.states import state_word
from tests.endurance.fault_cases import (
    SHOWN,
    deadline_of_write,
    faults_of,
    faults_of_write,
    is_carried_out,
    word_when_settled,
    words_at_once,
)
from tests.endurance.truth import (
    bring_connection_for,
    kinds_of,
    leave_connection_of,
    look_again,
    mirrored,
    reset_throttle,
    settle,
    upstreams,
)
from tests.gateway.fault_ends import OPTIONS, TOO_BUSY

MAILBOX = "a@northmail.example"
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def fill(server: SandboxServer, task: str) -> None:
    """A record or a customer of its own for each fault, so that no operation is in another's way."""
    faults = faults_of(task)
    server.store.register(f"for {fault}" for fault in faults)
    users = tuple(f"for {fault}" for fault in faults if task == "detach")
    server.store.seed(records=[("base", MAILBOX, 5, users)])
    if task in ("edit", "delete"):
        server.store.seed(records=[(fault, MAILBOX, 5, ()) for fault in faults])
    # So many more that no list looks suspicious: that is test_suspicious_lists.py.
    server.store.seed(records=[(f"bystander {n}", MAILBOX, 5, (f"bystander {n}",)) for n in range(100)])


def record(name: str) -> MonitorRecord:
    return MonitorRecord.objects.get(name=name, gone_at=None)


ATTEMPTS: dict[str, Callable[[Any, str], Operation]] = {
    "create": lambda actor, fault: records.create(
        submission=Submission(actor=actor), name=fault, email=MAILBOX, frequency=7
    ),
    "edit": lambda actor, fault: records.edit(
        submission=Submission(actor=actor), record=record(fault), new_name=f"{fault} again", new_frequency=9
    ),
    "delete": lambda actor, fault: records.delete(submission=Submission(actor=actor), record=record(fault)),
    "append": lambda actor, fault: attachments.append(
        submission=Submission(actor=actor), record=record("base"), user=f"for {fault}"
    ),
    "detach": lambda actor, fault: attachments.detach(
        submission=Submission(actor=actor), record=record("base"), user=f"for {fault}"
    ),
}


@pytest.mark.usefixtures("short_waits", "form")
@pytest.mark.parametrize("task", ATTEMPTS)
@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not"])
def test_word_is_true_at_once_and_after_settling(upstream, manager, load, task, applied):
    fill(upstream, task)
    load()

    met = {
        fault: attempt(upstream, fault, lambda fault=fault: ATTEMPTS[task](manager, fault), applied)
        for fault in faults_of_write(task, applied=applied)
    }
    at_once = {fault: wrong_at_once(fault, *end, applied) for fault, end in met.items()}
    words = {fault: said(operation) for fault, (operation, _) in met.items()}
    settle()
    settled = {
        fault: wrong_when_settled(words[fault], end[0], is_carried_out(fault, applied=applied))
        for fault, end in met.items()
    }

    assert {fault: words for fault, words in at_once.items() if words} == {}
    assert {fault: words for fault, words in settled.items() if words} == {}
    assert mirrored() == upstreams(upstream.store)
    if not applied:
        let_late_one_be_shown(upstream, *met["late"])
    assert verify.chain().problem == ""


def attempt(
    server: SandboxServer, fault: str, act: Callable[[], Operation], applied: bool, seconds: float = 0
) -> tuple[Operation, list[Call]]:
    reset_throttle()
    with override_settings(SENDGRID_DEADLINE=seconds or deadline_of_write(fault)):
        bring_connection_for(fault)
        server.fault(fault, task="write", applied=applied, times=1, **OPTIONS.get(fault, {}))
        last = server.calls[-1].id if server.calls else 0
        operation = act()
    leave_connection_of(fault)
    if server.faults and TOO_BUSY in operation.outcome_note and not seconds:
        server.clear()
        return attempt(server, fault, act, applied, seconds=10)
    assert server.faults == (), f"{fault} was not played"
    return operation, server.calls_after(last)


def wrong_at_once(fault: str, operation: Operation, calls: list[Call], applied: bool) -> str:
    acted = any(call.applied for call in calls)
    if acted != is_carried_out(fault, applied=applied):
        return f"the upstream had {'' if acted else 'not '}done it"
    allowed = words_at_once(fault, applied=applied)
    if said(operation) not in allowed:
        return f"{said(operation)} instead of {allowed}"
    if len(calls) > 1:
        return f"called {len(calls)} times"
    if kinds_of(operation) != ["operation.started", "operation.ended"]:
        return f"its events are {kinds_of(operation)}"
    return ""


def said(operation: Operation) -> str:
    """What people read of it."""
    return state_word(operation) + (", but shown by a list" if operation.shown_by else "")


def wrong_when_settled(word: str, operation: Operation, acted: bool) -> str:
    before = operation.state
    operation.refresh_from_db()
    expected = word_when_settled(word, is_done=acted)
    if (operation.state, said(operation)) != (final(before, acted), expected):
        return f"{word} became {said(operation)} instead of {expected}"
    if before in (State.ACCEPTED, State.UNKNOWN):
        judged = [kind for kind in kinds_of(operation)[2:] if kind != "list.difference"]
        if judged != ["operation.settled"] or operation.settled_by is None:
            return f"its events are {kinds_of(operation)}"
    elif acted and not told_as_shown(operation):
        return "nobody was told of what a refused one did"
    return ""


def final(before: str, acted: bool) -> str:
    if before in (State.ACCEPTED, State.UNKNOWN) and acted:
        return State.CONFIRMED
    return {State.ACCEPTED: State.CONTRADICTED, State.UNKNOWN: State.NOT_APPLIED}.get(State(before), before)


def told_as_shown(operation: Operation) -> bool:
    """The operation and its event name the list; the difference names the operation, and nobody who did it."""
    shown = AuditEvent.objects.filter(operation_id=operation.pk, kind="operation.shown")
    differences = AuditEvent.objects.filter(operation_id=operation.pk, kind="list.difference")
    is_told = operation.shown_by is not None and shown.count() == 1
    return is_told and set(differences.values_list("source", "actor_name")) == {("refresh", "")}


def let_late_one_be_shown(server: SandboxServer, operation: Operation, calls: list[Call]) -> None:
    """The upstream carries it out once the desk has said that no list shows it; the next list mends that."""
    server.carry_out_late_writes()
    assert [call.applied for call in server.calls_after(calls[0].id - 1)[:1]] == [True]

    look_again()

    operation.refresh_from_db()
    assert said(operation) == SHOWN
    assert kinds_of(operation)[2:].count("operation.settled") == 2
    assert mirrored() == upstreams(server.store)
