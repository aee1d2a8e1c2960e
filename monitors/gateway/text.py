"""Text from outside: decoded as strict UTF-8, and made fit for both databases."""

import re
import reprlib

MAX_EXCERPT_CHARACTERS = 200
MAX_VALUE_CHARACTERS = 80  # of one value within an excerpt
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_REPR = reprlib.Repr()
_REPR.maxlevel, _REPR.maxstring, _REPR.maxother = 2, MAX_VALUE_CHARACTERS, MAX_VALUE_CHARACTERS


class Malformed(ValueError):
    """A body that cannot be read. The text says why and quotes nothing of the body."""


def utf8(body: bytes | bytearray) -> str:
    try:
        return str(body, "utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("it is not UTF-8") from None


def is_storable(text: str) -> bool:
    """PostgreSQL refuses NUL, and a lone surrogate cannot be encoded."""
    return (text.isascii() and "\x00" not in text) or not _UNSTORABLE.search(text)


def storable(text: str) -> str:
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def excerpt(value: object) -> str:
    """A short, escaped form of any value, which a person can read and a database can store."""
    return _REPR.repr(value).encode("ascii", "backslashreplace").decode("ascii")[:MAX_EXCERPT_CHARACTERS]
