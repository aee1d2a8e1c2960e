"""Names as people must see them: strangers chose them, so nothing in them may hide or misplace text."""

import unicodedata

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Letters and marks that draw nothing, though their category says otherwise.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def is_hidden(character: str) -> bool:
    """Whether a reader could miss the character or be misled by it."""
    if character in _BLANK or (0xFE00 <= ord(character) <= 0xFE0E) or (0xE0100 <= ord(character) <= 0xE01EF):
        return True
    category = unicodedata.category(character)
    return category in _HIDDEN_CATEGORIES or (category == "Zs" and character != " ")


def code_of(character: str) -> str:
    return f"U+{ord(character):04X}"


def visible(name: str) -> SafeString:
    """The name in its own direction; hidden characters as marked codes, outer and double spaces as ␣."""
    return format_html("<bdi>{}</bdi>", mark_safe("".join(_drawn(name))))  # noqa: S308 - each piece is escaped


def visible_lines(text: str) -> SafeString:
    """Text of several lines, each hidden character but the line's end as a small marked code."""
    pieces = (_code(it) if is_hidden(it) and it != "\n" else conditional_escape(it) for it in text)
    return mark_safe("".join(pieces))  # noqa: S308 - each piece is escaped


def visible_text(name: str) -> str:
    """The same where no markup can stand: titles, attributes that are read out."""
    return "".join(f"‹{code_of(character)}›" if is_hidden(character) else character for character in name)


def _drawn(name: str) -> list[str]:
    last = len(name) - 1
    pieces: list[str] = []
    for place, character in enumerate(name):
        is_edge = place in {0, last} or name[place - 1] == " "
        if is_hidden(character):
            pieces.append(_code(character))
        elif character == " " and is_edge:
            pieces.append(_mark("␣", "space"))
        else:
            pieces.append(conditional_escape(character))
    return pieces


def _code(character: str) -> str:
    return _mark(code_of(character), unicodedata.name(character, "control character").lower())


def _mark(code: str, meaning: str) -> str:
    return format_html('<code class="odd" title="{}">{}</code>', meaning, code)
