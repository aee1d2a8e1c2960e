"""What people saved under a name for a table; read beside its frame, so that it costs no query."""

import json
from dataclasses import dataclass

from django.db import connection

from monitors.models import SavedFilter
from monitors.selectors.single_rows import Answer, Question

_ARRAYS = {"sqlite": ("json_group_array", "json_array"), "postgresql": ("json_agg", "json_build_array")}
_COLUMNS = (
    "saved.id, saved.name, saved.query, saved.owner_id, owner.first_name, owner.last_name, owner.username"
)


@dataclass(frozen=True, slots=True)
class Saved:
    """`query` is the query string; `owner` as people read it."""

    pk: int
    name: str
    query: str
    owner_id: int
    owner: str


def beside(page: SavedFilter.Page) -> Question:
    """What such a page asks for beside its frame."""
    many, one = _ARRAYS[connection.vendor]
    rows = f"SELECT * FROM monitors_savedfilter WHERE page = '{page.value}' ORDER BY name, id"  # noqa: S608 - our own
    sql = f"(SELECT {many}({one}({_COLUMNS})) FROM ({rows}) saved JOIN auth_user owner ON owner.id = saved.owner_id)"  # noqa: S608
    return Question(texts={"saved": f"CAST({sql} AS text)"})


def of(answer: Answer) -> list[Saved]:
    """By name."""
    return [_saved(*row) for row in json.loads(answer.texts["saved"] or "[]")]


def _saved(pk: int, name: str, query: str, owner_id: int, *names: str) -> Saved:
    *full, username = names
    return Saved(pk, name, query, owner_id, " ".join(filter(None, full)) or username)
