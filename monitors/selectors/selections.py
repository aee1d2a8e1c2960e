"""What somebody selected on a list: the ticked rows, or all that the list's search and filter show."""

from collections.abc import Sequence

from django.utils import timezone

from monitors.limits import MAX_CHANGES
from monitors.models import Attachment, Customer, MonitorRecord
from monitors.selectors import customers as customer_selectors
from monitors.selectors import ends
from monitors.selectors import records as record_selectors
from monitors.selectors.records import Ours


def record(key: str) -> MonitorRecord | None:
    keys = _keys([key])
    return MonitorRecord.objects.living().filter(pk__in=keys).first()


def customers_on(
    row: MonitorRecord, picked: Sequence[str], *, query: str, group: str, is_all: bool
) -> list[str]:
    """Usernames; `picked` are usernames too, of those on the record."""
    rows = Attachment.objects.lasting().filter(record=row, customer__username__in=picked)
    if is_all:
        narrower = ends.condition(group, timezone.now())
        rows = record_selectors.matching_attachments(row, query).filter(narrower)
    names = rows.order_by("sort_name", "id").values_list("customer__username", flat=True)
    return list(names[: MAX_CHANGES + 1])


def attachments_on(row: MonitorRecord, usernames: Sequence[str]) -> list[int]:
    """Their keys."""
    rows = Attachment.objects.lasting().filter(record=row, customer__username__in=usernames)
    return list(rows.order_by("sort_name", "id").values_list("pk", flat=True))


def customers(picked: Sequence[str], *, query: str, group: str, is_all: bool) -> list[str]:
    rows = (
        customer_selectors.matching(query, group) if is_all else Customer.objects.filter(username__in=picked)
    )
    return list(rows.order_by("sort_name", "id").values_list("username", flat=True)[: MAX_CHANGES + 1])


def records(
    picked: Sequence[str], *, query: str, group: str, ours: Ours, is_all: bool
) -> list[MonitorRecord]:
    living = MonitorRecord.objects.living()
    rows = record_selectors.matching(query, group, ours) if is_all else living.filter(pk__in=_keys(picked))
    return list(rows.order_by("sort_name", "id")[: MAX_CHANGES + 1])


def _keys(texts: Sequence[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]
