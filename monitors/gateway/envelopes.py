"""The upstream's result and error envelopes (E1 to E8 of upstream.md), read into what they certainly say."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitors.gateway.errors import BadCredentials, RateLimited, Refused
from monitors.gateway.text import storable
from monitors.gateway.xmltext import TEXT_BESIDE

REFUSING_STATUSES = frozenset({400, 401, 403, 404, 409, 429})
_NEVER_BESIDE = {"code", TEXT_BESIDE}  # `success`
MAX_WORDS = 20
MAX_WORD_LENGTH = 500

# E5 is a bare message, and only some of those say no. To take one for a refusal wrongly is a false word;
# one that is wrongly not taken for a refusal settles itself by the next list.
_NEGATIONS = re.compile(
    r"\b(not|no such|cannot|can't|doesn't|isn't|invalid|incorrect|wrong|bad|must|may only|already|exists?|"
    r"denied|forbidden|unauthorized|unauthorised|refused|rejected|fail|fails|failed|failure|unable|unknown|"
    r"missing|required|exceeded|too many|too long|(?<!no )errors?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """`errors`: the words of the `errors` and `error` parts; `has_errors`: anything a success has not."""

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
    def says_no(self) -> bool:
        """Whether the words are a refusal beyond doubt, the codes left aside."""
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
        errors=(*_sentences(answer.get("errors")), *_sentences(inner)),
        code=_code(holder.get("code")),
        has_errors=bool(answer.get("errors")) or bool(inner) or not answer.keys().isdisjoint(_NEVER_BESIDE),
    )


def read_refusal(
    answer: dict[str, object], *, status: int, retry_after: float | None, hide: Callable[[str], str]
) -> Refused | None:
    """The upstream's no, or None where it does not surely say so. `hide` takes our key out of its words."""
    envelope = read_envelope(answer)
    if not envelope.says_no or envelope.may_have_been_applied:
        return None
    words = tuple(hide(storable(word))[:MAX_WORD_LENGTH] for word in envelope.words[:MAX_WORDS])
    kinds = {status, envelope.code}
    if 429 in kinds:
        return RateLimited(words, http_status=status, retry_after=retry_after)
    return (BadCredentials if kinds & {401, 403} else Refused)(words, http_status=status)


def _sentences(found: object) -> Iterator[str]:
    for entry in found if isinstance(found, list) else [found]:
        text = _text(entry.get("message") if isinstance(entry, dict) else entry)
        if text:
            yield text


def _text(found: object) -> str | None:
    return found if isinstance(found, str) else None


def _code(found: object) -> int | None:
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    return int(found) if isinstance(found, str) and re.fullmatch(r"[0-9]{1,4}", found, re.ASCII) else None
