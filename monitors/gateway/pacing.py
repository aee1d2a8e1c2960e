"""When to ask again: what the upstream asks for, and our own patience."""

from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

PAUSES = (0.5, 1.0)  # seconds before the first and the second retry, before jitter
LONGEST_PAUSE = 5.0
LONGEST_WAIT = 60.0  # of what the upstream may ask of a call that waits
LONGEST_PAUSE_SECONDS = 3600.0  # what a 429 may hold all calls back for
UNSAID_PAUSE_SECONDS = 1.0  # where a 429 names no time


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds from `now` (Unix time) that Retry-After or X-RateLimit-Reset ask for; None if neither does."""
    for name, read in _READERS.items():
        if (text := headers.get(name)) is not None and (wait := read(text.strip(), now)) is not None:
            return max(0.0, wait)
    return None


def pause(attempt: int, random: float) -> float:
    """Before retry number `attempt` (from 0): half to one and a half times the plain pause."""
    return min(LONGEST_PAUSE, PAUSES[attempt] * (0.5 + random))


def _retry_after(text: str, now: float) -> float | None:
    seconds = _digits(text)
    return seconds if seconds is not None else _http_date(text, now)


def _rate_limit_reset(text: str, now: float) -> float | None:
    moment = _digits(text)
    return None if moment is None else moment - now


def _digits(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _http_date(text: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


_READERS: dict[str, Callable[[str, float], float | None]] = {
    "Retry-After": _retry_after,
    "X-RateLimit-Reset": _rate_limit_reset,
}
