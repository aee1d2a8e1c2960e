"""How long to wait before a retry: what the upstream asks for, and our own backoff."""

from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

RETRY_PAUSES_SECONDS = (0.5, 1.0)  # one for each retry, before jitter
MAX_RETRY_PAUSE_SECONDS = 5.0  # after jitter
MAX_RETRY_WAIT_SECONDS = 60.0  # A call that is asked to wait for longer is given up.
MAX_THROTTLE_PAUSE_SECONDS = 3600.0  # of all calls, after a 429
DEFAULT_THROTTLE_PAUSE_SECONDS = 1.0  # where a 429 gives no time
_MAX_HEADER_DIGITS = 15


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds from `now` (Unix time) by Retry-After or X-RateLimit-Reset; None without a usable header."""
    for name, read in _READERS.items():
        if (text := headers.get(name)) is not None and (wait := read(text.strip(), now)) is not None:
            return max(0.0, wait)
    return None


def retry_pause(retry: int, jitter: float) -> float:
    """Seconds before retry number `retry` (from 0): half to one and a half times the plain pause."""
    return min(MAX_RETRY_PAUSE_SECONDS, RETRY_PAUSES_SECONDS[retry] * (0.5 + jitter))


def _from_retry_after(text: str, now: float) -> float | None:
    seconds = _digits(text)
    return seconds if seconds is not None else _from_http_date(text, now)


def _from_rate_limit_reset(text: str, now: float) -> float | None:
    moment = _digits(text)
    return None if moment is None else moment - now


def _digits(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_HEADER_DIGITS else None


def _from_http_date(text: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


_READERS: dict[str, Callable[[str, float], float | None]] = {
    "Retry-After": _from_retry_after,
    "X-RateLimit-Reset": _from_rate_limit_reset,
}
