"""What operations did or tried, as sentences for people."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from monitors.models import RULES, Operation, Source, State, Task
from monitors.wording.states import sample, state_word
from monitors.wording.text import Name, Part, Quoted, Strong, Text, compose, join, strong_name

DONE = (State.ACCEPTED, State.CONFIRMED)
_FIELDS = {"name": "name", "email": "mailbox", "frequency": "sample"}
# Both by the names of tasks, as events hold them.
_AIMS: dict[str, str] = {task: rules.verb for task, rules in RULES.items()}
SENTENCES: dict[str, str] = {
    Task.CREATE: "{verb} {record}, {sample} to {mailbox}",
    Task.EDIT: "{verb} {record}: {changes}",
    Task.DELETE: "{verb} {record}",
    Task.APPEND: "{verb} {customer} to {record}",
    Task.DETACH: "{verb} {customer} from {record}",
}


@dataclass(slots=True)  # a frozen one takes three times as long, and a file has one a row
class Subject:
    """What a sentence is about; `record` (None: every one) and `customer` as they are to be shown."""

    task: str
    parameters: dict[str, Any]
    before: dict[str, Any]
    record: Part | None
    customer: Part

    @classmethod
    def of(cls, operation: Operation) -> "Subject":
        return cls(
            operation.task,
            operation.parameters,
            operation.before,
            strong_name(operation.record_name) if operation.record_name else None,
            strong_name(operation.username),
        )


def sentence(operation: Operation) -> Text:
    """What it did, or (SendGrid did not say that it was done) what it was to do."""
    rules = RULES[Task(operation.task)]
    # Of what only a list shows nobody knows who did it.
    is_done = operation.state in DONE and operation.has_success
    if operation.source == Source.EXPIRY or "moving_to" in operation.before:
        return _of_the_desk(operation, is_done=is_done)
    return _sentence(Subject.of(operation), rules.past if is_done else rules.verb)


def objective(operation: Operation) -> Text:
    """What it was to do, whatever became of it."""
    if operation.source == Source.EXPIRY or "moving_to" in operation.before:
        return _of_the_desk(operation, is_done=False)
    return aim(Subject.of(operation))


def operation_title(operation: Operation) -> str:
    """The same as plain text: the name of its page."""
    return str(objective(operation))


def told(operations: Sequence[Operation]) -> str:
    """What has become of these, in one breath."""
    if len(operations) == 1:
        return f"{state_word(operations[0])}: {sentence(operations[0])}."
    words = Counter(state_word(operation).lower() for operation in operations)
    return f"{len(operations)} operations: {', '.join(f'{count} {word}' for word, count in words.items())}."


def left_for(operation: Operation) -> Text:
    """Of an append, on the page of the record that the customer left by it."""
    return compose("{} left for {}", strong_name(operation.username), strong_name(operation.record_name))


def came_from(operation: Operation) -> Text:
    """Of an append that took the customer off other records: `Came from new-senders`; empty for any other."""
    names = operation.left
    moving_from = operation.before.get("moving_from")
    if not names and moving_from and operation.state == State.CONFIRMED:
        names = (str(moving_from),)
    return compose("Came from {}", join(" and ", map(strong_name, names))) if names else Text()


def _of_the_desk(operation: Operation, *, is_done: bool) -> Text:
    """A detach at an end, or the second step of a move."""
    customer, record = strong_name(operation.username), strong_name(operation.record_name)
    if operation.source == Source.EXPIRY:
        return compose("{} on {} expired" if is_done else "End {} on {}", customer, record)
    target = strong_name(str(operation.before["moving_to"]))
    if is_done:
        return compose("{} left {} for {}", customer, record, target)
    return compose("Detach {} from {}, moving it to {}", customer, record, target)


def aim(subject: Subject) -> Text:
    return _sentence(subject, _AIMS[subject.task])


def reply(operation: Operation) -> Part:
    """The upstream's own words, quoted."""
    return quoted(operation.words) or "nothing that can be read"


def quoted(words: list[str]) -> Text:
    return join(", ", map(Quoted, words))


def changes(before: dict[str, Any], after: dict[str, Any]) -> Text:
    """`mailbox from a@x.example to b@x.example, sample from …`"""
    return join(
        ", ",
        (
            _change(label, _value(field, before.get(field)), _value(field, after.get(field)))
            for field, label in _FIELDS.items()
            if before.get(field) != after.get(field)
        ),
    )


def _sentence(subject: Subject, verb: str) -> Text:
    fields = _FIELDS_OF.get(subject.task)
    return compose(
        SENTENCES[subject.task],
        verb=verb,
        record=subject.record or "every record",
        customer=subject.customer,
        **(fields(subject) if fields else {}),
    )


def _created_fields(subject: Subject) -> dict[str, Part]:
    parameters = subject.parameters
    return {
        "sample": _value("frequency", parameters.get("frequency")),
        "mailbox": _value("email", parameters.get("email")),
    }


def _edited_fields(subject: Subject) -> dict[str, Part]:
    return {"changes": _requested_changes(subject)}


def _requested_changes(subject: Subject) -> Text:
    after = {
        key.removeprefix("new_"): value for key, value in subject.parameters.items() if key.startswith("new_")
    }
    return changes({field: subject.before.get(field) for field in after}, after)


def _change(label: str, before: Part, after: Part) -> Text:
    return compose("{} from {} to {}", label, before, Strong(after))


def _value(field: str, value: object) -> Part:
    if value is None or value == "":
        return "nothing readable"
    return sample(int(str(value))) if field == "frequency" else Name(str(value))


_FIELDS_OF: dict[str, Callable[[Subject], dict[str, Part]]] = {
    Task.CREATE: _created_fields,
    Task.EDIT: _edited_fields,
}
