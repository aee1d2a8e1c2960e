"""What became of an operation, told in a sentence, and what somebody can do now."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from monitors.models import Operation, State, Task
from monitors.wording.operations import said
from monitors.wording.states import is_superseded
from monitors.wording.times import clock

# What a list shows when the task was done, and when it was not.
_SHOWN = {
    Task.CREATE: "shows the record",
    Task.EDIT: "shows the change",
    Task.DELETE: "no longer shows the record",
    Task.APPEND: "shows the customer there",
    Task.DETACH: "no longer shows the customer there",
}
_NOT_SHOWN = {
    Task.CREATE: "does not show the record",
    Task.EDIT: "does not show the change",
    Task.DELETE: "still shows the record",
    Task.APPEND: "does not show the customer there",
    Task.DETACH: "still shows the customer there",
}


def outcome(operation: Operation) -> SafeString:
    """What is known of it now. What is unknown says so; who checks it is the page's to say."""
    if is_superseded(operation):
        return format_html("SendGrid said {}. {}", said(operation), why(operation))
    return _OUTCOMES[State(operation.state)](operation)


def next_step(operation: Operation) -> str:
    """What can be done after one that came to nothing."""
    if operation.state == State.REFUSED:
        return _after_refusal(operation)
    if operation.state == State.NOT_SENT and "next try is possible in" in operation.outcome_note:
        return "You can safely try again then."
    return "You can safely try again."


def why(operation: Operation) -> str:
    """Our note on it as a sentence of its own."""
    text = operation.outcome_note.rstrip(".")
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _after_refusal(operation: Operation) -> str:
    if operation.outcome_note:
        return operation.outcome_note
    if operation.http_status == 429:
        return "You can safely try again in a moment."
    return "Put right what it names, then try again."


def _pending(_operation: Operation) -> SafeString:
    return mark_safe("It is being sent. This line changes by itself.")


def _accepted(operation: Operation) -> SafeString:
    return format_html("SendGrid said {}. The next list will show whether it holds.", said(operation))


def _confirmed(operation: Operation) -> SafeString:
    shown = format_html("{} {}.", _the_list(operation), _SHOWN[Task(operation.task)])
    if operation.words:
        return format_html("SendGrid said {}, and {}", said(operation), shown)
    return format_html("No trustworthy answer had come, but {}", shown)


def _contradicted(operation: Operation) -> SafeString:
    return format_html(
        "SendGrid said {}, but {} {}. You can try again.",
        said(operation),
        _the_list(operation),
        _NOT_SHOWN[Task(operation.task)],
    )


def _refused(operation: Operation) -> SafeString:
    return format_html("SendGrid said {}. Nothing was changed. {}", said(operation), next_step(operation))


def _not_sent(operation: Operation) -> SafeString:
    return format_html("Nothing was sent: {}. {}", _inner(operation.outcome_note), next_step(operation))


def _not_applied(operation: Operation) -> SafeString:
    return format_html(
        "No trustworthy answer had come, and {} {}: it was not done. {}",
        _the_list(operation),
        _NOT_SHOWN[Task(operation.task)],
        next_step(operation),
    )


def _unknown(operation: Operation) -> SafeString:
    why = f" ({_inner(operation.outcome_note)})" if operation.outcome_note else ""
    return format_html("No trustworthy answer came{}: it may or may not have been done.", why)


def _the_list(operation: Operation) -> SafeString:
    if operation.settled_by is None:
        return mark_safe("the list asked for afterwards")
    return format_html("the list asked for at {}", clock(operation.settled_by.asked_at))


def _inner(note: str) -> str:
    """A note within a sentence: some come as whole ones, some as halves."""
    text = note.rstrip(".")
    return text[:1].lower() + text[1:]


_OUTCOMES = {
    State.PENDING: _pending,
    State.ACCEPTED: _accepted,
    State.CONFIRMED: _confirmed,
    State.CONTRADICTED: _contradicted,
    State.REFUSED: _refused,
    State.NOT_SENT: _not_sent,
    State.UNKNOWN: _unknown,
    State.NOT_APPLIED: _not_applied,
}
