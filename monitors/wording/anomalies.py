"""Anomalies of a list in words: the rule that was broken and what the desk did, by docs/upstream.md."""

from monitors.models import RefreshAnomaly
from monitors.wording.text import humanize

_RULES = {
    "not_a_record": ("The row is not a record", "left out"),
    "no_name": ("The row has no name", "left out"),
    "unstorable_name": ("The name has a character that cannot be stored", "left out"),
    "name_too_long": ("The name has more than 255 characters", "left out"),
    "duplicate_name": ("An earlier record in the list has the same name", "left out"),
    "invisible_characters": ("The name has invisible characters", "used as it is"),
    "bad_email": ("The mailbox cannot be read", "shown without a mailbox"),
    "normalised_frequency": ("The frequency has extra spaces or zeros", "read as the number"),
    "bad_frequency": ("The frequency is not a whole number from 1", "shown without a frequency"),
    "normalised_users": ("The customers are not a plain list of names", "read as the names in it"),
    "bad_users": ("The customers cannot be read", "the record keeps its customers"),
    "bad_user": ("A customer's name cannot be read", "left out"),
    "duplicate_user": ("A customer is listed twice on one record", "counted once"),
    "extra_field": ("The row has an unknown field", "ignored"),
}


def anomaly_rule(anomaly: RefreshAnomaly) -> str:
    return _rule(anomaly)[0]


def anomaly_result(anomaly: RefreshAnomaly) -> str:
    return _rule(anomaly)[1]


def _rule(anomaly: RefreshAnomaly) -> tuple[str, str]:
    return _RULES.get(anomaly.kind, (humanize(anomaly.kind), ""))
