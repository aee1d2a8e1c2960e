"""The end that a call of the gateway must come to under each fault of the sandbox."""

from monitors.gateway.client import Format
from monitors.gateway.errors import (
    BadCredentials,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnusableList,
)
from monitors.gateway.records import Listing
from monitors.sandbox.faults import FAULTS, Moment

HONEST, NO_ANSWER, UNREADABLE, RACE = "honest", "no answer", "unreadable", "race"
MEGABYTE = 2**20

# The sandbox takes every connection sooner or later, so this end says that the machine had no time for it.
TOO_BUSY = "the connection to SendGrid timed out"

EXPECTED: dict[str, object] = {
    **dict.fromkeys(
        [
            "close_before_reading",
            "rst_before_reading",
            "close_before_answer",
            "rst_before_answer",
            "close_within_answer",
            "rst_within_answer",
            "hang",
            "hang_within_answer",
            "bad_status_line",
            "not_http",
            "many_headers",
            "huge_header",
            "endless_continue",
            "short_body_with_length",
            "cut_chunks",
            "missing_last_chunk",
            "drip_body",
            "drip_headers",
            "close_idle",
            "rst_idle",
            "late",
        ],
        NO_ANSWER,
    ),
    **dict.fromkeys(
        [
            "short_body_without_length",
            "huge_body",
            "huge_body_chunked",
            "gzip_bomb",
            "gzip_bomb_twice",
            "bad_gzip",
            "cut_gzip",
            "html_200",
            "empty_200",
            "other_format",
            "truncated",
            "garbage",
            "utf16",
            "deep_nesting",
            "huge_number",
            "nan",
            "repeated_keys",
            "entity_bomb",
            "entity_bomb_quadratic",
            "external_entity",
            "external_dtd",
            "success_with_errors",
            "unknown_message",
            "raw",
        ],
        UNREADABLE,
    ),
    **dict.fromkeys(
        [
            "close_after_answer",
            "rst_after_answer",
            "gzipped",
            "wrong_content_type",
            "bom",
            "damaged_shape",
            "delay",
            "stale_list",
            "half_list",
            "empty_list",
        ],
        HONEST,
    ),
    **{f"redirect_{status}": UNREADABLE for status in (301, 302, 303, 307, 308)},
    **{
        f"status_{status}_{body}": UNREADABLE
        for status in (400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504)
        for body in ("html", "nothing")
    },
    **{f"status_{status}_envelope": UNREADABLE for status in (408, 500, 502, 503, 504)},
    **{f"status_{status}_envelope": Refused for status in (400, 404, 409)},
    **{f"status_{status}_envelope": BadCredentials for status in (401, 403)},
    "status_429_envelope": RateLimited,
    **dict.fromkeys(["e1", "e3", "e4", "e4_bare", "e5"], Refused),
    **dict.fromkeys(["e2", "e6", "e8"], BadCredentials),
    "e7": RateLimited,
    "lie": None,
    # The first byte may or may not leave before the connection closes; both ends are true.
    "close_on_connect": RACE,
    "rst_on_connect": RACE,
}
# In XML these are text, or a duplicate field, in one row; the rest of the list is good.
ODD_ROWS_IN_XML = {"huge_number", "nan", "repeated_keys"}
OPTIONS: dict[str, dict[str, object]] = {
    "huge_body": {"size": 20 * MEGABYTE},
    "huge_body_chunked": {"size": 20 * MEGABYTE},
    "gzip_bomb": {"size": 20 * MEGABYTE},
    "gzip_bomb_twice": {"size": 20 * MEGABYTE},
    "delay": {"seconds": 0.05},
}


def writing(expected: object, is_applied: bool) -> tuple[object, ...]:
    if expected is HONEST:
        return (None if is_applied else Refused,)
    kinds = {RACE: (OutcomeUnknown, NotSent), NO_ANSWER: (OutcomeUnknown,), UNREADABLE: (OutcomeUnknown,)}
    return kinds.get(str(expected), (expected,))


def listing(fault: str, form: Format) -> tuple[object, ...]:
    if fault.startswith("status_429"):
        return (RateLimited,)
    if FAULTS[fault].moment is Moment.REUSED:
        return (Listing,)  # The retry opens a new connection.
    if form is Format.XML and fault in ODD_ROWS_IN_XML:
        return (Listing,)
    expected = EXPECTED[fault]
    kinds = {
        HONEST: (Listing,),
        RACE: (OutcomeUnknown, NotSent),
        NO_ANSWER: (OutcomeUnknown,),
        UNREADABLE: (UnusableList,),
    }
    return kinds.get(str(expected), (expected,))
