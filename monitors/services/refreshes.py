"""A person asks for SendGrid's list, and what came of it in a sentence."""

from dataclasses import dataclass

from django.contrib.auth.models import User

from monitors.models import Kind, Mirror, Refresh, RefreshOutcome
from monitors.services import clock, ends, moves, queue, worker
from monitors.services.lists import refresh, schedule
from monitors.services.log import audit


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """What became of somebody's request for a list, as a sentence; `refresh` when it was fetched here."""

    sentence: str
    refresh: Refresh | None = None


def request_list(*, actor: User | None) -> RefreshRequest:
    """Somebody wants the list now: a living worker fetches it, else this process does. Who asked is an event."""
    audit.write(audit.Event(kind=Kind.LIST_ASKED, source="web", **audit.by(actor)))
    mirror = Mirror.objects.get(pk=1)
    if worker.is_alive(mirror, clock.now()):
        schedule.list_now(is_forced=True)
        schedule.wake_worker()
        return RefreshRequest("SendGrid was asked for its list. This page shows it when it arrives.")
    ends.record_kept()
    queue.expire()  # as the worker does before its lists
    result = refresh.run(source="web", actor=actor, is_probe=True)
    if result is None:
        # The list under way may be older than what this person wants to see.
        schedule.list_now(is_forced=True)
        return RefreshRequest("Somebody else is fetching the list right now.")
    moves.run_due(is_after_list=True)
    return RefreshRequest(sentence_of(result), result)


def sentence_of(result: Refresh) -> str:
    """What a finished refresh brought."""
    if result.outcome == RefreshOutcome.UNCHANGED:
        return "SendGrid's list was fetched. Nothing had changed."
    if result.outcome == RefreshOutcome.APPLIED:
        noun = "difference" if result.differences == 1 else "differences"
        return f"SendGrid's list was fetched and {result.differences:,} {noun} applied."
    if result.outcome in (RefreshOutcome.HELD, RefreshOutcome.REJECTED):
        return "SendGrid's list was fetched and held, because it would change too much."
    return f"SendGrid's list could not be fetched: {result.note or result.get_outcome_display()}"
