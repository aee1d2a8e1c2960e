"""Strict XML, read into the same values as the JSON of the same answer, so that one set of rules serves both."""

import re
from collections import Counter
from typing import Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from monitors.gateway.text import Malformed, utf8

MAX_DEPTH = 32
MAX_VALUES = 2_000_000
MAX_TAG_CHARACTERS = 2**16
_SLICE_CHARACTERS = 2**16
# Expat scans an unfinished tag or comment again with each slice; a long one would take minutes.
_LONG_TAG = re.compile(rf"<[^>]{{{MAX_TAG_CHARACTERS}}}")
_BOM = b"\xef\xbb\xbf"
_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS = {"utf-8": "utf-8", "us-ascii": "ascii", "iso-8859-1": "latin-1"}
_LISTS = {"monitors": "monitor", "users": "user", "errors": "error"}
_ALWAYS_OBJECTS = {"monitor", "result"}
_BLANK = " \t\r\n"
TEXT_BESIDE: Final = "#text"  # the key for text beside child elements


class Misplaced:
    """What XML can contain and JSON cannot: a field twice, an element of another name in a list."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __repr__(self) -> str:
        return self.what


def read(text: str) -> tuple[str, object]:
    """The root element's name and its value."""
    if _LONG_TAG.search(text):
        raise Malformed("it contains a tag that is too long")
    values = _Values()
    parser = DefusedXMLParser(target=values, forbid_dtd=True)
    try:
        for start in range(0, len(text), _SLICE_CHARACTERS):
            parser.feed(text[start : start + _SLICE_CHARACTERS])
        parser.close()
    except ParseError:
        raise Malformed("it is not well-formed XML") from None
    except DefusedXmlException:
        raise Malformed("it contains a document type declaration") from None
    return values.root


def decode(body: bytes | bytearray) -> str:
    """By its byte order mark, else by its declared encoding, else as UTF-8.

    The document's damaged shape has lost its first `<` and with it the declaration of ISO-8859-1.
    """
    if body.startswith(_BOM):
        return utf8(body)
    declaration = _DECLARED_ENCODING.match(body)
    encoding = _ENCODINGS.get(declaration[1].decode("ascii").lower() if declaration else "utf-8")
    if encoding is None:
        raise Malformed("it declares an unsupported encoding")
    try:
        return str(body, encoding)
    except UnicodeDecodeError:
        if not body.lstrip().startswith(b"<"):
            return str(body, "latin-1")
        raise Malformed("it is not in the encoding it declares") from None


class _Values:
    """The parser's target. It holds only the open elements: a long list needs no tree in memory."""

    def __init__(self) -> None:
        self.root: tuple[str, object] = ("", None)
        self._open: list[tuple[dict[str, str], list[tuple[str, object]], list[str]]] = []
        self._text: list[str] = []
        self._count = 0

    def start(self, _tag: str, attributes: dict[str, str]) -> None:
        self._count += 1 + len(attributes)
        if self._count > MAX_VALUES:
            raise Malformed("it contains too many values")
        if len(self._open) >= MAX_DEPTH:
            raise Malformed("it is nested too deeply")
        self._text = []
        self._open.append((attributes, [], self._text))

    def data(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        attributes, children, text = self._open.pop()
        value = _value(tag, attributes, children, "".join(text))
        if self._open:
            _attributes, siblings, self._text = self._open[-1]
            siblings.append((tag, value))
        else:
            self.root = (tag, value)

    def close(self) -> None:
        """Called by the parser at the end of the document."""


def _value(tag: str, attributes: dict[str, str], children: list[tuple[str, object]], text: str) -> object:
    if tag in _LISTS:
        return _list(_LISTS[tag], children, text)
    if children or tag in _ALWAYS_OBJECTS:
        return _object(attributes, children, text)
    return text


def _list(member: str, children: list[tuple[str, object]], text: str) -> object:
    if text.strip(_BLANK):
        return Misplaced("text among elements") if children else text
    return [value if tag == member else Misplaced(f"an element {tag}") for tag, value in children]


def _object(attributes: dict[str, str], children: list[tuple[str, object]], text: str) -> dict[str, object]:
    fields = dict(children)
    if len(fields) < len(children):
        times = Counter(tag for tag, _value in children)
        fields |= {tag: Misplaced(f"{n} elements {tag}") for tag, n in times.items() if n > 1}
    if attributes:
        fields |= {f"@{name}": None for name in attributes}
    if text.strip(_BLANK):
        fields[TEXT_BESIDE] = text
    return fields
