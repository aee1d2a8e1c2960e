"""Events about the desk itself: files, saved filters and settings."""

from typing import Any

from monitors.models import Kind
from monitors.wording.event_words import EventWords, Sentence
from monitors.wording.operations import Subject
from monitors.wording.text import Name, Strong, Text, compose, join, plural, strong_name

_TABLES = {
    "held": "changes of a held list",
    "audit": "audit log",
    "monitored": "list of monitored customers",
    "compared": "comparison of two moments",
    "plan": "results of a plan",
}


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
    details = event.details
    if not details.get("before"):
        settings = plural(len(details.get("now", {})), "setting", "settings")
        return compose("Recorded {} for the first time{}", settings, _process(event))
    if not details["changed"]:
        return compose("Started{}, settings unchanged", _process(event))
    before, now = details["before"], details["now"]
    changed = [_setting(name, before[name], now.get(name)) for name in details["changed"] if name in before]
    first = [_first_setting(name, now.get(name)) for name in details["changed"] if name not in before]
    return compose("{}{}: {}", _what_of_settings(changed), _process(event), join(", ", changed + first))


def _what_of_settings(changed: list[Text]) -> str:
    return "Settings changed" if changed else "Recorded for the first time"


def _process(event: EventWords) -> Text:
    """Which process on which host; events from before hosts were noted name none."""
    host = event.details.get("host")
    return compose(" ({} on {})", str(event.details.get("process", "")), Name(str(host))) if host else Text()


def _setting(name: str, before: Any, now: Any) -> Text:
    return compose("{} from {} to {}", name, _setting_value(before), Strong(_setting_value(now)))


def _first_setting(name: str, now: Any) -> Text:
    """One that nobody recorded before."""
    return compose("{} is {}", name, Strong(_setting_value(now)))


def _setting_value(value: Any) -> str:
    text = ", ".join(str(entry) for entry in value) if isinstance(value, list) else str(value or "")
    return text or "nothing"


def _filter_saved(event: EventWords, _: Subject) -> Text:
    return compose("Saved the view {} of {}: {}{}", *_view(event), _instead_of(event.details.get("before")))


def _filter_deleted(event: EventWords, _: Subject) -> Text:
    owner = str(event.details.get("owner", ""))
    whose = compose(", saved by {}", strong_name(owner)) if owner else Text()
    name, page, query = _view(event)
    return compose("Deleted the view {} of {}{}: {}", name, page, whose, query)


def _view(event: EventWords) -> tuple[Strong, str, Name]:
    """Its name, of which page, and its query string; at first only the log had such views."""
    name, page, query = (str(event.details.get(key, "")) for key in ("name", "page", "query"))
    return strong_name(name), (page or "audit").capitalize(), Name(query)


def _instead_of(query: Any) -> Text:
    return compose(" instead of {}", Name(str(query))) if query else Text()


SENTENCES: dict[str, Sentence] = {
    Kind.EXPORT: _export,
    Kind.FILTER_SAVED: _filter_saved,
    Kind.FILTER_DELETED: _filter_deleted,
    Kind.SETTINGS_CHANGED: _settings,
}
