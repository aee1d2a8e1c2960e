"""The lists that were asked for, newest first: a run of those that brought no news is one line."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db.models import Q, QuerySet

from monitors.models import Refresh, RefreshOutcome

LINES_PER_PAGE = 20
MAX_LOOKED_AT = 2000  # lists for one page: a longer run goes on on the next
# The very same once more is no news.
REPEATING = (RefreshOutcome.HELD, RefreshOutcome.REJECTED, RefreshOutcome.FAILED, RefreshOutcome.UNUSABLE)


@dataclass(frozen=True, slots=True)
class Line:
    """One list, or the `count` lists of a run, of which `refresh` is the newest and `oldest` the oldest."""

    refresh: Refresh
    oldest: Refresh
    count: int

    @property
    def is_run(self) -> bool:
        return self.count > 1

    @property
    def is_quiet(self) -> bool:
        return self.refresh.outcome == RefreshOutcome.UNCHANGED


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


class _Row(NamedTuple):
    pk: int
    asked_at: datetime
    outcome: str
    note: str
    digest: str
    decided_at: datetime | None

    def news(self) -> Hashable:
        """The same for neighbours that tell nothing new beside each other; a list decided on stands by itself."""
        if self.outcome == RefreshOutcome.UNCHANGED and not self.note:
            return self.outcome
        is_decided = self.decided_at is not None and self.decided_at > self.asked_at
        if self.outcome in REPEATING and not is_decided:
            reason, *_how_long = self.note.split("; the next try")
            return self.outcome, reason, self.digest
        return self.pk


def page(before: str | None = None, *, is_each: bool = False) -> Page:
    """The lists older than that of the key `before`. `is_each`: nothing is folded."""
    found = _older_than(before).values_list(*_Row._fields)[: MAX_LOOKED_AT + 1]
    rows = [_Row(*values) for values in found]
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


def _runs(rows: list[_Row], *, is_each: bool) -> Iterator[_Run]:
    for _, run in groupby(rows, lambda row: row.pk if is_each else row.news()):
        keys = [row.pk for row in run]
        yield _Run(keys[0], keys[-1], len(keys))


def _with_people(runs: list[_Run]) -> dict[int, Refresh]:
    keys = {key for run in runs for key in (run.newest, run.oldest)}
    return Refresh.objects.select_related("actor").in_bulk(keys)
