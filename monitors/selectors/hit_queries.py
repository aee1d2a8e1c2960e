"""The SQL of a search, for both databases. A part is bounded by its own limit, whatever it is a part of."""

# ruff: noqa: S608 - tables and columns are ours; what was typed is always a parameter.
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from django.db import connection

from monitors.selectors import trigrams

MAX_PATTERN_CHARACTERS = 8  # a longer text is looked up by two or three pieces of it
MAX_NAMES_READ = 1000  # one or two characters are looked for inside so many names


@dataclass(frozen=True, slots=True)
class Source:
    """A table with its trigrams; `order` is SQL over the columns of a hit, `begins`, `name`, `id` and its own."""

    table: str
    index: str
    condition: str = "1 = 1"
    has_mailbox: bool = False
    order: str = "begins DESC, name, id"
    columns: str = ""


@dataclass(slots=True)
class Sql:
    """A statement and its parameters, in step."""

    text: str = ""
    parameters: list[str] = field(default_factory=list)

    def add(self, text: str, *parameters: str) -> "Sql":
        self.text += text
        self.parameters += parameters
        return self

    def put(self, other: "Sql") -> "Sql":
        return self.add(other.text, *other.parameters)


@dataclass(frozen=True, slots=True)
class Question:
    """What was typed and how far to look; `matches` are SQLite's look-ups by index."""

    text: str
    limit: int
    enough: int
    matches: dict[str, str]


def question(text: str, sources: Iterable[Source], *, limit: int, enough: int) -> Question:
    is_probed = connection.vendor == "sqlite" and not is_short(text)
    texts = {source.index: _texts(source, text) for source in sources} if is_probed else {}
    return Question(text, limit, enough, trigrams.matches(texts) if texts else {})


def ordered(source: Source, question: Question) -> Sql:
    """Keys in the order of the page: those that begin with the text first."""
    sql = Sql("SELECT id FROM (SELECT part.*, (name >= %s AND name < %s) AS begins FROM (")
    sql.parameters += bounds(question.text.casefold())
    return sql.put(hits(source, question)).add(f") AS part) AS hit ORDER BY {source.order}")


def together(keys: Sql) -> Sql:
    """All of these keys as one text, in their order: a thousand rows would take as long as finding them."""
    joined = "string_agg(id::text, ',')" if connection.vendor == "postgresql" else "group_concat(id)"
    return Sql(f"{joined} FROM (").put(keys).add(") AS keys")


def hits(source: Source, question: Question) -> Sql:
    """Keys and names in no order; SQLite looks inside of names only while fewer than `enough` begin with the text."""
    # The parts of a longer one have nothing in common.
    union = " UNION " if is_short(question.text) else " UNION ALL "
    sql = Sql()
    for number, part in enumerate(_parts(source, question)):
        sql.add(union if number else "").add("SELECT * FROM (").put(part).add(") AS part")
    return sql


def inside_first_names(source: Source, text: str) -> Sql:
    # The words stand inside, so that no planner compares all names before it takes the first thousand.
    columns = source.columns.replace("t.", "")
    sql = Sql(f"SELECT id, name{columns} FROM ({_select(source)}, {_words(source)} AS words")
    sql.add(f" FROM {source.table} t WHERE {source.condition} ORDER BY {_by_bytes('t.sort_name')}, t.id")
    sql.add(f" LIMIT {MAX_NAMES_READ}) AS first_names WHERE ")
    return _contains(sql, ["words"], _texts(source, text))


def is_short(text: str) -> bool:
    return len(text.casefold()) < trigrams.MIN_TEXT_CHARACTERS


def bounds(text: str) -> tuple[str, str]:
    """From where to before where names begin with the text, in the order of bytes."""
    start = text.rstrip("\U0010ffff")
    if not start:
        return text, "\U0010ffff" * 256
    following = ord(start[-1]) + 1
    return text, start[:-1] + chr(0xE000 if following == 0xD800 else following)  # no surrogates in UTF-8


def lower(text: str) -> str:
    """Of a mailbox only A to Z are compared without case, which both databases can."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _parts(source: Source, question: Question) -> Iterator[Sql]:
    text, limit = question.text, question.limit
    beginning = _beginning(source, _by_bytes("t.sort_name"), text.casefold(), limit)
    yield beginning
    if not is_short(text):
        yield _inside(source, question, beginning)
        return
    if source.has_mailbox:
        yield _beginning(source, _folded_mailbox(), lower(text), limit)
    yield inside_first_names(source, text)


def _beginning(source: Source, column: str, text: str, limit: int) -> Sql:
    low, high = bounds(text)
    return Sql(f"{_select(source)} FROM {source.table} t WHERE {source.condition}").add(
        f" AND {column} >= %s AND {column} < %s ORDER BY {column}, t.id LIMIT {limit}", low, high
    )


def _inside(source: Source, question: Question, beginning: Sql) -> Sql:
    """Of names that do not begin with the text."""
    texts, limit = _texts(source, question.text), question.limit
    name, ends = _by_bytes("t.sort_name"), bounds(question.text.casefold())
    condition = f" AND {source.condition} AND NOT ({name} >= %s AND {name} < %s)"
    if connection.vendor == "postgresql":
        sql = _contains(Sql(f"{_select(source)} FROM {source.table} t WHERE "), [_words(source)], texts)
        return sql.add(f"{condition} ORDER BY t.id LIMIT {limit}", *ends)
    # CROSS JOIN: whatever the statistics say, the trigrams come first.
    sql = Sql(f"{_select(source)} FROM {source.index} s CROSS JOIN {source.table} t ON t.id = s.rowid")
    sql.add(f" WHERE {source.index} MATCH %s AND ", question.matches[source.index])
    _contains(sql, _columns(source), texts).add(f"{condition} ORDER BY s.rowid LIMIT ", *ends)
    sql.add(f"CASE WHEN {question.enough} <= (SELECT count(*) FROM (").put(beginning)
    return sql.add(f")) THEN 0 ELSE {limit} END")


def _select(source: Source) -> str:
    return f"SELECT t.id, {_by_bytes('t.sort_name')} AS name{source.columns}"


def _contains(sql: Sql, columns: Sequence[str], texts: Sequence[str]) -> Sql:
    sql.add("(")
    for number, (words, text) in enumerate(product(columns, texts)):
        sql.add(" OR " if number else "")
        if connection.vendor == "sqlite":
            sql.add(f"instr({words}, %s) > 0", text)
        else:
            patterns = list(map(_like, _pieces(text)))
            sql.add(" AND ".join([f"{words} LIKE %s"] * len(patterns)), *patterns)
            sql.add(f" AND strpos({words}, %s) > 0", text)
    return sql.add(")")


def _pieces(text: str) -> list[str]:
    """What PostgreSQL looks up of a text: it reads the list of each trigram, and a few of them say enough."""
    if len(text) <= MAX_PATTERN_CHARACTERS:
        return [text]
    local = text.partition("@")[0]
    named = local if len(local) >= trigrams.MIN_TEXT_CHARACTERS else text  # mailboxes end alike
    middle = [word[:4] for word in re.findall(r"\w{3,}", named)[1:-1]]
    return [named[:3], *middle[:1], named[-5:]]


def _words(source: Source) -> str:
    """As the migration indexes them."""
    line_feed = "char(10)" if connection.vendor == "sqlite" else r"E'\n'"
    together = f" || {line_feed} || ".join(_columns(source))
    return f"({together})" if source.has_mailbox else together


def _columns(source: Source) -> list[str]:
    return ["t.sort_name", *([_folded_mailbox()] if source.has_mailbox else [])]


def _folded_mailbox() -> str:
    return f"lower({_by_bytes('t.email')})"


def _by_bytes(column: str) -> str:
    """In the order of bytes, which is SQLite's only one."""
    return f'{column} COLLATE "C"' if connection.vendor == "postgresql" else column


def _texts(source: Source, text: str) -> list[str]:
    """A name is stored casefolded, a mailbox as it came."""
    texts = [text.casefold(), lower(text)] if source.has_mailbox else [text.casefold()]
    length = min(len(texts[0]), trigrams.MIN_TEXT_CHARACTERS)
    return [each for each in dict.fromkeys(texts) if len(each) >= length]


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
