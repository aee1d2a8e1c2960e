"""The values that a list is read into: records, anomalies, the listing as a whole."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Record:
    """One monitor record of a list.

    `frequency` is N of "one sample in N messages", None where the upstream's value cannot be read.
    `users` are the usernames of customers, each once, in the order of the answer; None if they cannot be read.
    """

    name: str
    email: str
    frequency: int | None
    users: tuple[str, ...] | None


class AnomalyKind(StrEnum):
    """The rule of docs/upstream.md that a part of a list breaks."""

    NOT_A_RECORD = "not_a_record"
    NO_NAME = "no_name"
    UNSTORABLE_NAME = "unstorable_name"
    NAME_TOO_LONG = "name_too_long"
    DUPLICATE_NAME = "duplicate_name"
    INVISIBLE_CHARACTERS = "invisible_characters"
    BAD_EMAIL = "bad_email"
    BAD_FREQUENCY = "bad_frequency"
    NORMALISED_FREQUENCY = "normalised_frequency"
    BAD_USERS = "bad_users"
    NORMALISED_USERS = "normalised_users"
    BAD_USER = "bad_user"
    DUPLICATE_USER = "duplicate_user"
    EXTRA_FIELD = "extra_field"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A part of a list that breaks a rule: the rule, the name of the record if readable, and an excerpt."""

    kind: AnomalyKind
    record: str
    detail: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A whole list. `size` is in bytes after inflation, `digest` is the SHA-256 of those bytes.

    `anomalies` are the first 1,000 in the order of the list; `anomalies_left_out` counts the rest.
    """

    records: tuple[Record, ...]
    anomalies: tuple[Anomaly, ...]
    size: int
    digest: str
    anomalies_left_out: int = 0
