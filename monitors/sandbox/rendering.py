"""JSON and XML, byte for byte as the upstream's PHP prints them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from json.encoder import encode_basestring_ascii
from xml.sax.saxutils import escape

PROLOG = '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
_DELETE = "\x7f"
_FORBIDDEN_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Row = tuple[str, str, int, tuple[str, ...]]
Value = str | int | None | Sequence["Value"] | Mapping[str, "Value"]


class Format(StrEnum):
    JSON = "json"
    XML = "xml"


def as_json(value: Value) -> str:
    """PHP's `json_encode`: compact, `\\/`, lower-case `\\uXXXX`, DEL unescaped."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return _json_string(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_json_string(key)}:{as_json(item)}" for key, item in value.items()) + "}"
    return "[" + ",".join(map(as_json, value)) + "]"


def _json_string(text: str) -> str:
    # Python escapes DEL and PHP does not, so the parts around it are encoded.
    encoded = _DELETE.join(encode_basestring_ascii(part)[1:-1] for part in text.split(_DELETE))
    return '"' + encoded.replace("/", "\\/") + '"'


def as_xml(document: str) -> bytes:
    """The document with the upstream's prolog. Characters outside Latin-1 become numeric references."""
    return (PROLOG + document).encode("iso-8859-1", "xmlcharrefreplace")


def xml_text(text: str) -> str:
    """Escaped text. What XML cannot contain becomes U+FFFD (a guess)."""
    return escape(_FORBIDDEN_IN_XML.sub("\ufffd", text), {"\r": "&#13;"})


def element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"


def list_of(rows: Iterable[Row], format_: Format) -> bytes:
    return _list_as_json(rows) if format_ is Format.JSON else _list_as_xml(rows)


def _list_as_json(rows: Iterable[Row]) -> bytes:
    return as_json(
        [
            {"name": name, "email": email, "frequency": str(frequency), "users": users}
            for name, email, frequency, users in rows
        ]
    ).encode("ascii")


def _list_as_xml(rows: Iterable[Row]) -> bytes:
    return as_xml(element("monitors", "".join(map(_monitor, rows))))


def _monitor(row: Row) -> str:
    name, email, frequency, users = row
    return element(
        "monitor",
        element("name", xml_text(name))
        + element("email", xml_text(email))
        + element("frequency", str(frequency))
        + element("users", "".join(element("user", xml_text(user)) for user in users)),
    )
