"""What each state means and what to do about it, for the page of that name; tests hold it complete."""

from dataclasses import dataclass

from monitors.models import ChangeState, PlanState, Refresh, RefreshOutcome, State
from monitors.wording.plans import CHANGE_LOOKS, PLAN_LOOKS
from monitors.wording.states import (
    LOOKS,
    REFRESH_TONES,
    SHOWN_BY_LIST,
    SUPERSEDED_LOOK,
    Look,
    accepted_word,
    refresh_word,
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """One entry; `key` is its place on the page."""

    key: str
    word: str
    look: Look
    means: str
    to_do: str


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    about: str
    entries: tuple[Meaning, ...]


_NOTHING = "Nothing."
_WAIT = "Nothing. The page updates by itself."
_OPERATIONS: dict[State, tuple[str, str]] = {
    State.QUEUED: (
        "It was asked for and has not left the desk yet. If nobody can send it within a minute, it is not sent.",
        _WAIT,
    ),
    State.PENDING: ("The call to SendGrid is under way.", _WAIT),
    State.ACCEPTED: (
        "SendGrid said success. No list that was asked for afterwards has come yet, so nothing proves it.",
        "Nothing. The next list confirms or contradicts it.",
    ),
    State.CONFIRMED: (
        "SendGrid said success, and a list that was asked for afterwards shows it.",
        "Nothing. Undo takes it back.",
    ),
    State.CONTRADICTED: (
        "SendGrid said success, but a list that was asked for afterwards does not show it. It did not take effect, "
        "or somebody undid it elsewhere. For a day a later list may still show it.",
        "Look at the record. Try again if it is still wanted.",
    ),
    State.REFUSED: (
        "SendGrid said no, in the words that are quoted. Nothing was changed.",
        "Correct what the words name, then try again.",
    ),
    State.NOT_SENT: (
        "The call never left the desk: there was no connection, or no time. Nothing was changed.",
        "Try again. That is safe.",
    ),
    State.UNKNOWN: (
        "The call left, and no clear answer came: it may or may not have been done.",
        "Wait. A list asked for after the call's deadline tells what happened; until then repeating it is not safe.",
    ),
    State.NOT_APPLIED: (
        "No clear answer came, and a list that was asked for after the deadline does not show it. It was not done.",
        "Try again. That is safe.",
    ),
}
_LISTS: dict[RefreshOutcome, tuple[str, str]] = {
    RefreshOutcome.RUNNING: ("The list is being fetched or written.", _WAIT),
    RefreshOutcome.APPLIED: ("The list came, and the desk now shows what it says.", _NOTHING),
    RefreshOutcome.UNCHANGED: ("The list came, and the desk showed all of it already.", _NOTHING),
    RefreshOutcome.HELD: (
        "The list would change too much at once, and no operation explains it. The desk keeps what it shows.",
        "An administrator looks at what it would change, and accepts or rejects it.",
    ),
    RefreshOutcome.REJECTED: (
        "An administrator does not believe the list. The desk keeps what it shows until another one comes.",
        "Nothing, or accept it after all.",
    ),
    RefreshOutcome.UNUSABLE: (
        "An answer came that cannot be read as a list. The desk keeps what it shows.",
        "Nothing. The desk fetches the next list by itself. If this continues, tell an administrator.",
    ),
    RefreshOutcome.FAILED: (
        "No list came: SendGrid did not answer, refused, or asked for fewer requests.",
        "Nothing. The desk fetches the next list by itself. If this continues, tell an administrator.",
    ),
    RefreshOutcome.BROKEN_OFF: (
        "The desk stopped while it wrote the list. The next list completes it.",
        _NOTHING,
    ),
}
_PLANS: dict[PlanState, tuple[str, str]] = {
    PlanState.DRAFT: ("It is ready, and nothing of it has been sent.", "Run it, schedule it, or discard it."),
    PlanState.SCHEDULED: ("It starts by itself when its time comes.", "Nothing, or cancel it."),
    PlanState.RUNNING: ("Its changes are being sent, one after the other.", _WAIT),
    PlanState.PAUSED: (
        "Nothing more is sent until it resumes. Where SendGrid did not answer, it resumes by itself.",
        "Resume it, or cancel what is left.",
    ),
    PlanState.DONE: ("All its changes were sent.", "Look at what failed, if anything did."),
    PlanState.CANCELLED: ("Somebody cancelled it. What had been sent before stays.", _NOTHING),
}
_CHANGES: dict[ChangeState, tuple[str, str]] = {
    ChangeState.LEFT: ("It has not been sent yet.", _NOTHING),
    ChangeState.SENDING: ("It is queued or under way.", _WAIT),
    ChangeState.DONE: ("SendGrid said success.", "Nothing. Undo takes it back."),
    ChangeState.REFUSED: ("SendGrid said no. Nothing was changed.", "Correct it, then try again."),
    ChangeState.NOT_SENT: ("It never left the desk.", "Try again. That is safe."),
    ChangeState.NOT_SHOWN: ("It was sent, and a list asked for afterwards does not show it.", "Try again."),
    ChangeState.UNKNOWN: (
        "It was sent, and no clear answer came.",
        "Wait. A later list tells what happened.",
    ),
    ChangeState.LEFT_OUT: (
        "It was not sent, because it no longer held, was so already, or somebody took it out.",
        _NOTHING,
    ),
    ChangeState.CANCELLED: ("The plan was cancelled before its turn came.", _NOTHING),
}
_SPECIAL = (
    Meaning(
        "superseded",
        accepted_word(""),
        SUPERSEDED_LOOK,
        "SendGrid said success, and a later operation changed the same thing before a list could show this one. "
        "No list will ever tell whether it took effect.",
        "Nothing. The later operation is what counts.",
    ),
    Meaning(
        "shown-by-list",
        SHOWN_BY_LIST,
        LOOKS[State.CONFIRMED],
        "SendGrid never said success, yet a list shows what was wanted. Somebody else may have done it.",
        _NOTHING,
    ),
    Meaning(
        "outside",
        "Changed outside",
        Look("mute", "box-arrow-up-right"),
        "A list shows it, and no operation of this desk explains it: somebody changed it at SendGrid directly.",
        "Ask whoever works there, or make it as it was.",
    ),
)


def sections() -> tuple[Section, ...]:
    """Operations first; each state of the desk once."""
    operations = [_of(state.value, state.label, LOOKS[state], text) for state, text in _OPERATIONS.items()]
    lists = [
        _of(f"list-{outcome.value}", refresh_word(Refresh(outcome=outcome)), _look_of_list(outcome), text)
        for outcome, text in _LISTS.items()
    ]
    plans = [
        _of(f"plan-{state.value}", state.label, PLAN_LOOKS[state], text) for state, text in _PLANS.items()
    ]
    changes = [
        _of(f"change-{state.value}", state.label, CHANGE_LOOKS[state], text)
        for state, text in _CHANGES.items()
    ]
    return (
        Section(
            "operations",
            "Operations",
            "One attempt to change something at SendGrid. What the desk says of it is only what is proven.",
            (*operations, *_SPECIAL),
        ),
        Section(
            "lists",
            "Lists",
            "SendGrid's answer to which records and customers there are.",
            tuple(lists),
        ),
        Section("plans", "Plans", "Many wanted changes, seen before anything is sent.", tuple(plans)),
        Section("changes", "Changes of a plan", "Each is one wanted change.", tuple(changes)),
    )


def _of(key: str, word: str, look: Look, text: tuple[str, str]) -> Meaning:
    return Meaning(key, word, look, *text)


def _look_of_list(outcome: RefreshOutcome) -> Look:
    tone = REFRESH_TONES.get(outcome, "mute")
    icons = {"good": "check-lg", "wait": "hourglass-split", "bad": "exclamation-triangle"}
    return Look(tone, icons.get(tone, "dash-circle"))
