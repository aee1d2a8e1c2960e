"""Which trigrams of a text SQLite looks up: the rare ones. PostgreSQL's index finds them by itself."""

# ruff: noqa: S608 - tables are ours; what was typed is always a parameter.
import math
import time

from django.db import connection

MIN_TEXT_CHARACTERS = 3
Rows = dict[tuple[str, str], int | None]
MAX_PROBES = 16  # trigrams of a long text whose frequency is looked at
MAX_LOOK_UPS = 3  # each further one costs more than it leaves out
_PROBE_ROWS = 100
REMEMBERED_SECONDS = 60.0  # how common a trigram is; somebody who types on asks for nearly the same ones
MAX_REMEMBERED = 10_000


def matches(texts_by_index: dict[str, list[str]]) -> dict[str, str]:
    """FTS5 queries for rows that may contain one of the texts; whoever asks compares the names themselves."""
    trigrams = [
        (index, trigram)
        for index, texts in texts_by_index.items()
        for text in texts
        for trigram in _spread(text)
    ]
    rows = _hundredth_rows(list(dict.fromkeys(trigrams)))
    return {
        index: " OR ".join(f"({' AND '.join(map(_quoted, _rarest(index, text, rows)))})" for text in texts)
        for index, texts in texts_by_index.items()
    }


def _rarest(index: str, text: str, rows: Rows) -> list[str]:
    """A common trigram takes as long as the whole index, and names often begin or end alike."""
    trigrams = _spread(text)
    rare = [trigram for trigram in trigrams if rows[index, trigram] is None]
    by_rarity = sorted(trigrams, key=lambda trigram: -(rows[index, trigram] or 0))
    return (rare or by_rarity)[:MAX_LOOK_UPS]


class _Remembered:
    """What was looked up a moment ago. Where it is no longer so, a search takes longer and finds the same."""

    def __init__(self) -> None:
        self.rows: Rows = {}
        self.until = 0.0

    def of_now(self) -> Rows:
        now = time.monotonic()
        if now > self.until or len(self.rows) > MAX_REMEMBERED:
            # Another, for a thread that still reads the former.
            self.rows, self.until = {}, now + REMEMBERED_SECONDS
        return self.rows


_remembered = _Remembered()


def _hundredth_rows(trigrams: list[tuple[str, str]]) -> Rows:
    """The farther the hundredth row with a trigram, the rarer it is; None: there are fewer."""
    known = _remembered.of_now()
    known.update(_looked_up([each for each in trigrams if each not in known]))
    return known


def _looked_up(trigrams: list[tuple[str, str]]) -> Rows:
    """One query for all."""
    if not trigrams:
        return {}
    columns = ", ".join(
        f"(SELECT rowid FROM {index} WHERE {index} MATCH %s ORDER BY rowid LIMIT 1 OFFSET {_PROBE_ROWS - 1})"
        for index, _ in trigrams
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", [_quoted(trigram) for _, trigram in trigrams])
        return dict(zip(trigrams, cursor.fetchone(), strict=True))


def _spread(text: str) -> list[str]:
    trigrams = list(dict.fromkeys(text[at : at + 3] for at in range(len(text) - 2)))
    step = math.ceil(len(trigrams) / MAX_PROBES)
    return trigrams[::-step]


def _quoted(trigram: str) -> str:
    doubled = trigram.replace('"', '""')
    return f'"{doubled}"'
