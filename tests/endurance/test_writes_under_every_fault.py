"""Every fault of the sandbox × JSON and XML × each write × applied and not: the desk's word is true.

The rule, held against the upstream's own log of calls: *accepted* and *confirmed* only of what was done,
*refused* and *not sent* only of what was not, *unknown* until a later list has shown which. Two ends are
the upstream's own lies and are believed until a list shows otherwise: a `success` that did nothing ends
as *contradicted*; a refusal that was obeyed nevertheless stays *refused*, and it is told that a list shows it,
by nobody's hand.
"""

from collections.abc import Callable
from typing import Any

import pytest

from monitors.gateway.errors import NotSent, OutcomeUnknown
from monitors.models import AuditEvent, MonitorRecord, Operation, State
from monitors.sandbox.calls import Call
from monitors.sandbox.faults import FAULTS, NAMES, Moment
from monitors.sandbox.server import SandboxServer
from monitors.services import attachments, records
from monitors.services.log import verify
from monitors.services.operations import Submission
from tests.endurance.truth import kinds_of, mirrored, open_a_connection, reset_throttle, settle, upstreams
from tests.gateway.test_fault_matrix import EXPECTED, HONEST, OPTIONS, writing

MAILBOX = "a@northmail.example"
WRITE_FAULTS = [name for name in NAMES if "create" in FAULTS[name].tasks]
# One of each way to fail; what a task adds of its own is only what its end does to the mirror.
SOME_FAULTS = (
    *(
        "close_on_connect",
        "rst_before_reading",
        "close_before_answer",
        "rst_within_answer",
        "hang",
        "drip_body",
    ),
    *(
        "short_body_without_length",
        "huge_body",
        "cut_gzip",
        "redirect_307",
        "status_403_html",
        "status_500_envelope",
    ),
    *(
        "status_409_envelope",
        "empty_200",
        "truncated",
        "success_with_errors",
        "unknown_message",
        "e1",
        "e5",
        "e7",
    ),
    *("lie", "gzipped", "delay"),
)
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def faults_for(task: str) -> list[str]:
    return WRITE_FAULTS if task in ("create", "append") else list(SOME_FAULTS)


def fill(server: SandboxServer, task: str) -> None:
    """A record or a customer of its own for each fault, so that no operation is in another's way."""
    faults = faults_for(task)
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


@pytest.mark.usefixtures("short_waits", "short_deadline", "form")
@pytest.mark.parametrize("task", ATTEMPTS)
@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not"])
def test_word_is_true_at_once_and_after_settling(upstream, manager, load, task, applied):
    fill(upstream, task)
    load()

    met = {
        fault: attempt(upstream, fault, lambda fault=fault: ATTEMPTS[task](manager, fault), applied)
        for fault in faults_for(task)
    }
    at_once = {fault: wrong_at_once(fault, operation, calls) for fault, (operation, calls) in met.items()}
    settle()
    settled = {
        fault: wrong_when_settled(fault, operation, calls) for fault, (operation, calls) in met.items()
    }

    assert {fault: words for fault, words in at_once.items() if words} == {}
    assert {fault: words for fault, words in settled.items() if words} == {}
    assert mirrored() == upstreams(upstream.store)
    assert verify.chain().problem == ""


def attempt(
    server: SandboxServer, fault: str, act: Callable[[], Operation], applied: bool
) -> tuple[Operation, list[Call]]:
    reset_throttle()
    open_a_connection(fault)
    server.fault(fault, task="write", applied=applied, times=0, **OPTIONS.get(fault, {}))
    last = server.calls[-1].id if server.calls else 0
    operation = act()
    server.clear()
    return operation, server.calls_after(last)


def wrong_at_once(fault: str, operation: Operation, calls: list[Call]) -> str:
    acted = any(call.applied for call in calls)
    # One of a kept connection waits in vain where the call opened a new one.
    is_met = FAULTS[fault].moment is not Moment.REUSED or any(call.fault for call in calls)
    expected = EXPECTED[fault] if is_met else HONEST
    allowed = {state_of(end) for end in writing(expected, acted)}
    if fault == "rst_after_answer":  # a reset throws away what the client has not read yet
        allowed.add(State.UNKNOWN)
    if operation.state not in allowed:
        return f"{operation.state} instead of {allowed}"
    if len(calls) > 1:
        return f"called {len(calls)} times"
    if kinds_of(operation) != ["operation.started", "operation.ended"]:
        return f"its events are {kinds_of(operation)}"
    return ""


def state_of(end: object) -> State:
    ends: dict[object, State] = {None: State.ACCEPTED, NotSent: State.NOT_SENT, OutcomeUnknown: State.UNKNOWN}
    return ends.get(end, State.REFUSED)


def wrong_when_settled(fault: str, operation: Operation, calls: list[Call]) -> str:
    acted = any(call.applied for call in calls)
    before = operation.state
    operation.refresh_from_db()
    if operation.state != final(before, acted):
        return f"{before} became {operation.state}, and the upstream had {'' if acted else 'not '}done it"
    if before in (State.ACCEPTED, State.UNKNOWN):
        judged = [kind for kind in kinds_of(operation)[2:] if kind != "list.difference"]
        if judged != ["operation.settled"] or operation.settled_by is None:
            return f"its events are {kinds_of(operation)}"
    elif acted and not told_as_shown(operation):
        return "nobody was told of what a refused one did"
    elif not acted and operation.shown_by is not None:
        return "a list was said to show what was never done"
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
