"""Every fault of the sandbox on the list, JSON and XML: what cannot be read changes nothing, what can is believed."""

from typing import Any

import pytest
from django.core import serializers
from django.test import override_settings

from monitors.models import (
    Attachment,
    Customer,
    Mirror,
    MonitorRecord,
    Operation,
    RecordRevision,
    Refresh,
    RefreshOutcome,
    State,
)
from monitors.sandbox.faults import FAULTS, Moment
from monitors.sandbox.server import SandboxServer
from monitors.services import attachments
from monitors.services.lists import refresh
from monitors.services.log import verify
from monitors.services.submission import Submission
from tests.endurance.fault_cases import LIST_PARTS, beliefs, deadline_of_list, faults_of_list
from tests.endurance.truth import (
    Content,
    bring_connection_for,
    let_deadlines_pass,
    look_again,
    mirrored,
    reset_throttle,
    upstreams,
)
from tests.gateway.fault_ends import ODD_ROWS_IN_XML, OPTIONS

GOOD = (RefreshOutcome.APPLIED, RefreshOutcome.UNCHANGED)
BAD = (RefreshOutcome.FAILED, RefreshOutcome.UNUSABLE)
BEFORE = [("first", "a@northmail.example", 5, ("ann",)), ("second", "b@northmail.example", 7, ())]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("part", range(LIST_PARTS))
def test_list_is_believed_or_changes_nothing(upstream, load, form, part):
    upstream.store.seed(records=BEFORE, customers=["ann", "bob"])
    load()

    wrong = {fault: wrong_after(upstream, fault, form) for fault in faults_of_list(part)}

    assert {fault: words for fault, words in wrong.items() if words} == {}
    assert verify.chain().problem == ""


def wrong_after(server: SandboxServer, fault: str, form: str) -> str:
    """Somebody outside changes a record, the next list meets the fault, the one after that is good."""
    before, stale = everything(), upstreams(server.store)
    reset_throttle()
    done = refreshed_under(server, fault)
    words = wrong_with(done, before, fault, form, shown_by(fault, form, stale, upstreams(server.store)))
    look_again()
    return words or ("" if mirrored() == upstreams(server.store) else "the next list did not heal it")


def refreshed_under(server: SandboxServer, fault: str) -> Refresh:
    # Where a kept connection is dropped, the list is asked for once more, over a new one.
    is_once = FAULTS[fault].moment is Moment.REUSED
    with override_settings(SENDGRID_DEADLINE=deadline_of_list(fault)):
        bring_connection_for(fault)
        server.fault(fault, task="list", applied=True, times=1 if is_once else 0, **OPTIONS.get(fault, {}))
        server.store.edit(name="second", new_frequency=len(server.calls) + 1000)
        done = refresh.run(source="command", is_probe=True)
    assert not (is_once and server.faults), f"{fault} was not played"
    server.clear()
    assert done is not None
    return done


def wrong_with(done: Refresh, before: list[Any], fault: str, form: str, shown: Content) -> str:
    is_believed = done.outcome in GOOD
    if is_believed not in beliefs(fault, form) or not (is_believed or (done.outcome in BAD and done.note)):
        return f"it counted as {done.outcome}: {done.note}"
    if is_believed:
        return "" if mirrored() == shown else f"the mirror shows {mirrored()}"
    return "" if everything() == before else "it changed something"


def shown_by(fault: str, form: str, stale: Content, true: Content) -> Content:
    """What a list with that fault says, where it can be read."""
    if fault in ("stale_list", "half_list", "empty_list"):
        return {"stale_list": stale, "half_list": stale[:1], "empty_list": []}[fault]
    if form == "xml" and fault in ODD_ROWS_IN_XML:
        return [] if fault == "repeated_keys" else [("odd", "odd@example.com", None, ())]
    return true


def everything() -> list[Any]:
    """The copy and its history, to the last column."""
    tables = (MonitorRecord, RecordRevision, Customer, Attachment)
    return [serializers.serialize("python", table.objects.order_by("pk")) for table in tables]


@pytest.mark.usefixtures("short_waits", "short_deadline")
@pytest.mark.parametrize(
    "fault", ["hang", "status_503_html", "html_200", "truncated", "e1", "close_within_answer"]
)
def test_no_operation_is_judged_by_a_list_that_cannot_be_read(upstream, load, manager, fault):
    upstream.store.seed(records=BEFORE, customers=["ann", "bob", "carl"])
    load()
    record = MonitorRecord.objects.get(name="first")
    accepted = attachments.append(submission=Submission(actor=manager), record=record, user="bob")
    upstream.fault("close_before_answer", task="append", applied=True)
    unknown = attachments.append(submission=Submission(actor=manager), record=record, user="carl")
    let_deadlines_pass()
    upstream.fault(fault, task="list", times=0)

    refresh.run(source="command", is_probe=True)

    assert [Operation.objects.get(pk=operation.pk).state for operation in (accepted, unknown)] == [
        State.ACCEPTED,
        State.UNKNOWN,
    ]
    upstream.clear()
    look_again()
    assert {Operation.objects.get(pk=operation.pk).state for operation in (accepted, unknown)} == {
        State.CONFIRMED
    }


@pytest.mark.usefixtures("short_waits", "short_deadline")
def test_failing_lists_are_asked_for_less_and_less_often_and_the_age_goes_on(upstream, load):
    loaded_at = load().asked_at
    upstream.fault("status_503_html", task="list", times=0)
    pauses = []
    for _ in range(4):
        reset_throttle()
        refresh.run(source="command", is_probe=True)
        mirror = Mirror.objects.get()
        pauses.append((mirror.due_at - Refresh.objects.latest("pk").finished_at).total_seconds())

    assert pauses == sorted(pauses)
    assert pauses[-1] > 4 * pauses[0]
    assert (mirror.asked_at, mirror.failures, bool(mirror.failure)) == (loaded_at, 4, True)
