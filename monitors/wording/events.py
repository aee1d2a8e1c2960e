"""What the events of the audit log tell, as titles for a column and as sentences for people."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from monitors.models import AuditEvent, Kind, State, Task
from monitors.wording.names import visible, visible_lines
from monitors.wording.operations import Subject, aim, changes, strong, words
from monitors.wording.states import LOOKS

Sentence = Callable[[AuditEvent, Subject], SafeString | str]
_CHANGES = {
    "appeared": ("Record appeared", "{record} appeared in the list"),
    "vanished": ("Record vanished", "{record} vanished from the list"),
    "edited": ("Record changed", "{record} changed: {changes}"),
    "attached": ("Customer appeared", "{customer} appeared on {record}"),
    "detached": ("Customer disappeared", "{customer} disappeared from {record}"),
}
_OUTCOMES = {State.ACCEPTED: "Accepted", State.UNKNOWN: "Unknown"}
_MEMBERSHIP = {"add": "Made {person} a member of {roles}", "remove": "Took {person} out of {roles}"}


def event_title(event: AuditEvent) -> str:
    """A few words for a column: what kind of event, of which task."""
    if event.kind == "list.difference":
        return _CHANGES.get(str(event.details.get("change")), ("Differed", ""))[0]
    title = Kind(event.kind).label if event.kind in Kind.values else words(event.kind)
    return f"{Task(event.task).label}: {title.lower()}" if event.task in Task.values else title


def event_outcome(event: AuditEvent) -> str:
    """How it stood after the event; what came later has events of its own."""
    if event.kind == "operation.started" or event.outcome not in State.values:
        return ""
    if event.kind == "operation.settled" and event.outcome == State.ACCEPTED:
        return "Accepted, then changed again"
    return _OUTCOMES.get(State(event.outcome), State(event.outcome).label)


def event_sentence(event: AuditEvent) -> SafeString | str:
    """What an event tells by itself."""
    return _told(event, record=strong(event.record_name), customer=strong(event.username))


def event_line(event: AuditEvent) -> SafeString | str:
    """The same, with its record and customer as links."""
    return _told(
        event,
        record=_linked("record", event.record_id, event.record_name),
        customer=_linked("customer", event.customer_id, event.username),
    )


def event_words(event: AuditEvent) -> SafeString | str:
    """The upstream's own words that an event kept, quoted."""
    return format_html_join(", ", "“{}”", [(visible(str(it)),) for it in event.details.get("words", ())])


def event_tone(event: AuditEvent) -> str:
    return LOOKS[State(event.outcome)].tone if event.outcome in State.values else "mute"


def event_details(event: AuditEvent) -> SafeString:
    return visible_lines(json.dumps(event.details, indent=2, ensure_ascii=False, sort_keys=True))


def moment(text: str) -> datetime:
    """A moment as details keep it."""
    return datetime.fromisoformat(text)


def _linked(page: str, key: int | None, name: str) -> SafeString:
    return (
        format_html('<a href="{}">{}</a>', reverse(page, args=[key]), visible(name)) if key else strong(name)
    )


def _told(event: AuditEvent, *, record: SafeString, customer: SafeString) -> SafeString | str:
    subject = Subject(
        task=event.task,
        parameters=event.details.get("parameters", {}),
        before=event.details.get("before", {}),
        record=record if event.record_name else None,
        customer=customer,
    )
    if event.task in Task.values and "parameters" in event.details:
        return aim(subject)
    return _SENTENCES.get(event.kind, _otherwise)(event, subject)


def _otherwise(event: AuditEvent, subject: Subject) -> SafeString | str:
    named = [it for it in (event.username and subject.customer, subject.record) if it]
    return format_html("{}{}", event_title(event), format_html_join("", " · {}", [(it,) for it in named]))


def _difference(event: AuditEvent, subject: Subject) -> SafeString:
    details = event.details
    text = _CHANGES.get(str(details.get("change")), ("", "{record} differed"))[1]
    return format_html(
        text,
        record=subject.record or "",
        customer=subject.customer,
        changes=changes(details.get("before", {}), details.get("after", {})),
    )


def _baseline(event: AuditEvent, _: Subject) -> str:
    return f"The first list was loaded: {_counted(event)}"


def _anomalies(event: AuditEvent, _: Subject) -> str:
    return f"A list held {_plural(event.details.get('anomalies'), 'oddity', 'oddities')}"


def _held(event: AuditEvent, _: Subject) -> str:
    return f"A list was held back: it would remove {_counted(event)}"


def _accepted(event: AuditEvent, _: Subject) -> str:
    return f"Accepted the held list, which removes {_counted(event)}"


def _rejected(event: AuditEvent, _: Subject) -> str:
    return f"Rejected the held list, which would have removed {_counted(event)}"


def _counted(event: AuditEvent) -> str:
    records = _plural(event.details.get("records"), "record", "records")
    return f"{records} and {_plural(event.details.get('attachments'), 'attachment', 'attachments')}"


def _plural(count: Any, one: str, many: str) -> str:
    return f"{count or 0:,} {one if count == 1 else many}"


def _person(verb: str) -> Sentence:
    def tell(event: AuditEvent, _: Subject) -> SafeString:
        changed = ", ".join(sorted(event.details.get("changed", ())))
        what = f": {changed}" if changed and event.kind == "person_changed" else ""
        return format_html("{} {}{}", verb, strong(str(event.details.get("person", ""))), what)

    return tell


def _membership(event: AuditEvent, _: Subject) -> SafeString:
    details = event.details
    text = _MEMBERSHIP.get(str(details.get("change")), "Took {person} out of {roles}")
    roles = format_html("<b>{}</b>", ", ".join(str(it) for it in details.get("roles", ())))
    return format_html(text, person=strong(str(details.get("person", ""))), roles=roles)


def _export(event: AuditEvent, _: Subject) -> SafeString:
    details = event.details
    filters = format_html_join(
        ", ", "{}: {}", ((name, visible(str(value))) for name, value in details.get("filters", {}).items())
    )
    return format_html(
        "Took out {} of the table <b>{}</b> as {}{}",
        _plural(details.get("rows"), "row", "rows"),
        details.get("table", ""),
        str(details.get("format", "")).upper(),
        format_html(" ({})", filters) if filters else "",
    )


def _settings(event: AuditEvent, _: Subject) -> SafeString:
    before, now = event.details.get("before", {}), event.details.get("now", {})
    if not before:
        return format_html("Noted the settings for the first time: {}", ", ".join(sorted(now)))
    pairs = ((name, _setting(before.get(name)), _setting(now.get(name))) for name in event.details["changed"])
    return format_html("Settings changed: {}", format_html_join(", ", "{} from {} to <b>{}</b>", pairs))


def _setting(value: Any) -> str:
    shown = ", ".join(str(it) for it in value) if isinstance(value, list) else str(value or "")
    return shown or "nothing"


_SENTENCES: dict[str, Sentence] = {
    "list.difference": _difference,
    "list.baseline": _baseline,
    "list.anomalies": _anomalies,
    "list.held": _held,
    "list.accepted": _accepted,
    "list.rejected": _rejected,
    "person_added": _person("Added the account"),
    "person_changed": _person("Changed the account"),
    "person_removed": _person("Removed the account"),
    "roles_changed": _membership,
    "export": _export,
    "settings_changed": _settings,
}
