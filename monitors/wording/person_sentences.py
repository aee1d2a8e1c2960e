"""Events about accounts: what changed of whom, from what to what."""

from typing import Any

from monitors.models import Kind
from monitors.wording.event_words import EventWords, Sentence
from monitors.wording.operations import Subject
from monitors.wording.text import Name, Part, Strong, Text, compose, join, plural, strong_name

_FIELDS = {
    "username": "username",
    "first_name": "first name",
    "last_name": "last name",
    "email": "e-mail",
    "is_active": "may sign in",
    "is_staff": "may use the admin",
    "is_superuser": "superuser",
    "password": "password",
}
_SWITCHED = {(True, False): "Deactivated the account {}", (False, True): "Reactivated the account {}"}


def _added(event: EventWords, _: Subject) -> Text:
    after = event.details.get("after") or event.details.get("changed", {})
    is_superuser = isinstance(after, dict) and after.get("is_superuser")
    return compose("Added the account {}{}", _person(event), ", a superuser" if is_superuser else "")


def _changed(event: EventWords, _: Subject) -> Text:
    details = event.details
    before, after = details.get("before", {}), details.get("after", {})
    if set(after) == {"is_active"}:
        return compose(_SWITCHED[bool(before.get("is_active")), bool(after["is_active"])], _person(event))
    pairs = [_from_to(name, before.get(name), after[name]) for name in _FIELDS if name in after]
    # A password has no before and after; in events from before there were any, nothing has.
    named = details.get("changed", {}) or ({"password"} if "password" in details else {})
    words: list[Part] = [_FIELDS.get(name, name) for name in sorted(named)]
    return compose("Changed the account {}: {}", _person(event), join(", ", [*pairs, *words]))


def _from_to(name: str, before: Any, after: Any) -> Text:
    return compose("{} from {} to {}", _FIELDS[name], _value(before), Strong(_value(after)))


def _value(value: Any) -> Part:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return Name(str(value)) if value else "nothing"


def _removed(event: EventWords, _: Subject) -> Text:
    return compose("Removed the account {}", _person(event))


def _roles(event: EventWords, _: Subject) -> Text:
    details = event.details
    if not {"before", "after"} <= details.keys():  # before events of roles had a before and an after
        return _membership(event)
    text = "Roles of {}: {} instead of {}"
    return compose(text, _person(event), Strong(_listed(details["after"])), _listed(details["before"]))


def _membership(event: EventWords) -> Text:
    template = "Added {} to {}" if event.details.get("change") == "add" else "Removed {} from {}"
    return compose(template, _person(event), Strong(_listed(event.details.get("roles", ()))))


def _permissions(event: EventWords, _: Subject) -> Text:
    before, after = (set(event.details.get(side, ())) for side in ("before", "after"))
    changes = {"given": after - before, "taken away": before - after}
    words = [f"{verb} {_listed(sorted(names))}" for verb, names in changes.items() if names]
    whose = _person(event) if "person" in event.details else _group(event)
    return compose("Permissions of {}: {}", whose, "; ".join(words))


def _group(event: EventWords) -> Text:
    return compose("the group {}", strong_name(str(event.details.get("group", ""))))


def _listed(names: Any) -> str:
    return ", ".join(str(name) for name in names) or "none"


def _sessions_ended(event: EventWords, _: Subject) -> Text:
    count = plural(event.details.get("sessions"), "session", "sessions")
    return compose("Ended {} of {}", count, _person(event))


def _person(event: EventWords) -> Strong:
    return strong_name(str(event.details.get("person", "")))


SENTENCES: dict[str, Sentence] = {
    Kind.PERSON_ADDED: _added,
    Kind.PERSON_CHANGED: _changed,
    Kind.PERSON_REMOVED: _removed,
    Kind.ROLES_CHANGED: _roles,
    Kind.PERMISSIONS_CHANGED: _permissions,
    Kind.SESSIONS_ENDED: _sessions_ended,
}
