"""What a held list would change: found by kind and by name, page by page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models import QuerySet

from monitors.models import Customer, HeldChange, MonitorRecord, Refresh
from monitors.selectors import keyset
from monitors.selectors.text import search_text

What = HeldChange.What
# What would be lost first.
KINDS = (
    What.RECORD_REMOVED,
    What.CUSTOMER_REMOVED,
    What.RECORD_CHANGED,
    What.RECORD_ADDED,
    What.CUSTOMER_ADDED,
)
_AS_WRITTEN = keyset.Order("id")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many changes there are of each kind."""

    found: dict[str, int]

    @property
    def all(self) -> int:
        return sum(self.found.values())

    def of(self, kind: str) -> int:
        return self.found.get(kind, 0) if kind else self.all


def counts(refresh: Refresh) -> Counts | None:
    """None where the changes are not stored any more, or never were."""
    if not _stored(refresh).exists():
        return None
    if refresh.held_summary is None:  # by an earlier version, of ten thousand at most
        return Counts(Counter(_stored(refresh).values_list("what", flat=True)))
    return Counts(refresh.held_summary["counts"])


def most_affected(refresh: Refresh) -> list[tuple[str, int]]:
    """The records that would lose the most customers, with how many."""
    return [(name, count) for name, count in (refresh.held_summary or {}).get("records", ())]


def changes(refresh: Refresh, *, kind: str, text: str) -> QuerySet[HeldChange]:
    """In the order in which they were found: of one kind, or with the text in the name of record or customer."""
    rows = _stored(refresh)
    if kind in KINDS:
        rows = rows.filter(what=kind)
    return rows.filter(words__contains=search_text(text).casefold()) if text else rows


def search(
    refresh: Refresh, *, kind: str, text: str, place: keyset.Place, count: int | None
) -> keyset.Page[HeldChange]:
    """`count` where there is no text."""
    source = keyset.Source(partial(changes, refresh, kind=kind, text=text))
    return keyset.turn_to(source, _AS_WRITTEN, place, count=count)


def is_same(one: Refresh, other: Refresh) -> bool:
    """Whether they are the same list, which would change the same: what is decided on one is on both."""
    return one.digest == other.digest and _key(one) == _key(other)


def _stored(refresh: Refresh) -> QuerySet[HeldChange]:
    return HeldChange.objects.filter(refresh=_key(refresh))


def _key(refresh: Refresh) -> int:
    """Of the list whose rows say what this one would change."""
    return refresh.held_changes_of_id or refresh.pk


@dataclass(frozen=True, slots=True)
class Known:
    """The keys of what the mirror has under these names."""

    records: dict[str, int]
    customers: dict[str, int]


def known(rows: Sequence[HeldChange]) -> Known:
    names = {row.record for row in rows}
    usernames = {row.username for row in rows if row.username}
    living = MonitorRecord.objects.living().filter(name__in=names).values_list("name", "pk")
    customers = Customer.objects.filter(username__in=usernames).values_list("username", "pk")
    return Known(dict(living), dict(customers) if usernames else {})
