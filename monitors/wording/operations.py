"""What operations did or tried, as sentences for people."""

from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from monitors.models import Operation, State, Task
from monitors.wording.names import visible
from monitors.wording.states import sample

DONE = (State.ACCEPTED, State.CONFIRMED)
_FIELDS = {"name": "name", "email": "mailbox", "frequency": "sample"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a sentence is about; `record` (None: every one) and `customer` as they are to be drawn."""

    task: str
    parameters: dict[str, Any]
    before: dict[str, Any]
    record: SafeString | None
    customer: SafeString

    @classmethod
    def of(cls, operation: Operation) -> "Subject":
        record = strong(operation.record_name) if operation.record_name else None
        return cls(operation.task, operation.parameters, operation.before, record, strong(operation.username))


def sentence(operation: Operation) -> SafeString:
    """What it did, or (not known to be done) what it was to do."""
    return SENTENCES[Task(operation.task)](Subject.of(operation), operation.state in DONE)


def objective(operation: Operation) -> SafeString:
    """What it was to do, whatever became of it."""
    return aim(Subject.of(operation))


def aim(subject: Subject) -> SafeString:
    return SENTENCES[Task(subject.task)](subject, False)


def said(operation: Operation) -> SafeString | str:
    """The upstream's own words, quoted."""
    if not operation.words:
        return "nothing that can be read"
    return format_html_join(", ", "“{}”", [(visible(word),) for word in operation.words])


def words(key: str) -> str:
    """`bad_email` as `Bad email`."""
    return key.replace("_", " ").capitalize()


def changes(before: dict[str, Any], after: dict[str, Any]) -> SafeString:
    return format_html_join(
        ", ",
        "{} from {} to <b>{}</b>",
        [
            (label, _value(field, before.get(field)), _value(field, after.get(field)))
            for field, label in _FIELDS.items()
            if before.get(field) != after.get(field)
        ],
    )


def strong(name: str) -> SafeString:
    return format_html("<b>{}</b>", visible(name))


def _create(it: Subject, is_done: bool) -> SafeString:
    return format_html(
        "{} {}, {} to {}",
        "Created" if is_done else "Create",
        it.record,
        sample(int(it.parameters["frequency"])),
        visible(it.parameters["email"]),
    )


def _edit(it: Subject, is_done: bool) -> SafeString:
    asked = {key.removeprefix("new_"): value for key, value in it.parameters.items() if key != "name"}
    before = {field: it.before.get(field) for field in asked}
    return format_html("{} {}: {}", "Changed" if is_done else "Change", it.record, changes(before, asked))


def _delete(it: Subject, is_done: bool) -> SafeString:
    return format_html("{} {}", "Deleted" if is_done else "Delete", it.record)


def _append(it: Subject, is_done: bool) -> SafeString:
    return format_html("{} {} to {}", "Appended" if is_done else "Append", it.customer, it.record)


def _detach(it: Subject, is_done: bool) -> SafeString:
    verb = "Detached" if is_done else "Detach"
    return format_html("{} {} from {}", verb, it.customer, it.record or "every record")


def _value(field: str, value: object) -> str | SafeString:
    if value is None or value == "":
        return "nothing readable"
    return sample(int(str(value))) if field == "frequency" else visible(str(value))


SENTENCES = {
    Task.CREATE: _create,
    Task.EDIT: _edit,
    Task.DELETE: _delete,
    Task.APPEND: _append,
    Task.DETACH: _detach,
}
