"""The lists that were asked for, newest first: a run of those that changed nothing is one line."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Q, QuerySet

from monitors.models import Refresh, RefreshOutcome

LINES_PER_PAGE = 20
MAX_LOOKED_AT = 2000  # lists for one page: a longer run goes on on the next


@dataclass(frozen=True, slots=True)
class Line:
    """One list, or the `count` lists of a run, of which `refresh` is the newest and `oldest` the oldest."""

    refresh: Refresh
    oldest: Refresh
    count: int

    @property
    def is_run(self) -> bool:
        return self.count > 1


@dataclass(frozen=True, slots=True)
class Page:
    """`older` is the key of the last list on it where there are older ones."""

    lines: list[Line]
    older: int | None


@dataclass(frozen=True, slots=True)
class _Run:
    newest: int
    oldest: int
    count: int


def page(before: str | None = None, *, is_each: bool = False) -> Page:
    """The lists older than that of the key `before`. `is_each`: nothing is folded."""
    rows = list(_older_than(before).values_list("pk", "outcome", "note")[: MAX_LOOKED_AT + 1])
    runs = list(_runs(rows[:MAX_LOOKED_AT], is_each=is_each))
    shown = runs[:LINES_PER_PAGE]
    lists = _with_people(shown)
    lines = [Line(lists[run.newest], lists[run.oldest], run.count) for run in shown]
    has_older = len(rows) > MAX_LOOKED_AT or len(runs) > len(shown)
    return Page(lines, shown[-1].oldest if has_older and shown else None)


def _older_than(before: str | None) -> QuerySet[Refresh]:
    lists = Refresh.objects.order_by("-asked_at", "-pk")
    if not before or not before.isascii() or not before.isdigit() or len(before) > 18:
        return lists
    last = Refresh.objects.filter(pk=int(before)).values_list("asked_at", "pk").first()
    if last is None:
        return lists
    asked_at, pk = last
    return lists.filter(Q(asked_at__lt=asked_at) | Q(asked_at=asked_at, pk__lt=pk))


def _runs(rows: list[tuple[int, str, str]], *, is_each: bool) -> Iterator[_Run]:
    def kind(row: tuple[int, str, str]) -> int | None:
        pk, outcome, note = row
        is_quiet = outcome == RefreshOutcome.UNCHANGED and not note
        return None if is_quiet and not is_each else pk

    for _, run in groupby(rows, kind):
        keys = [row[0] for row in run]
        yield _Run(keys[0], keys[-1], len(keys))


def _with_people(runs: list[_Run]) -> dict[int, Refresh]:
    keys = {key for run in runs for key in (run.newest, run.oldest)}
    return Refresh.objects.select_related("actor").in_bulk(keys)
