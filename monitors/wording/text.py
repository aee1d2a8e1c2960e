"""Sentences made of marked parts, which render as HTML or as plain text."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from string import Formatter
from typing import Protocol

from django.utils.safestring import SafeString

from monitors.wording.names import visible, visible_text


class Marked(Protocol):
    """A part that shows differently as HTML and as plain text. A plain `str` is a part too."""

    def __html__(self) -> str: ...

    def __str__(self) -> str: ...


Part = Marked | str


def html(part: Part) -> str:
    """As Django's `conditional_escape`, without its care for texts that are translated later; there are none."""
    return part.__html__() if hasattr(part, "__html__") else escape(part)


@dataclass(frozen=True, slots=True)
class Text:
    parts: tuple[Part, ...] = ()

    def __html__(self) -> SafeString:
        return SafeString("".join([html(part) for part in self.parts]))

    def __str__(self) -> str:
        return "".join(map(str, self.parts))

    def __bool__(self) -> bool:
        return any(self.parts)


@dataclass(frozen=True, slots=True)
class Name:
    """What strangers chose: nothing in it hides or misplaces text, in either form."""

    name: str

    def __html__(self) -> SafeString:
        return visible(self.name)

    def __str__(self) -> str:
        return visible_text(self.name)


@dataclass(frozen=True, slots=True)
class Strong:
    part: Part

    def __html__(self) -> SafeString:
        return SafeString(f"<b>{html(self.part)}</b>")

    def __str__(self) -> str:
        return str(self.part)


@dataclass(frozen=True, slots=True)
class Muted:
    """Beside what matters, in less ink."""

    part: Part

    def __html__(self) -> SafeString:
        return SafeString(f'<span class="mute">{html(self.part)}</span>')

    def __str__(self) -> str:
        return str(self.part)


@dataclass(frozen=True, slots=True)
class Fixed:
    """Words that are the same in every row, written once."""

    html: SafeString
    text: str

    @classmethod
    def of(cls, part: Marked) -> "Fixed":
        return cls(SafeString(part.__html__()), str(part))

    def __html__(self) -> SafeString:
        return self.html

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Unbroken:
    """Words that stay together on one line."""

    words: str

    def __html__(self) -> SafeString:
        return SafeString(escape(self.words.replace(" ", "\N{NO-BREAK SPACE}")))

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    part: Part
    is_external: bool = False

    def __html__(self) -> SafeString:
        rel = ' rel="external noreferrer"' if self.is_external else ""
        return SafeString(f'<a href="{escape(self.url)}"{rel}>{html(self.part)}</a>')

    def __str__(self) -> str:
        return str(self.part)


@dataclass(frozen=True, slots=True)
class Quoted:
    """Somebody's own words."""

    words: str

    def __html__(self) -> SafeString:
        return SafeString(f"“{visible(self.words)}”")

    def __str__(self) -> str:
        return f"“{visible_text(self.words)}”"


@lru_cache(maxsize=1024)
def _pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    """Each literal with the name of the place behind it, "" where it has none, None where there is no place."""
    return tuple((literal, field) for literal, field, _, _ in Formatter().parse(template))


def compose(template: str, *positional: Part, **named: Part) -> Text:
    """Like `str.format`, with parts in the places; what the template itself says is plain text."""
    places = iter(positional)
    parts: list[Part] = []
    for literal, field in _pieces(template):
        if literal:
            parts.append(literal)
        if field is not None:
            part = named[field] if field else next(places)
            if part != "":
                parts.append(part)
    return Text(tuple(parts))


def join(separator: str, parts: Iterable[Part]) -> Text:
    pieces = [piece for part in parts for piece in (separator, part)]
    return Text(tuple(pieces[1:]))


def strong_name(name: str) -> Strong:
    return Strong(Name(name))


def humanize(key: str) -> str:
    """`bad_email` as `Bad email`"""
    return key.replace("_", " ").capitalize()


def sentence(clause: str) -> str:
    """A clause without a full stop, as notes are, as a sentence of its own; nothing stays nothing."""
    text = clause.rstrip(".")
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def plural(count: int | None, one: str, many: str) -> str:
    """`1 record`, `1,200 records`; no count is 0."""
    return f"{count or 0:,} {one if count == 1 else many}"
