"""How states, samples and refreshes show: their words, icons and tones."""

from dataclasses import dataclass
from math import ceil

from django.utils import timezone

from monitors.models import UNDER_WAY, Operation, Refresh, RefreshOutcome, State
from monitors.models.operation import RECORD_MISSING
from monitors.wording.text import Unbroken


@dataclass(frozen=True, slots=True)
class Look:
    """How a state shows: a colour never says it alone."""

    tone: str
    icon: str


LOOKS: dict[State, Look] = {
    State.QUEUED: Look("wait", "hourglass-split"),
    State.PENDING: Look("wait", "hourglass-split"),
    State.ACCEPTED: Look("wait", "clock"),
    State.CONFIRMED: Look("good", "check-lg"),
    State.CONTRADICTED: Look("bad", "exclamation-triangle"),
    State.REFUSED: Look("bad", "x-circle"),
    State.NOT_SENT: Look("mute", "dash-circle"),
    State.UNKNOWN: Look("ask", "question-circle"),
    State.NOT_APPLIED: Look("bad", "dash-circle"),
}

SHOWN_BY_LIST = "Shown by a list"
SUPERSEDED_LOOK = Look("past", "check-lg")

REFRESH_TONES = {
    RefreshOutcome.APPLIED: "good",
    RefreshOutcome.UNCHANGED: "good",
    RefreshOutcome.RUNNING: "wait",
    RefreshOutcome.HELD: "wait",
    RefreshOutcome.UNUSABLE: "bad",
    RefreshOutcome.FAILED: "bad",
}


def look(operation: Operation) -> Look:
    return SUPERSEDED_LOOK if is_superseded(operation) else LOOKS[State(operation.state)]


def state_word(operation: Operation) -> str:
    if is_superseded(operation):
        return accepted_word(operation.outcome_note)
    if operation.state == State.CONFIRMED and not operation.has_success:
        return SHOWN_BY_LIST
    return operation.get_state_display()


def is_shown_by_list_alone(operation: Operation) -> bool:
    """A list shows what was wanted, and SendGrid never said `success`: nobody knows who did it."""
    is_shown = operation.state == State.CONFIRMED or operation.shown_by_id is not None
    return is_shown and not operation.has_success


def is_under_way(operation: Operation) -> bool:
    return operation.settled_at is None and operation.state in UNDER_WAY


def is_superseded(operation: Operation) -> bool:
    """Accepted for good: the same was changed again, or the record was gone, before a list could show it."""
    return operation.settled_at is not None and operation.state == State.ACCEPTED


def accepted_word(note: str) -> str:
    """Of an operation that is accepted for good: why no list can show it."""
    return "Accepted, record gone" if note == RECORD_MISSING else "Superseded"


def state_key(operation: Operation) -> str:
    """Where the page *What the states mean* tells of its state."""
    if is_superseded(operation):
        return "superseded"
    return "shown-by-list" if state_word(operation) == SHOWN_BY_LIST else operation.state


def seconds_to_tell(operation: Operation) -> int:
    """Until a list can tell what an unknown one did; 0 where one can already."""
    left = (operation.deadline_at - timezone.now()).total_seconds()
    return max(ceil(left), 0)


def version(operation: Operation) -> str:
    """Changes when the page must show something else of an operation under way."""
    ends_at = operation.send_by if operation.state == State.QUEUED else operation.deadline_at
    is_certain = "over" if ends_at is not None and ends_at <= timezone.now() else "open"
    return f"{operation.state}-{is_certain}"


def notice_version(operation: Operation, is_alone: bool) -> str:
    """Of the notice, which also says what a queued one waits for, and whether there is no worker."""
    waits_for = f"-{operation.waits_for.pk}" if operation.waits_for else ""
    return f"{version(operation)}{waits_for}{'-alone' if is_alone else ''}"


def sample(frequency: int | str | None) -> Unbroken:
    """`1 in 1,000`: the API's frequency as people read it, also as a call holds it in digits."""
    return Unbroken("not readable" if frequency is None else f"1 in {int(frequency):,}")


def refresh_tone(refresh: Refresh) -> str:
    return REFRESH_TONES.get(RefreshOutcome(refresh.outcome), "mute")


def refresh_word(refresh: Refresh) -> str:
    """What became of a list. A rejected list that came again was rejected only once."""
    if refresh.outcome == RefreshOutcome.FAILED:
        return "No list came"
    if refresh.decided_by is None or refresh.decided_at is None:
        return refresh.get_outcome_display()
    who = refresh.decided_by.get_full_name() or refresh.decided_by.get_username()
    if refresh.outcome == RefreshOutcome.HELD:
        return f"Held, then accepted by {who}"
    return f"Rejected by {who}" if refresh.decided_at > refresh.asked_at else "The rejected list again"
