"""Names as people must see them: strangers chose them, so nothing in them may hide or misplace text."""

import re
import unicodedata
from collections.abc import Iterator
from html import escape

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Letters and marks that draw nothing, though their category says otherwise.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_VARIATIONS = "\ufe00-\ufe0e\U000e0100-\U000e01ef"
SHORT = 16  # characters fit into the narrowest column
_SPACE_MARK = "␣"
# What `str.isprintable` lets pass and a reader may still miss.
_UNDRAWN = re.compile(f"[{''.join(sorted(_BLANK))}{_VARIATIONS}]")
_MISLEADING = re.compile(f"{_UNDRAWN.pattern}|^ | $|  ")


def is_hidden(character: str) -> bool:
    """Whether a reader could miss the character or be misled by it."""
    if character in _BLANK or (0xFE00 <= ord(character) <= 0xFE0E) or (0xE0100 <= ord(character) <= 0xE01EF):
        return True
    category = unicodedata.category(character)
    return category in _HIDDEN_CATEGORIES or (category == "Zs" and character != " ")


def code_of(character: str) -> str:
    return f"U+{ord(character):04X}"


def visible(name: str) -> SafeString:
    """The name in its own direction; hidden characters as marked codes, outer and double spaces as ␣.

    A long one, which a column may cut off, is whole in its title.
    """
    if _is_plain(name):
        text = escape(name)
        return SafeString(f'<bdi title="{text}">{text}</bdi>' if len(name) > SHORT else f"<bdi>{text}</bdi>")
    pieces = (
        _marked(code, character) if code else conditional_escape(character)
        for character, code in _coded(name)
    )
    return format_html('<bdi title="{}">{}</bdi>', visible_text(name), mark_safe("".join(pieces)))  # noqa: S308 - each piece is escaped


def visible_text(name: str) -> str:
    """The same as plain text, for titles, attributes that are read out, and files."""
    if _is_plain(name):
        return name
    return "".join(_bracketed(code) if code else character for character, code in _coded(name))


def visible_lines(text: str) -> SafeString:
    """Text of several lines, each hidden character but the line's end as a small marked code."""
    if text.replace("\n", "").isprintable() and not _UNDRAWN.search(text):
        return SafeString(escape(text))
    pieces = (
        _marked(code_of(character), character)
        if is_hidden(character) and character != "\n"
        else conditional_escape(character)
        for character in text
    )
    return mark_safe("".join(pieces))  # noqa: S308 - each piece is escaped


def _is_plain(name: str) -> bool:
    """Whether every character shows by itself, as nearly always."""
    if name.isascii():
        return name.isprintable() and "  " not in name and name.strip(" ") == name
    return name.isprintable() and not _MISLEADING.search(name)


def _coded(name: str) -> Iterator[tuple[str, str]]:
    """Each character with the code that stands for it, "" where it shows by itself."""
    last = len(name) - 1
    for place, character in enumerate(name):
        is_edge = place in {0, last} or name[place - 1] == " "
        if is_hidden(character):
            yield character, code_of(character)
        else:
            yield character, _SPACE_MARK if character == " " and is_edge else ""


def _bracketed(code: str) -> str:
    return code if code == _SPACE_MARK else f"‹{code}›"


def _marked(code: str, character: str) -> str:
    meaning = unicodedata.name(character, "control character").lower()
    return format_html('<code class="odd" title="{}">{}</code>', meaning, code)
