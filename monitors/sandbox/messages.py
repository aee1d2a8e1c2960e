"""The messages in the sandbox's answers, sorted by how well they are known."""

from enum import StrEnum


class Recorded(StrEnum):
    """From recorded answers of the real service, or from its documentation."""

    SUCCESS = "success"
    ERROR = "error"
    RECORD_NOT_FOUND = "Monitor record not found"
    BAD_CREDENTIALS = "Bad username / password"
    PERMISSION_DENIED = "Permission denied, not authorized"
    NOT_FOUND = "Not found"
    USER_DOES_NOT_EXIST = "User does not exist"
    USER_NOT_FOUND = "User not found"
    TOO_MANY_REQUESTS = "too many requests"
    UNAUTHORIZED = "unauthorized"


class Invented(StrEnum):
    """Never recorded. The rule is documented, or an option of the sandbox; the words are ours."""

    NAME_MISSING = "Name is required"
    NAME_TOO_LONG = "Name can't be more than 255 characters"
    NAME_TAKEN = "Name must be unique"
    EMAIL_MISSING = "Email is required"
    EMAIL_MALFORMED = "Must be in email format"
    FREQUENCY_MISSING = "Frequency is required"
    FREQUENCY_WRONG = "Frequency must be an integer and greater than 0"
    USER_MISSING = "User is required"
    IN_USE = "Monitor record is in use by at least one user"
    ALREADY_MONITORED = "User already has a monitor record"
    NOT_CARRIED_OUT = "The request could not be completed"
    UNKNOWN_MESSAGE = "queued"
    INTERNAL_ERROR = "internal error"


# Invented too: the recordings show only that each answer sets a cookie.
COOKIE = "PHPSESSID=5b1f0c2e9a7d4438; path=/; HttpOnly"
JSON_TYPE = "application/json"
XML_TYPE = "text/xml"
HTML_TYPE = "text/html"
