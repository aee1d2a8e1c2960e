"""One sentence for each kind of event that no operation's own sentence covers."""

from collections.abc import Callable
from typing import Any, Protocol

from monitors.models import Kind
from monitors.wording import held
from monitors.wording.operations import Subject, changes
from monitors.wording.text import Name, Strong, Text, compose, join, plural, strong_name

_DIFFERENCES = {
    "appeared": ("Record appeared", "{record} appeared in the list"),
    "vanished": ("Record vanished", "{record} vanished from the list"),
    "edited": ("Record changed", "{record} changed: {changes}"),
    "attached": ("Customer appeared", "{customer} appeared on {record}"),
    "detached": ("Customer disappeared", "{customer} disappeared from {record}"),
}
_NEVER_LISTED = {
    "vanished": ("Record not listed", "{record} is not in the list"),
    "detached": ("Customer not listed", "{customer} is not on {record} in the list"),
}
_TABLES = {"audit": "audit log", "monitored": "list of monitored customers"}


class EventWords(Protocol):
    """What sentences read of an event, whether it is a model's object or a row of a file."""

    @property
    def kind(self) -> str: ...
    @property
    def actor_id(self) -> int | None: ...
    @property
    def task(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def record_name(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def details(self) -> Any: ...


def difference_title(event: EventWords) -> str:
    return _difference_words(event)[0]


def _difference_words(event: EventWords) -> tuple[str, str]:
    """Title and sentence."""
    change = str(event.details.get("change"))
    never_listed = _NEVER_LISTED if event.details.get("never_listed") else {}
    return never_listed.get(change) or _DIFFERENCES.get(change, ("Difference", ""))


def _difference(event: EventWords, subject: Subject) -> Text:
    details = event.details
    return compose(
        _difference_words(event)[1],
        record=subject.record or "",
        customer=subject.customer,
        changes=changes(details.get("before", {}), details.get("after", {})),
    )


def _baseline(event: EventWords, _: Subject) -> Text:
    return compose("The first list was loaded: {}", _size(event))


def _anomalies(event: EventWords, _: Subject) -> Text:
    return compose("A list had {}", plural(event.details.get("anomalies"), "anomaly", "anomalies"))


def _joined(event: EventWords, subject: Subject) -> Text:
    former = Name(str(event.details.get("former", {}).get("name", "")))
    text = "{record} was renamed outside the desk: joined with the history of {former}"
    return compose(text, record=subject.record or "", former=Strong(former))


def _held(event: EventWords, _: Subject) -> Text:
    return compose("A list was held: it would {}", _changed(event, "remove", "add"))


def _accepted(event: EventWords, _: Subject) -> Text:
    return compose("Accepted the held list, which {}", _changed(event, "removes", "adds"))


def _rejected(event: EventWords, _: Subject) -> Text:
    return compose("Rejected the held list, which would have {}", _changed(event, "removed", "added"))


def _changed(event: EventWords, *verbs: str) -> str:
    details = event.details
    removed, added = (
        (int(details.get(f"{side}records") or 0), int(details.get(f"{side}attachments") or 0))
        for side in ("", "added_")
    )
    return held.sides(removed=removed, added=added, verbs=(verbs[0], verbs[1]))


def _size(event: EventWords) -> str:
    records = plural(event.details.get("records"), "record", "records")
    return f"{records} and {plural(event.details.get('attachments'), 'attachment', 'attachments')}"


def _person_added(event: EventWords, _: Subject) -> Text:
    return compose("Added the account {}", _person(event))


def _person_changed(event: EventWords, _: Subject) -> Text:
    fields = ", ".join(sorted(event.details.get("changed", ())))
    return compose("Changed the account {}{}", _person(event), f": {fields}" if fields else "")


def _person_removed(event: EventWords, _: Subject) -> Text:
    return compose("Removed the account {}", _person(event))


def _membership(event: EventWords, _: Subject) -> Text:
    is_added = event.details.get("change") == "add"
    roles = ", ".join(str(role) for role in event.details.get("roles", ()))
    template = "Added {} to {}" if is_added else "Removed {} from {}"
    return compose(template, _person(event), Strong(roles))


def _person(event: EventWords) -> Strong:
    return strong_name(str(event.details.get("person", "")))


def _export(event: EventWords, _: Subject) -> Text:
    details = event.details
    table, file_format = str(details.get("table", "")), str(details.get("format", ""))
    return compose(
        "Exported {} of the {} as {}{}",
        plural(details.get("rows"), "row", "rows"),
        Strong(_TABLES.get(table, table)),
        file_format.upper(),
        _filters(details.get("filters", {})),
    )


def _filters(filters: dict[str, Any]) -> Text:
    pairs = join(", ", (compose("{}: {}", name, Name(str(value))) for name, value in filters.items()))
    return compose(" ({})", pairs) if filters else Text()


def _settings(event: EventWords, _: Subject) -> Text:
    before, now = event.details.get("before", {}), event.details.get("now", {})
    if not before:
        return compose("Recorded the settings for the first time: {}", ", ".join(sorted(now)))
    pairs = (_setting(name, before.get(name), now.get(name)) for name in event.details["changed"])
    return compose("Settings changed: {}", join(", ", pairs))


def _setting(name: str, before: Any, now: Any) -> Text:
    return compose("{} from {} to {}", name, _setting_value(before), Strong(_setting_value(now)))


def _setting_value(value: Any) -> str:
    text = ", ".join(str(entry) for entry in value) if isinstance(value, list) else str(value or "")
    return text or "nothing"


SENTENCES: dict[str, Callable[[EventWords, Subject], Text]] = {
    Kind.DIFFERENCE: _difference,
    Kind.BASELINE: _baseline,
    Kind.ANOMALIES: _anomalies,
    Kind.JOINED: _joined,
    Kind.HELD: _held,
    Kind.HELD_ACCEPTED: _accepted,
    Kind.HELD_REJECTED: _rejected,
    Kind.PERSON_ADDED: _person_added,
    Kind.PERSON_CHANGED: _person_changed,
    Kind.PERSON_REMOVED: _person_removed,
    Kind.ROLES_CHANGED: _membership,
    Kind.EXPORT: _export,
    Kind.SETTINGS_CHANGED: _settings,
}
