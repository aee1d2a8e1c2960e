"""Plans, their changes and what became of them, in words."""

from datetime import timedelta
from typing import Any

from monitors.models import (
    FAILED,
    Change,
    ChangeKind,
    ChangeState,
    Effect,
    Operation,
    Plan,
    PlanSource,
    PlanState,
    State,
    Step,
)
from monitors.wording import until
from monitors.wording.details import details_kept
from monitors.wording.outcomes import outcome
from monitors.wording.states import Look, sample
from monitors.wording.text import Name, Part, Strong, Text, compose, join, plural, sentence, strong_name

_FORMS = {
    ChangeKind.APPEND: ("Append", "Appending", "Appended", "to"),
    ChangeKind.MOVE: ("Move", "Moving", "Moved", "to"),
    ChangeKind.DETACH: ("Detach", "Detaching", "Detached", "from"),
    ChangeKind.EDIT: ("Edit", "Editing", "Edited", ""),
    ChangeKind.CREATE: ("Create", "Creating", "Created", ""),
    ChangeKind.DELETE: ("Delete", "Deleting", "Deleted", ""),
}
_TENSES = {PlanState.RUNNING: 1, PlanState.PAUSED: 1, PlanState.DONE: 2}
PLAN_LOOKS = {
    PlanState.DRAFT: Look("mute", "pencil"),
    PlanState.SCHEDULED: Look("ask", "calendar-event"),
    PlanState.RUNNING: Look("wait", "hourglass-split"),
    PlanState.PAUSED: Look("wait", "pause-fill"),
    PlanState.DONE: Look("good", "check-lg"),
    PlanState.CANCELLED: Look("mute", "x-lg"),
}
CHANGE_LOOKS = {
    ChangeState.LEFT: Look("mute", "dash-circle"),
    ChangeState.SENDING: Look("wait", "hourglass-split"),
    ChangeState.DONE: Look("good", "check-lg"),
    ChangeState.REFUSED: Look("bad", "x-circle"),
    ChangeState.NOT_SENT: Look("mute", "dash-circle"),
    ChangeState.NOT_SHOWN: Look("bad", "dash-circle"),
    ChangeState.UNKNOWN: Look("ask", "question-circle"),
    ChangeState.LEFT_OUT: Look("mute", "x-lg"),
    ChangeState.CANCELLED: Look("mute", "x-lg"),
}
EFFECT_LOOKS = {
    Effect.APPLIES: Look("good", "plus-lg"),
    Effect.MOVES: Look("wait", "arrow-left-right"),
    Effect.WAITS: Look("ask", "clock"),
    Effect.ALREADY: Look("mute", "dash-circle"),
    Effect.UNKNOWN_CUSTOMER: Look("bad", "question-circle"),
    Effect.TWICE: Look("mute", "copy"),
    Effect.NOT_ALLOWED: Look("bad", "x-circle"),
}
_EXPLAINED = {
    Effect.MOVES: "they are on another record now",
    Effect.WAITS: "sent once what is under way on them is over",
    Effect.ALREADY: "skipped, nothing is sent",
    Effect.UNKNOWN_CUSTOMER: "the desk has never seen these names on any record",
    Effect.TWICE: "skipped, counted once",
    Effect.NOT_ALLOWED: "cannot be sent as they are",
}
_SOURCES = {
    PlanSource.NAMES: "pasted names",
    PlanSource.FILE: "a file",
    PlanSource.SELECTION: "a selection",
    PlanSource.DELETION: "the deletion of a record",
    PlanSource.MOVE: "a move",
    PlanSource.UNDO: "an undo",
    PlanSource.DRIFT: "a change outside the desk",
}


OWN_ENDS = (PlanSource.UNDO, PlanSource.DRIFT)  # each change brings back its former end


def plan_title(plan: Plan) -> Text:
    """`Append 40 customers to abuse-desk`, in the tense of its state, with what is sent."""
    outline = plan.outline
    kinds = [ChangeKind(kind) for kind in outline.get("kinds", {})]
    sent = int(outline.get("sent", 0) if plan.state != PlanState.DRAFT else outline.get("changes", 0))
    tense = _TENSES.get(PlanState(plan.state), 0)
    begin = "Undo: " if plan.undoes_id or plan.source == PlanSource.UNDO else ""
    title = _title(outline, kinds, sent, tense)
    return Text((*([begin] if begin else []), *title.parts, *_until(plan, kinds).parts))


def _until(plan: Plan, kinds: list[ChangeKind]) -> Text:
    """How long, where all of them are appended."""
    if not plan.until or plan.source in OWN_ENDS or not set(kinds) <= {ChangeKind.APPEND, ChangeKind.MOVE}:
        return Text()
    if plan.until == "none":
        return compose(" with no end")
    length = until.length(plan.until)
    return compose(" for {}", length) if length else compose(" {}", until.asked(plan.until))


def until_text(text: str) -> Part:
    """What was asked for, as a template has it."""
    return until.asked(text)


def _title(outline: dict[str, Any], kinds: list[ChangeKind], count: int, tense: int) -> Text:
    record = str(outline.get("record") or "")
    if set(kinds) == {ChangeKind.DETACH, ChangeKind.DELETE} and record:
        verb = ("Detach", "Detaching", "Detached")[tense]
        return compose("{} {}, then delete {}", verb, _customers(max(count - 1, 0)), _unit(record))
    if set(kinds) == {ChangeKind.APPEND, ChangeKind.MOVE}:
        kinds = [ChangeKind.APPEND]
    if len(kinds) != 1:
        return compose("{}", plural(count, "change", "changes"))
    verb, preposition = _FORMS[kinds[0]][tense], _FORMS[kinds[0]][3]
    if not preposition:
        return compose("{} {}", verb, _unit(record) if record else plural(count, "record", "records"))
    who: Part = _customers(count)
    if count == 1 and outline.get("customer"):
        who = Name(str(outline["customer"]))
    return compose("{} {} {} {}", verb, who, preposition, _unit(record) if record else "several records")


def plan_title_text(plan: Plan) -> str:
    """For the window's own title."""
    return str(plan_title(plan))


def outline_title(outline: dict[str, Any]) -> Text:
    """What a plan is to do, as an event holds it."""
    kinds = [ChangeKind(kind) for kind in outline.get("kinds", {})]
    return _title(outline, kinds, int(outline.get("sent", 0)), 0)


def run_label(plan: Plan) -> str:
    """What the button says: the verb and how many."""
    kinds = [ChangeKind(kind) for kind in plan.outline.get("kinds", {})]
    sent = int(plan.outline.get("sent", 0))
    plain = {ChangeKind.APPEND, ChangeKind.MOVE} & set(kinds)
    if set(kinds) <= {ChangeKind.APPEND, ChangeKind.MOVE} and plain:
        verb = _FORMS[kinds[0] if len(kinds) == 1 else ChangeKind.APPEND][0]
        return f"{verb} {_customers(sent)}"
    if kinds == [ChangeKind.DETACH]:
        return f"Detach {_customers(sent)}"
    if len(kinds) == 1:
        return f"{_FORMS[kinds[0]][0]} {plural(sent, 'record', 'records')}"
    return f"Send {plural(sent, 'change', 'changes')}"


def plan_source(plan: Plan) -> str:
    """`from 40 pasted names`"""
    count = int(plan.outline.get("changes", 0))
    if plan.source == PlanSource.NAMES:
        return f"from {plural(count, 'pasted name', 'pasted names')}"
    if plan.source == PlanSource.FILE:
        return f"from a file of {plural(count, 'row', 'rows')}"
    return f"from {_SOURCES[PlanSource(plan.source)]}"


def plan_look(plan: Plan) -> Look:
    return PLAN_LOOKS[PlanState(plan.state)]


def plan_word(plan: Plan) -> str:
    return "Waiting for SendGrid" if plan.is_waiting else str(PlanState(plan.state).label)


def from_and_to(change: Change) -> Text:
    """Where it is now and where it goes, or what changes; nothing was looked up for a row that repeats another."""
    if change.effect == Effect.TWICE:
        return compose("the same as an earlier row")
    return _MOVEMENTS[ChangeKind(change.kind)](change)


def _appended(change: Change) -> Text:
    if change.effect == Effect.ALREADY:
        return compose("there {}", _its_end(change))
    places = [place for place in change.before.get("records", []) if place["id"] != change.record_id]
    here = [join(", ", map(_place, places))] if places else ["not monitored"]
    return compose("{} → {}", *here, _unit(change.record_name or "no record"))


def _moved(change: Change) -> Text:
    places = [place for place in change.before.get("records", []) if place["id"] == change.from_record_id]
    here: Part = _place(places[0]) if places else "not monitored"
    return compose("{} → {}", here, _unit(change.record_name or "no record"))


def _detached(change: Change) -> Text:
    if change.effect == Effect.ALREADY:
        return compose("not on {}", _unit(change.record_name) if change.record_name else "any record")
    return compose("{} → off it", strong_name(change.record_name) if change.record_name else "every record")


def _edited(change: Change) -> Text:
    words = {"new_name": "name", "new_email": "mailbox", "new_frequency": "sample"}
    before = {f"new_{key}": value for key, value in change.before.items()}
    parts = [
        compose("{} {} → {}", words[key], _value(key, before.get(key)), Strong(_value(key, value)))
        for key, value in change.parameters.items()
    ]
    return join(", ", parts) if parts else compose("as it is")


def _created(change: Change) -> Text:
    email, frequency = str(change.parameters.get("email", "")), change.parameters.get("frequency")
    record = compose("{} to {}", _value("frequency", frequency), Name(email))
    return join(" · ", [record, *filter(None, [details_kept(change.before)])])


def _deleted(_change: Change) -> Text:
    return compose("deleted from SendGrid; its history stays here")


_MOVEMENTS = {
    ChangeKind.APPEND: _appended,
    ChangeKind.MOVE: _moved,
    ChangeKind.DETACH: _detached,
    ChangeKind.EDIT: _edited,
    ChangeKind.CREATE: _created,
    ChangeKind.DELETE: _deleted,
}


def _place(place: dict[str, object]) -> Text:
    frequency = place.get("frequency")
    return compose(
        "{} {}", strong_name(str(place["name"])), sample(int(str(frequency)) if frequency else None)
    )


def _its_end(change: Change) -> Part:
    here = [place for place in change.before.get("records", []) if place["id"] == change.record_id]
    end = str(here[0]["until"]) if here else ""
    if end in ("", "none"):
        return "with no end · stays so"
    return compose("{} · its end stays", until.asked(end))


def _value(key: str, value: object) -> Part:
    if value is None or value == "":
        return "nothing readable"
    return sample(int(str(value))) if key.endswith("frequency") else Name(str(value))


def what_happened(change: Change, operation: Operation | None) -> Part:
    """Of a change whose plan has begun: what it is doing, or what became of it."""
    verb = _FORMS[ChangeKind(change.kind)]
    if change.note:
        note = f"{change.note}{_shown_late(change, operation)}"
        return sentence(note) if change.state in (*FAILED, ChangeState.UNKNOWN) else note
    if change.step == Step.LIST and change.state == ChangeState.SENDING:
        return "Appended · the next list says whether a detach is needed"
    if change.step in (Step.DETACH, Step.BACK) and change.state in (ChangeState.LEFT, ChangeState.SENDING):
        doing = "Leaving the old record" if change.step == Step.DETACH else "Putting it back"
        return f"{doing}{_wait(operation)}"
    if change.state == ChangeState.DONE and operation is not None:
        return _done(change, operation, verb[2])
    if operation is not None and change.state in (*FAILED, ChangeState.UNKNOWN):
        return outcome(operation)
    return str(Effect(change.effect).label) if change.state == ChangeState.LEFT_OUT else verb[0]


def _done(change: Change, operation: Operation, past: str) -> Part:
    where = ""
    if change.kind == ChangeKind.MOVE and change.from_record is not None:
        where = f" from {Name(change.from_record.name)}"
    how = {
        State.ACCEPTED: _wait(operation),
        State.CONFIRMED: " · confirmed",
        State.CONTRADICTED: " · but a later list does not show it",
    }
    return f"{past}{where}{how.get(State(operation.state), '')}"


def _shown_late(change: Change, operation: Operation | None) -> str:
    """A later list shows what an earlier one did not, or what SendGrid refused."""
    if operation is None:
        return ""
    # A verdict that was mended has a note.
    is_mended = operation.state == State.CONFIRMED and bool(operation.outcome_note)
    is_late = is_mended if change.state == ChangeState.NOT_SHOWN else operation.shown_by_id is not None
    return " But a later list shows it." if is_late and change.state in FAILED else ""


def _wait(operation: Operation | None) -> str:
    is_waiting = operation and operation.state == State.ACCEPTED and operation.settled_at is None
    return " · waiting for a list" if is_waiting else ""


def change_look(change: Change) -> Look:
    return CHANGE_LOOKS[shown_state(change)]


def change_word(change: Change) -> str:
    return str(shown_state(change).label)


def shown_state(change: Change) -> ChangeState:
    """A move between two of its steps is under way."""
    is_between = change.state == ChangeState.LEFT and change.step
    return ChangeState.SENDING if is_between else ChangeState(change.state)


def effect_explained(effect: str) -> str:
    return _EXPLAINED.get(Effect(effect), "") if effect in Effect.values else ""


def duration(length: timedelta) -> str:
    """`37 s`, `4 min`, `2 h`: rounded up, so that nothing is promised too early."""
    seconds = max(-(-int(length.total_seconds() * 1000) // 1000), 1)
    if seconds < 90:
        return f"{seconds} s"
    minutes = -(-seconds // 60)
    return f"{minutes} min" if minutes < 90 else f"{-(-minutes // 60)} h"


_REMEDIES = {
    Effect.UNKNOWN_CUSTOMER: "Correct the unknown names, send them as they are, or discard the plan.",
    Effect.NOT_ALLOWED: "Each row says why. Discard the plan.",
    "left-out": "Take in what was left out, or discard the plan.",
}


def nothing_to_send(counts: dict[str, int]) -> str:
    """Why a plan has nothing to send, by how many changes there are of each effect, and what to do now."""
    labels = {effect.value: str(effect.label).lower() for effect in Effect} | {"left-out": "left out"}
    reasons = ", ".join(f"{counts[key]:,} {label}" for key, label in labels.items() if counts.get(key))
    now = next((words for key, words in _REMEDIES.items() if counts.get(key)), "Discard the plan.")
    return f"Nothing to send: {reasons}. {now}"


def _customers(count: int) -> str:
    return plural(count, "customer", "customers")


def _unit(name: str) -> Part:
    return Name(name)
