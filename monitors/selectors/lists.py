"""The lists that were asked for, newest first: a run of those that brought no news is one line."""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db.models import Q, QuerySet

from monitors.models import Refresh, RefreshOutcome

LINES_PER_PAGE = 20
MAX_LOOKED_AT = 2000  # lists for one page: a longer run goes on on the next
# The very same once more is no news.
REPEATING = (RefreshOutcome.HELD, RefreshOutcome.REJECTED, RefreshOutcome.UNUSABLE)
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why lists of a run did not come, as the newest of them says it, and how many."""

    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One list, or the `count` lists of a run, of which `refresh` is the newest and `oldest` the oldest.

    `reasons` where these failed for more than one reason, the newest first.
    """

    refresh: Refresh
    oldest: Refresh
    count: int
    reasons: Sequence[Reason] = ()

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
    reasons: Sequence[Reason]


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
        if self.outcome == RefreshOutcome.FAILED:
            return self.outcome
        is_decided = self.decided_at is not None and self.decided_at > self.asked_at
        if self.outcome in REPEATING and not is_decided:
            return self.outcome, self.note, self.digest
        return self.pk

    @property
    def reason(self) -> str:
        """Why it failed, without when the next try is."""
        return self.note.split("; the next try")[0].rstrip(".")


def page(before: str | None = None, *, is_each: bool = False) -> Page:
    """The lists older than that of the key `before`. `is_each`: nothing is folded."""
    found = _older_than(before).values_list(*_Row._fields)[: MAX_LOOKED_AT + 1]
    rows = [_Row(*values) for values in found]
    runs = list(_runs(rows[:MAX_LOOKED_AT], is_each=is_each))
    shown = runs[:LINES_PER_PAGE]
    lists = _with_people(shown)
    lines = [Line(lists[run.newest], lists[run.oldest], run.count, run.reasons) for run in shown]
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
        lists = list(run)
        yield _Run(lists[0].pk, lists[-1].pk, len(lists), _reasons(lists))


def _reasons(lists: list[_Row]) -> list[Reason]:
    """The same one with another number in it, as in "did not answer 5 times in a row", is one."""
    if lists[0].outcome != RefreshOutcome.FAILED:
        return []
    alike: dict[str, list[str]] = {}
    for row in lists:
        alike.setdefault(_NUMBER.sub("", row.reason), []).append(row.reason)
    reasons = [Reason(words[0], len(words)) for words in alike.values()]
    return reasons if len(reasons) > 1 else []


def _with_people(runs: list[_Run]) -> dict[int, Refresh]:
    keys = {key for run in runs for key in (run.newest, run.oldest)}
    return Refresh.objects.select_related("actor").in_bulk(keys)
