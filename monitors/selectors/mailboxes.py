"""Reads for a mailbox's page: its records, their customers, what it may be sent, and which records it had before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from django.db.models import Q, QuerySet

from monitors.models import Attachment, MonitorRecord, RecordRevision
from monitors.models.attachment import AttachmentQuerySet
from monitors.selectors import keyset, merging, trend
from monitors.selectors.matching import MAX_HITS, Kind, find
from monitors.selectors.single_rows import Answer, Question
from monitors.selectors.text import search_text
from monitors.selectors.trend import FIRST_LIST, Trend

MAX_CHARTED = 200  # records; of more no chart is drawn
# Records, attachments, records that are not readable, and samples.
_COUNTED = """(SELECT COUNT(*) || ' ' || COALESCE(SUM(customer_count), 0)
    || ' ' || COALESCE(SUM(CASE WHEN frequency IS NULL AND customer_count > 0 THEN 1 ELSE 0 END), 0)
    || ' ' || COALESCE(SUM(customer_count * 1.0 / NULLIF(frequency, 0)), 0)
    FROM monitors_monitorrecord WHERE email = %s AND gone_at IS NULL)"""
_BY_NAME = keyset.Order("sort_name")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`attachments` counts a customer on each of its records; `share` is the samples that one message of each makes.

    `unreadable` records have customers and no readable rate. `revisions`: of the records whose samples it got within
    the period, None where nobody asked for them or these are too many.
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

    def samples(self, volume: int) -> float:
        """If each customer sent so many messages."""
        return self.share * volume


def to_show(email: str) -> Question:
    """What its page asks for beside its frame."""
    return replace(FIRST_LIST, texts={"mailbox": _COUNTED}, selected=[email])


def get(email: str, answer: Answer) -> Mailbox | None:
    """As it is now. None: no record's samples were ever sent there."""
    records, attachments, unreadable, share = (answer.texts["mailbox"] or "0 0 0 0").split()
    if records == "0" and not RecordRevision.objects.filter(email=email).exists():
        return None
    return Mailbox(email, int(records), int(attachments), float(share), int(unreadable), revisions=None)


def with_revisions(mailbox: Mailbox, since: datetime) -> Mailbox:
    """With what it was since then."""
    within = RecordRevision.objects.filter(Q(until=None) | Q(until__gt=since), email=mailbox.email)
    revisions = list(within.select_related("record").order_by("since", "pk")[: MAX_CHARTED + 1])
    return mailbox if len(revisions) > MAX_CHARTED else replace(mailbox, revisions=revisions)


def living(email: str) -> QuerySet[MonitorRecord]:
    return MonitorRecord.objects.living().filter(email=email)


def records(mailbox: Mailbox, place: keyset.Place) -> keyset.Page[MonitorRecord]:
    """By name."""
    source = keyset.Source(
        lambda: living(mailbox.email),
        complete=lambda rows: rows.select_related("changed_by", "details__owner"),
    )
    return keyset.turn_to(source, keyset.Order("sort_name"), place, count=mailbox.records)


def customers_of(mailbox: Mailbox, place: keyset.Place, query: str = "") -> keyset.Page[Attachment]:
    """On each of its records, by name; those with the text in it."""
    text = search_text(query).casefold()
    hits = _hits(mailbox, text)
    if hits is None:
        first_keys = partial(merging.first_keys, mailbox.email, text=text)
        source = keyset.Source(partial(_holding, mailbox, text), (), None, _as_shown, first_keys, bool(text))
    else:
        narrowed = _lasting(mailbox).filter(hits)
        source = keyset.Source(lambda: narrowed, complete=_as_shown, is_counting=True)
    return keyset.turn_to(source, _BY_NAME, place, count=None if text else mailbox.attachments)


def _hits(mailbox: Mailbox, text: str) -> Q | None:
    """Where they are few, so that all of them can be sorted; None where the list must be read in its order."""
    if not text:
        return None
    if mailbox.attachments <= MAX_HITS:
        return Q(sort_name__contains=text)
    hits = find(text, Kind.CUSTOMERS)[Kind.CUSTOMERS]
    return None if hits.is_cut else Q(customer__in=hits.keys)


def _lasting(mailbox: Mailbox) -> AttachmentQuerySet:
    return Attachment.objects.lasting().filter(record__in=living(mailbox.email).values("pk"))


def _holding(mailbox: Mailbox, text: str) -> AttachmentQuerySet:
    return _lasting(mailbox).filter(sort_name__contains=text)


def _as_shown(rows: QuerySet[Attachment]) -> QuerySet[Attachment]:
    return rows.select_related("customer", "record", "began_by")


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
