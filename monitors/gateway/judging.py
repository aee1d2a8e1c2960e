"""What an answer means for its call: done, refused or unknown; for a list, usable or not.

docs/upstream.md has the rules. Never a false "done" or "refused": in doubt, the outcome is unknown.
"""

from urllib.parse import quote_plus

from monitors.gateway.envelopes import REFUSING_STATUSES, read_envelope, read_refusal
from monitors.gateway.errors import GatewayError, OutcomeUnknown, RateLimited, Refused, UnusableList
from monitors.gateway.listing import read_listing
from monitors.gateway.records import Listing
from monitors.gateway.request import HIDDEN_KEY
from monitors.gateway.text import Malformed
from monitors.gateway.transport import Answer
from monitors.gateway.upstream import Upstream
from monitors.gateway.wire import read_list, read_result

_MIN_HIDDEN_KEY_CHARACTERS = 4  # Hiding a shorter key would also hide ordinary words.


class Judge:
    def __init__(self, upstream: Upstream) -> None:
        self._format = upstream.format
        self._key = upstream.key

    def of_write(self, answer: Answer, *, retry_after: float | None) -> GatewayError | None:
        status = answer.status
        if not (200 <= status < 300 or status in REFUSING_STATUSES):
            return OutcomeUnknown(f"SendGrid answered HTTP {status}", http_status=status)
        try:
            result = read_result(answer.body, self._format)
        except Malformed as error:
            return OutcomeUnknown(_unreadable(status, error), http_status=status)
        if status < 300 and read_envelope(result).is_success:
            return None
        return self._refusal(result, status, retry_after) or OutcomeUnknown(
            f"SendGrid answered HTTP {status} with neither a success nor a refusal", http_status=status
        )

    def of_list(self, answer: Answer, *, retry_after: float | None) -> Listing | GatewayError:
        status = answer.status
        try:
            result = self._read_list(answer, retry_after)
        except Malformed as error:
            result = UnusableList(_unreadable(status, error), http_status=status)
        if status == 429 and not isinstance(result, Refused):
            return RateLimited(("HTTP 429",), http_status=status, retry_after=retry_after)
        return result

    def _read_list(self, answer: Answer, retry_after: float | None) -> Listing | GatewayError:
        status = answer.status
        if status != 200 and status not in REFUSING_STATUSES:
            return UnusableList(f"SendGrid answered HTTP {status}", http_status=status)
        rows = read_list(answer.body, self._format)
        if isinstance(rows, dict):
            return self._refusal(rows, status, retry_after) or UnusableList(
                f"SendGrid answered HTTP {status}, but not with a list", http_status=status
            )
        if status != 200:
            return UnusableList(f"SendGrid sent a list with HTTP {status}", http_status=status)
        return read_listing(rows, answer.body)

    def _refusal(self, result: dict[str, object], status: int, retry_after: float | None) -> Refused | None:
        return read_refusal(result, status=status, retry_after=retry_after, hide=self._hide)

    def _hide(self, words: str) -> str:
        if len(self._key) < _MIN_HIDDEN_KEY_CHARACTERS:
            return words
        return words.replace(self._key, HIDDEN_KEY).replace(quote_plus(self._key), HIDDEN_KEY)


def _unreadable(status: int, error: Malformed) -> str:
    return f"SendGrid answered HTTP {status}, but the body cannot be read: {error}"
