"""Which names match what was typed: a bounded number of keys, the same on both databases.

Three characters and more match anywhere, by trigrams. One or two match the beginning of a name or mailbox, and
anywhere in the first thousand names.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Collate, Lower
from django.db.models.lookups import Contains, StartsWith

from monitors.selectors import hit_queries
from monitors.selectors.hit_queries import Question, Source, Sql
from monitors.selectors.text import search_text

MAX_HITS = 1000  # of one kind, for a list that is filtered further
MAX_SUGGESTION_HITS = 100  # a typeahead looks no further
MAX_FORMER_NAMES = 20


class Kind(StrEnum):
    """What the search box covers."""

    CUSTOMERS = "customers"
    RECORDS = "records"
    GONE = "gone"
    FORMER = "former"


@dataclass(frozen=True, slots=True)
class Hits:
    """Keys in the order of the page; `is_cut`: more match than these."""

    keys: list[int]
    is_cut: bool = False


_RECORDS = "monitors_monitorrecord"
_SOURCES = {
    Kind.CUSTOMERS: Source("monitors_customer", "monitors_customersearch"),
    Kind.RECORDS: Source(_RECORDS, "monitors_recordsearch", "t.gone_at IS NULL", True),
    Kind.GONE: Source(
        _RECORDS, "monitors_gonesearch", "t.gone_at IS NOT NULL", True, "gone_at DESC, id DESC", ", t.gone_at"
    ),
    Kind.FORMER: Source("monitors_formername", "monitors_formersearch"),
}
# The last revision under each name that is no longer its record's.
_LAST_REVISIONS = """SELECT max(r.id) AS id
    FROM monitors_formername f
    JOIN monitors_monitorrecord m ON m.id = f.record_id AND m.name <> f.name
    JOIN monitors_recordrevision r ON r.record_id = f.record_id AND r.name = f.name AND r.until IS NOT NULL
    WHERE f.id IN (SELECT id FROM ("""


def find(typed: str, *kinds: Kind, limit: int = MAX_HITS, enough: int = MAX_HITS + 1) -> dict[Kind, Hits]:
    """The hits of each kind, those that begin with the text first. Former names: keys of revisions.

    When `enough` names begin with the text, names that only contain it may be missing.
    """
    text = search_text(typed)
    if not text:
        return {kind: Hits([]) for kind in kinds}
    sources = [_SOURCES[kind] for kind in kinds]
    question = hit_queries.question(text, sources, limit=limit + 1, enough=enough)
    found = {kind: json.loads(f"[{keys}]") for kind, keys in _rows(_all_kinds(kinds, question)) if keys}
    keys = {kind: found.get(kind, []) for kind in kinds}
    return {kind: Hits(each[:limit], len(each) > limit) for kind, each in keys.items()}


def condition(typed: str, kind: Kind, *, prefix: str = "") -> Q:
    """For a list that is filtered further: the keys while there are few, else a comparison as the list goes by."""
    text = search_text(typed)
    if not text:
        return Q()
    hits = find(text, kind)[kind]
    if not hits.is_cut:
        return Q(**{f"{prefix}pk__in": hits.keys})
    return _short_condition(text, kind, prefix) if is_short(text) else _long_condition(text, kind, prefix)


def is_short(typed: str) -> bool:
    """Too short for trigrams, so not looked for inside of all names."""
    text = search_text(typed)
    return bool(text) and hit_queries.is_short(text)


def _long_condition(text: str, kind: Kind, prefix: str) -> Q:
    names = Q(**{f"{prefix}sort_name__contains": text.casefold()})
    return names | Q(Contains(_mailbox(), hit_queries.lower(text))) if _SOURCES[kind].has_mailbox else names


def _short_condition(text: str, kind: Kind, prefix: str) -> Q:
    source = _SOURCES[kind]
    inside = [row[0] for row in _rows(hit_queries.inside_first_names(source, text))]
    names = Q(**{f"{prefix}pk__in": inside}) | Q(**{f"{prefix}sort_name__startswith": text.casefold()})
    return names | Q(StartsWith(_mailbox(), hit_queries.lower(text))) if source.has_mailbox else names


def _mailbox() -> Lower:
    return Lower(Collate("email", "C")) if connection.vendor == "postgresql" else Lower("email")


def _all_kinds(kinds: Sequence[Kind], question: Question) -> Sql:
    sql = Sql()
    for number, kind in enumerate(kinds):
        sql.add(" UNION ALL " if number else "").add(f"SELECT '{kind}', ")
        sql.put(hit_queries.together(_one_kind(kind, question)))
    return sql


def _one_kind(kind: Kind, question: Question) -> Sql:
    source = _SOURCES[kind]
    if kind is not Kind.FORMER:
        return hit_queries.ordered(source, question)
    sql = Sql(_LAST_REVISIONS).put(hit_queries.hits(source, question))
    newest = "max(r.until) DESC, max(r.id) DESC"
    return sql.add(f") AS hit) GROUP BY f.id ORDER BY {newest} LIMIT {MAX_FORMER_NAMES}")


def _rows(sql: Sql) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.text, sql.parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
