"""Text from outside: strict UTF-8 in, and forms of it that every database can hold."""

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


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


def excerpt(value: object, limit: int = 60) -> str:
    """What was found, escaped so that a person sees it and a database holds it."""
    found = ascii(value[: limit + 1] if isinstance(value, str) else value)
    return found if len(found) <= limit else f"{found[:limit]}…"
