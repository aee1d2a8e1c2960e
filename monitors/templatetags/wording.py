"""What operations did or tried, as sentences for people."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from monitors.models import AuditEvent, Operation, State, Task
from monitors.templatetags.desk import sample
from monitors.templatetags.names import visible

register = template.Library()

DONE = (State.ACCEPTED, State.CONFIRMED)
_FIELDS = {"name": "name", "email": "mailbox", "frequency": "sample"}
_KINDS = {
    "operation.started": "Sent out",
    "operation.ended": "Answered",
    "operation.abandoned": "Abandoned",
    "operation.settled": "Settled by a list",
    "list.baseline": "First list loaded",
    "list.anomalies": "Oddities in a list",
    "list.held": "List held",
    "list.accepted": "Held list accepted",
    "list.rejected": "Held list rejected",
    "sign_in": "Signed in",
    "sign_in_failed": "Failed to sign in",
    "sign_out": "Signed out",
    "person_added": "Person added",
    "person_changed": "Person changed",
    "person_removed": "Person removed",
    "roles_changed": "Roles changed",
}

_CHANGES = {
    "appeared": "Record appeared",
    "vanished": "Record vanished",
    "edited": "Record changed",
    "attached": "Customer appeared",
    "detached": "Customer disappeared",
}


@register.filter
def sentence(operation: Operation) -> SafeString:
    """What it did, or (not known to be done) what it was to do."""
    return _SENTENCES[Task(operation.task)](operation, operation.state in DONE)


@register.filter
def objective(operation: Operation) -> SafeString:
    """What it was to do, whatever became of it."""
    return _SENTENCES[Task(operation.task)](operation, False)


@register.filter
def event_detail(event: AuditEvent) -> SafeString | str:
    """What an event's title leaves open: whose roles, which change."""
    details = event.details
    if details.get("change") == "edited":
        return _changes(details.get("before", {}), details.get("after", {}))
    if "person" in details:
        words = [str(it) for it in details.get("roles", ())] or sorted(details.get("changed", ()))
        change = {"add": "now ", "remove": "no longer "}.get(str(details.get("change")), "")
        return format_html("{} {}{}", strong(str(details["person"])), change, ", ".join(words))
    return ""


@register.filter
def said(operation: Operation) -> SafeString | str:
    """The upstream's own words, quoted."""
    if not operation.words:
        return "nothing that can be read"
    return format_html_join(", ", "“{}”", [(visible(word),) for word in operation.words])


@register.filter
def event_title(event: AuditEvent) -> str:
    """A few words for a column: what kind of event, of which task."""
    if event.kind == "list.difference":
        return _CHANGES.get(str(event.details.get("change")), "Differed")
    title = _KINDS.get(event.kind, event.kind)
    return f"{Task(event.task).label}: {title.lower()}" if event.task in Task.values else title


@register.filter
def event_outcome(event: AuditEvent) -> str:
    if event.kind == "operation.started" or event.outcome not in State.values:
        return ""
    if event.kind == "operation.settled" and event.outcome == State.ACCEPTED:
        return "Accepted, then changed again"
    return State(event.outcome).label


@register.filter
def words(key: str) -> str:
    """`bad_email` as `Bad email`."""
    return key.replace("_", " ").capitalize()


@register.filter
def event_sentence(event: AuditEvent) -> SafeString:
    """What an event of the audit log tells by itself."""
    if event.kind == "list.difference":
        return _difference(event)
    text = _KINDS.get(event.kind, event.kind)
    return format_html(
        "{}{}",
        text,
        format_html_join(
            "", " · {}", [(strong(name),) for name in (event.username, event.record_name) if name]
        ),
    )


def _difference(event: AuditEvent) -> SafeString:
    customer, record, details = strong(event.username), strong(event.record_name), event.details
    change = details.get("change")
    if change == "edited":
        return format_html(
            "{} changed: {}", record, _changes(details.get("before", {}), details.get("after", {}))
        )
    text = {
        "appeared": "{record} appeared in the list",
        "vanished": "{record} vanished from the list",
        "attached": "{customer} appeared on {record}",
        "detached": "{customer} disappeared from {record}",
    }.get(str(change), "{record} differed")
    return format_html(text, customer=customer, record=record)


def _changes(before: dict[str, object], after: dict[str, object]) -> SafeString:
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


def _create(operation: Operation, is_done: bool) -> SafeString:
    values = operation.parameters
    return format_html(
        "{} {}, {} to {}",
        "Created" if is_done else "Create",
        strong(operation.record_name),
        sample(int(values["frequency"])),
        visible(values["email"]),
    )


def _edit(operation: Operation, is_done: bool) -> SafeString:
    asked = {key.removeprefix("new_"): value for key, value in operation.parameters.items() if key != "name"}
    before = {field: operation.before.get(field) for field in asked}
    verb = "Changed" if is_done else "Change"
    return format_html("{} {}: {}", verb, strong(operation.record_name), _changes(before, asked))


def _delete(operation: Operation, is_done: bool) -> SafeString:
    return format_html("{} {}", "Deleted" if is_done else "Delete", strong(operation.record_name))


def _append(operation: Operation, is_done: bool) -> SafeString:
    return format_html(
        "{} {} to {}",
        "Appended" if is_done else "Append",
        strong(operation.username),
        strong(operation.record_name),
    )


def _detach(operation: Operation, is_done: bool) -> SafeString:
    verb = "Detached" if is_done else "Detach"
    if not operation.record_name:
        return format_html("{} {} from every record", verb, strong(operation.username))
    return format_html("{} {} from {}", verb, strong(operation.username), strong(operation.record_name))


def _value(field: str, value: object) -> str | SafeString:
    if value is None or value == "":
        return "nothing readable"
    return sample(int(str(value))) if field == "frequency" else visible(str(value))


_SENTENCES = {
    Task.CREATE: _create,
    Task.EDIT: _edit,
    Task.DELETE: _delete,
    Task.APPEND: _append,
    Task.DETACH: _detach,
}
