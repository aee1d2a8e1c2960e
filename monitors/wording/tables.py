"""What each long table may show, and what somebody has put away: remembered by one cookie, told by CSS classes.

Rows are written whole, so a choice costs nothing per row, and an open page follows it at once.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs, urlencode

COOKIE = "tables"
TIGHT = "tight"
COLUMNS: dict[str, dict[str, str]] = {
    "records": {"mail": "Mailbox", "sample": "Sample", "count": "Customers", "when": "Last change"},
    "customers": {"on": "On records", "count": "Records", "when": "First seen"},
    "record": {"since": "Since", "until": "Until"},
    "monitored": {
        "mail": "Mailbox",
        "sample": "Sample",
        "since": "Since",
        "by": "By",
        "why": "Reason",
        "until": "Until",
    },
    "audit": {"number": "No.", "when": "When", "by": "Who"},
}
Choices = dict[str, frozenset[str]]


def read(cookie: str) -> Choices:
    """What is put away of each table, with TIGHT for its density; anything that is no choice is left out."""
    given = parse_qs(cookie[:1000])
    return {table: _known(table, " ".join(given.get(table, ())).split()) for table in COLUMNS}


def write(choices: Mapping[str, Iterable[str]]) -> str:
    return urlencode({table: " ".join(sorted(words)) for table, words in choices.items() if words})


def classes(words: Iterable[str]) -> str:
    """`no-by no-mail tight`"""
    return " ".join(sorted(word if word == TIGHT else f"no-{word}" for word in words))


def _known(table: str, words: Iterable[str]) -> frozenset[str]:
    return frozenset(words) & {*COLUMNS[table], TIGHT}
