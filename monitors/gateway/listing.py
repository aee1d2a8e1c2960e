"""The rows of a list, read into records field by field; docs/upstream.md has a rule for each anomaly."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from monitors.gateway.records import Anomaly, AnomalyKind, Listing, Record
from monitors.gateway.text import Malformed, excerpt, is_storable
from monitors.limits import MAX_FREQUENCY, MAX_MAILBOX, MAX_NAME

MAX_ANOMALIES = 1000
MAX_NAME_EXCERPT = 60  # characters
FIELDS = ("name", "email", "frequency", "users")
_WHITESPACE = " \t\r\n\v\f"
_DECIMAL = re.compile(r"[0-9]+")
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Zl", "Zp"}


def read_listing(rows: list[object], body: bytes | bytearray) -> Listing:
    """Raises Malformed where none of the rows has a field of a record."""
    if rows and not any(isinstance(row, dict) and not row.keys().isdisjoint(FIELDS) for row in rows):
        raise Malformed("it is not a list of records")
    reader = _Reader()
    for row in rows:
        reader.read_row(row)
    return Listing(
        records=tuple(reader.records.values()),
        anomalies=tuple(reader.anomalies),
        size=len(body),
        digest=hashlib.sha256(body).hexdigest(),
        anomalies_left_out=reader.anomalies_left_out,
    )


class _Reader:
    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.anomalies: list[Anomaly] = []
        self.anomalies_left_out = 0
        self._extra_fields: set[str] = set()

    def read_row(self, row: object) -> None:
        if not isinstance(row, dict):
            self._note(AnomalyKind.NOT_A_RECORD, "", excerpt(row))
            return
        self._note_extra_fields(row)
        name = self._name(row)
        if name is not None:
            self.records[name] = Record(
                name=name,
                email=self._email(name, row.get("email")),
                frequency=self._frequency(name, row.get("frequency")),
                users=self._users(name, row.get("users")),
            )

    def _note(self, kind: AnomalyKind, record: str, detail: str) -> None:
        if len(self.anomalies) < MAX_ANOMALIES:
            self.anomalies.append(Anomaly(kind, record, detail))
        else:
            self.anomalies_left_out += 1

    def _note_extra_fields(self, row: dict[str, object]) -> None:
        for extra in row.keys() - set(FIELDS) - self._extra_fields:
            self._extra_fields.add(extra)
            self._note(AnomalyKind.EXTRA_FIELD, "", excerpt(extra))

    def _name(self, row: dict[str, object]) -> str | None:
        name = row.get("name")
        if not isinstance(name, str) or not name:
            self._note(AnomalyKind.NO_NAME, "", excerpt(name))
        elif not is_storable(name):
            self._note(AnomalyKind.UNSTORABLE_NAME, "", excerpt(name))
        elif len(name) > MAX_NAME:
            self._note(AnomalyKind.NAME_TOO_LONG, "", f"{name[:MAX_NAME_EXCERPT]}… ({len(name)} characters)")
        elif name in self.records:
            self._note(AnomalyKind.DUPLICATE_NAME, name, excerpt(row))
        else:
            self._note_invisible(name, name)
            return name
        return None

    def _note_invisible(self, record: str, text: str) -> None:
        if not text.isprintable() and any(unicodedata.category(c) in _INVISIBLE_CATEGORIES for c in text):
            self._note(AnomalyKind.INVISIBLE_CHARACTERS, record, excerpt(text))

    def _email(self, record: str, email: object) -> str:
        if isinstance(email, str) and len(email) <= MAX_MAILBOX and is_storable(email):
            return email
        self._note(AnomalyKind.BAD_EMAIL, record, excerpt(email))
        return ""

    def _frequency(self, record: str, frequency: object) -> int | None:
        text = str(frequency) if _is_whole(frequency) else frequency
        if isinstance(text, str) and (value := _parsed_frequency(text)) is not None:
            if text != str(value):
                self._note(AnomalyKind.NORMALISED_FREQUENCY, record, excerpt(text))
            return value
        self._note(AnomalyKind.BAD_FREQUENCY, record, excerpt(frequency))
        return None

    def _users(self, record: str, users: object) -> tuple[str, ...] | None:
        entries = _entries(users)
        if entries is None:
            self._note(AnomalyKind.BAD_USERS, record, excerpt(users))
            return None
        if entries is not users or any(_is_whole(entry) for entry in entries):
            self._note(AnomalyKind.NORMALISED_USERS, record, excerpt(users))
        return tuple(self._unique_users(record, entries))

    def _unique_users(self, record: str, entries: Iterable[object]) -> dict[str, None]:
        unique: dict[str, None] = {}
        for entry in entries:
            user = str(entry) if _is_whole(entry) else entry
            if not isinstance(user, str) or not user or len(user) > MAX_NAME or not is_storable(user):
                self._note(AnomalyKind.BAD_USER, record, excerpt(entry))
            elif user in unique:
                self._note(AnomalyKind.DUPLICATE_USER, record, excerpt(user))
            else:
                self._note_invisible(record, user)
                unique[user] = None
        return unique


def _entries(users: object) -> list[object] | None:
    if isinstance(users, list):
        return users
    if isinstance(users, str):
        return [users] if users else []
    # PHP prints an array with gaps as an object with numbers as keys.
    if isinstance(users, dict) and users and all(_DECIMAL.fullmatch(key) for key in users):
        return list(users.values())
    return None


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _parsed_frequency(text: str) -> int | None:
    digits = text.strip(_WHITESPACE).lstrip("0")
    if not _DECIMAL.fullmatch(digits) or len(digits) > len(str(MAX_FREQUENCY)):
        return None
    value = int(digits)
    return value if value <= MAX_FREQUENCY else None
