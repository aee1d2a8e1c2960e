"""Odd parts of a list in words: what was found and what it was taken as, by the rules of docs/upstream.md."""

from monitors.models import RefreshAnomaly

_RULES = {
    "not_a_record": ("A row is not a record", "left out"),
    "no_name": ("A row has no name", "left out"),
    "unstorable_name": ("The name holds a character that cannot be stored", "left out"),
    "name_too_long": ("The name has more than 255 characters", "left out"),
    "duplicate_name": ("The same name stands twice", "the first of them stands"),
    "invisible_characters": ("A name holds characters that cannot be seen", "taken as it is"),
    "bad_email": ("The mailbox cannot be read", "shown without a mailbox"),
    "normalised_frequency": ("Spaces or zeros surround the frequency", "taken as the number"),
    "bad_frequency": ("The frequency is not a whole number from 1", "shown without a frequency"),
    "normalised_users": ("The customers are not a plain list of names", "taken as the names they hold"),
    "bad_users": ("The customers cannot be read", "the record keeps those it had"),
    "bad_user": ("A customer's name cannot be read", "left out"),
    "duplicate_user": ("A customer stands twice on one record", "taken once"),
    "extra_field": ("A field that nobody knows", "not read"),
}


def oddity(anomaly: RefreshAnomaly) -> str:
    return _rule(anomaly)[0]


def taken_as(anomaly: RefreshAnomaly) -> str:
    return _rule(anomaly)[1]


def _rule(anomaly: RefreshAnomaly) -> tuple[str, str]:
    return _RULES.get(anomaly.kind, (anomaly.kind.replace("_", " ").capitalize(), ""))
