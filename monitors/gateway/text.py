"""Text from outside: strict UTF-8 in, and forms of it that every database can hold."""

import re
import reprlib

MAX_EXCERPT = 200
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 2, 80, 80


class Malformed(ValueError):
    """A body that cannot be read as what it should be; the text says why and quotes nothing of it."""


def utf8(body: bytes | bytearray) -> str:
    try:
        return str(body, "utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("it is not UTF-8") from None


def is_storable(text: str) -> bool:
    """PostgreSQL refuses NUL, and nothing can encode half a surrogate pair."""
    return (text.isascii() and "\x00" not in text) or not _UNSTORABLE.search(text)


def storable(text: str) -> str:
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def excerpt(value: object) -> str:
    """What was found, short and escaped, so that a person sees it and a database holds it."""
    return _SHORT.repr(value).encode("ascii", "backslashreplace").decode("ascii")[:MAX_EXCERPT]
