"""Reads for a mailbox's page: its records, their customers, what it may be sent, and which records it had before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, FloatField, Q, QuerySet, Sum

from monitors.models import Attachment, Customer, MonitorRecord, RecordRevision
from monitors.models.record import Share
from monitors.selectors import customers, keyset, trend
from monitors.selectors.trend import Trend

MAX_CHARTED = 200  # records; of more no chart is drawn
MAX_LISTED = 1_000  # attachments on several records; of more the customers stand on the pages of these


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`attachments` counts a customer on each of its records; `share` is the samples that one message of each makes.

    `unreadable` records have customers and no readable rate. `revisions`: of the records whose samples it got within
    the period, None where these are too many.
    """

    email: str
    records: int
    attachments: int
    share: float
    unreadable: int
    revisions: list[RecordRevision] | None

    @property
    def is_charted(self) -> bool:
        return self.revisions is not None

    @property
    def is_listed(self) -> bool:
        return self.records == 1 or (self.is_charted and self.attachments <= MAX_LISTED)

    def samples(self, volume: int) -> float:
        """If each customer sent so many messages."""
        return self.share * volume


def get(email: str, since: datetime) -> Mailbox | None:
    """With what it was since then; None: no record's samples were ever sent there."""
    within = RecordRevision.objects.filter(Q(until=None) | Q(until__gt=since), email=email)
    revisions = list(within.select_related("record").order_by("since", "pk")[: MAX_CHARTED + 1])
    if not revisions and not RecordRevision.objects.filter(email=email).exists():
        return None
    if len(revisions) > MAX_CHARTED:
        return _counted(email)
    now = {row.record_id: row.record for row in revisions if row.until is None and row.record.gone_at is None}
    return Mailbox(
        email,
        records=len(now),
        attachments=sum(record.customer_count for record in now.values()),
        share=sum(record.customer_count / record.frequency for record in now.values() if record.frequency),
        unreadable=sum(bool(record.customer_count) for record in now.values() if not record.frequency),
        revisions=revisions,
    )


def _counted(email: str) -> Mailbox:
    unreadable = Q(frequency=None, customer_count__gt=0)
    counts = living(email).aggregate(
        records=Count("pk"),
        attachments=Sum("customer_count", default=0),
        share=Sum(Share("customer_count", "frequency"), default=0.0, output_field=FloatField()),
        unreadable=Count("pk", filter=unreadable),
    )
    return Mailbox(email, **counts, revisions=None)


def living(email: str) -> QuerySet[MonitorRecord]:
    return MonitorRecord.objects.living().filter(email=email)


def records(mailbox: Mailbox, place: keyset.Place) -> keyset.Page[MonitorRecord]:
    """By name."""
    source = keyset.Source(
        lambda: living(mailbox.email),
        complete=lambda rows: rows.select_related("changed_by", "details__owner"),
    )
    return keyset.turn_to(source, keyset.Order("sort_name"), place, count=mailbox.records)


def customers_of(mailbox: Mailbox, place: keyset.Place) -> tuple[keyset.Page[Any], list[Customer]]:
    """Each once, by name, and the page by which one turns to the others; only where they are `is_listed`."""
    page, shown = _of_one_record(mailbox, place) if mailbox.records == 1 else _of_several(mailbox, place)
    customers.add_records_now(shown)
    return page, shown


def _of_one_record(mailbox: Mailbox, place: keyset.Place) -> tuple[keyset.Page[Any], list[Customer]]:
    """However many these are: in the order of the record's own index."""
    lasting = Attachment.objects.lasting().filter(record=living(mailbox.email).values("pk")[:1])
    source = keyset.Source(lambda: lasting, complete=lambda rows: rows.select_related("customer"))
    page = keyset.turn_to(source, keyset.Order("sort_name"), place, count=mailbox.attachments)
    return page, [attachment.customer for attachment in page.rows]


def _of_several(mailbox: Mailbox, place: keyset.Place) -> tuple[keyset.Page[Any], list[Customer]]:
    on_it = Attachment.objects.lasting().filter(record__in=living(mailbox.email).values("pk"))
    rows = Customer.objects.filter(pk__in=on_it.values("customer"))
    page = keyset.turn_to(keyset.Source(lambda: rows), keyset.Order("sort_name"), place, count=None)
    return page, page.rows


def history(email: str, place: keyset.Place) -> keyset.Page[RecordRevision]:
    """The latest first."""
    rows = RecordRevision.objects.filter(email=email)
    source = keyset.Source(
        lambda: rows, complete=lambda rows: rows.select_related("record", "began_by", "ended_by")
    )
    return keyset.turn_to(source, keyset.Order("since", is_descending=True), place)


def samples_by_day(mailbox: Mailbox, now: datetime, first: date, volume: int) -> Trend:
    """If every customer of its records then had sent so many messages a day; the present day as it stands now."""
    assert mailbox.revisions is not None
    records = {row.record_id: row.record for row in mailbox.revisions}
    counts = trend.customers_by_day(list(records.values()), now, first)
    days = trend.days_from(first, now)
    return Trend(
        [
            (day, volume * _share(mailbox.revisions, counts, number, day, now))
            for number, day in enumerate(days)
        ]
    )


def _share(
    revisions: Sequence[RecordRevision], counts: dict[int, list[int]], number: int, day: date, now: datetime
) -> float:
    end = min(datetime.combine(day + timedelta(days=1), time(), UTC), now)
    lasting = (row for row in revisions if row.since <= end and (row.until is None or row.until > end))
    return sum(counts[row.record_id][number] / row.frequency for row in lasting if row.frequency)
