"""What a held list would change, row by row, for whoever decides on it; written and forgotten a few rows at a time."""

from collections.abc import Iterator
from itertools import islice

from django.db.models import Q

from monitors.models import HeldChange, Refresh
from monitors.services.lists import difference, transactions
from monitors.services.lists.difference import Difference

MAX_HELD_CHANGES = 10_000  # stored to be shown; the counts are of all
What = HeldChange.What


def keep(refresh: Refresh, changes: Difference) -> None:
    """Before the list is held, so that whoever sees it held sees all of them."""
    rows = list(islice(_changes(refresh, changes), MAX_HELD_CHANGES))
    for chunk in difference.chunks(rows):
        HeldChange.objects.bulk_create(chunk)
        transactions.pause()


def forget(former: Refresh | None = None, *, held: Refresh | None = None) -> None:
    """Drop those of `former` and of lists that nobody decided on, also of one that broke off; not those of `held`."""
    dropped = HeldChange.objects.filter(Q(refresh__decided_at=None) | Q(refresh=former))
    others = dropped if held is None else dropped.exclude(refresh=held)
    for chunk in difference.chunks(list(others.values_list("pk", flat=True))):
        HeldChange.objects.filter(pk__in=chunk).delete()
        transactions.pause()


def _changes(refresh: Refresh, changes: Difference) -> Iterator[HeldChange]:
    for name in changes.missing_names:
        yield HeldChange(refresh=refresh, what=What.RECORD_REMOVED, record=name)
    for record in changes.new_records:
        yield HeldChange(refresh=refresh, what=What.RECORD_ADDED, record=record.name)
    for record in changes.changed_records:
        yield HeldChange(refresh=refresh, what=What.RECORD_CHANGED, record=record.name)
    for what, placements in (
        (What.CUSTOMER_REMOVED, changes.ended_placements),
        (What.CUSTOMER_ADDED, changes.new_placements),
    ):
        for placement in placements:
            yield HeldChange(refresh=refresh, what=what, record=placement.record, username=placement.username)
