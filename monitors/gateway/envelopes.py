"""Result and error envelopes (E1 to E8 of docs/upstream.md), read into what they say beyond doubt."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitors.gateway.errors import BadCredentials, RateLimited, Refused
from monitors.gateway.text import storable
from monitors.gateway.xmltext import TEXT_BESIDE

REFUSING_STATUSES = frozenset({400, 401, 403, 404, 409, 429})
_NEVER_IN_A_SUCCESS = {"code", TEXT_BESIDE}
MAX_MESSAGES = 20
MAX_MESSAGE_CHARACTERS = 500

# E5 is a message alone, and only some messages are refusals. A false *refused* would stay; a refusal that is
# not recognised becomes *unknown* and is settled by the next list.
_NEGATIONS = re.compile(
    r"\b(not|no such|cannot|can't|doesn't|isn't|invalid|incorrect|wrong|bad|must|may only|already|exists?|"
    r"denied|forbidden|unauthorized|unauthorised|refused|rejected|fail|fails|failed|failure|unable|unknown|"
    r"missing|required|exceeded|too many|too long|(?<!no )errors?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """`errors` are the texts under `errors` and `error`; `has_errors`: something a success never has."""

    message: str | None
    errors: tuple[str, ...]
    code: int | None
    has_errors: bool

    @property
    def is_success(self) -> bool:
        return self.message == "success" and not self.has_errors

    @property
    def words(self) -> tuple[str, ...]:
        if self.message is None or (self.message == "error" and self.errors):
            return self.errors
        return (self.message, *self.errors)

    @property
    def is_refusal(self) -> bool:
        """Whether it refuses the task beyond doubt."""
        if self.message is None:
            return bool(self.errors)
        if self.message.strip().lower() == "success":
            return False
        return self.message == "error" or bool(_NEGATIONS.search(self.message)) or self._has_refusing_code

    @property
    def may_have_been_applied(self) -> bool:
        return self.code is not None and not self._has_refusing_code

    @property
    def _has_refusing_code(self) -> bool:
        return self.code is not None and 400 <= self.code < 500 and self.code != 408


def read_envelope(answer: dict[str, object]) -> Envelope:
    inner = answer.get("error")
    holder = inner if isinstance(inner, dict) else answer
    return Envelope(
        message=_text(answer.get("message")),
        errors=(*_texts(answer.get("errors")), *_texts(inner)),
        code=_code(holder.get("code")),
        has_errors=bool(answer.get("errors"))
        or bool(inner)
        or not answer.keys().isdisjoint(_NEVER_IN_A_SUCCESS),
    )


def read_refusal(
    answer: dict[str, object], *, status: int, retry_after: float | None, hide: Callable[[str], str]
) -> Refused | None:
    """The refusal, or None where the envelope is not one beyond doubt. `hide` removes our key from its words."""
    envelope = read_envelope(answer)
    if not envelope.is_refusal or envelope.may_have_been_applied:
        return None
    words = tuple(hide(storable(text))[:MAX_MESSAGE_CHARACTERS] for text in envelope.words[:MAX_MESSAGES])
    codes = {status, envelope.code}
    if 429 in codes:
        return RateLimited(words, http_status=status, retry_after=retry_after)
    return (BadCredentials if codes & {401, 403} else Refused)(words, http_status=status)


def _texts(value: object) -> Iterator[str]:
    for entry in value if isinstance(value, list) else [value]:
        text = _text(entry.get("message") if isinstance(entry, dict) else entry)
        if text:
            yield text


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _code(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,4}", value) else None
