"""What is different between two moments: who came, who went, and which records changed or went."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, Value

from monitors.models import Attachment, Mirror, RecordRevision
from monitors.selectors import exports, monitored
from monitors.selectors.exports import Keys
from monitors.selectors.keyset import Order
from monitors.selectors.monitored_pages import Place
from monitors.selectors.monitored_rows import MonitoredRow, as_they_were, row_of
from monitors.selectors.totals import Size

M = TypeVar("M", bound=Model)
R = TypeVar("R")
ROWS_PER_PAGE = 50
MAX_COUNTED = 1_000
CAME, WENT, CHANGED, GONE = "came", "went", "changed", "gone"


@dataclass(frozen=True, slots=True)
class Span:
    """After `start` and up to `end`; of the attachments that `narrow` leaves, and the revisions of the condition."""

    start: datetime
    end: datetime
    narrow: Callable[[QuerySet[Attachment]], QuerySet[Attachment]] = lambda rows: rows
    record_condition: Q = field(default_factory=Q)


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """`previous` and `next` are the keys of the pages beside it, None at an end."""

    rows: list[R]
    previous: int | None
    next: int | None


@dataclass(frozen=True, slots=True)
class Revised:
    """A record as it is at the end, and as it was at the beginning; None: not there then."""

    revision: RecordRevision
    before: RecordRevision | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: a customer who came or went, or a record with what it was before."""

    change: str
    attachment: MonitoredRow | None = None
    revised: Revised | None = None


def came(span: Span) -> QuerySet[Attachment]:
    """On a record at the end and not at the beginning."""
    began = Attachment.objects.filter(since__gt=span.start, since__lte=span.end)
    began = began.filter(attached_at__gt=span.start, attached_at__lte=span.end)  # for the index of a record
    return span.narrow(began.filter(_still(span.end)).exclude(Exists(_same_pair(span.start))))


def went(span: Span) -> QuerySet[Attachment]:
    """On a record at the beginning and not at the end."""
    ended = Attachment.objects.filter(detached_at__gt=span.start, detached_at__lte=span.end)
    return span.narrow(ended.filter(attached_at__lte=span.start).exclude(Exists(_same_pair(span.end))))


def changed(span: Span) -> QuerySet[RecordRevision]:
    """Of records that are new at the end, or of another name, mailbox or rate than at the beginning."""
    began = RecordRevision.objects.filter(span.record_condition, since__gt=span.start, since__lte=span.end)
    alike = _revision_at(span.start).filter(
        name=OuterRef("name"), email=OuterRef("email"), frequency=OuterRef("frequency")
    )
    return began.filter(Q(until=None) | Q(until__gt=span.end)).exclude(Exists(alike))


def gone(span: Span) -> QuerySet[RecordRevision]:
    """Of records that were there at the beginning and are not at the end."""
    ended = RecordRevision.objects.filter(span.record_condition, until__gt=span.start, until__lte=span.end)
    return ended.filter(since__lte=span.start).exclude(Exists(_revision_at(span.end)))


def _still(moment: datetime) -> Q:
    return Q(detached_at=None) | Q(detached_at__gt=moment)


def _same_pair(moment: datetime) -> QuerySet[Attachment]:
    """The same customer on the same record then, looked up by the customer."""
    pair = Attachment.objects.filter(customer=OuterRef("customer"), attached_at__lte=moment)
    return pair.alias(on=F("record") + Value(0)).filter(_still(moment), on=OuterRef("record"))


def _revision_at(moment: datetime) -> QuerySet[RecordRevision]:
    return monitored.revisions(moment).filter(record=OuterRef("record"))


_PARTS: dict[str, tuple[Callable[[Span], QuerySet[Any]], str]] = {
    CAME: (came, "since"),
    WENT: (went, "detached_at"),
    CHANGED: (changed, "since"),
    GONE: (gone, "until"),
}


def counts(span: Span) -> dict[str, int | None]:
    """By part, by one query; None: more than MAX_COUNTED."""
    ones = {name: rows(span).order_by().values(n=Value(1)) for name, (rows, _) in _PARTS.items()}
    sizes = {f"size_of_{name}": Size(rows[: MAX_COUNTED + 1]) for name, rows in ones.items()}
    row = Mirror.objects.annotate(**sizes).values_list(*sizes).get(pk=1)
    counted = dict(zip(_PARTS, (size or 0 for size in row), strict=True))
    return {name: count if count <= MAX_COUNTED else None for name, count in counted.items()}


def customers(span: Span, part: str, place: Place) -> Page[MonitoredRow]:
    """Those who came, as their records were at the end, or went, as these were at the beginning; the latest first."""
    moment = span.end if part == CAME else span.start

    return _page(span, part, place, lambda rows: list(map(row_of, as_they_were(rows, moment))))


def records(span: Span, part: str, place: Place) -> Page[Revised]:
    """Those that changed, or are gone; the latest first."""
    page: Page[RecordRevision] = _page(
        span, part, place, lambda rows: list(rows.select_related("record", "began_by", "ended_by"))
    )
    return Page(_revised(span, part, page.rows), page.previous, page.next)


def _revised(span: Span, part: str, rows: list[RecordRevision]) -> list[Revised]:
    if part == GONE:
        return [Revised(row, row) for row in rows]
    before = monitored.revisions(span.start).filter(record__in={row.record_id for row in rows})
    by_record = {row.record_id: row for row in before}
    return [Revised(row, by_record.get(row.record_id)) for row in rows]


def _page(span: Span, part: str, place: Place, complete: Callable[[QuerySet[Any]], list[R]]) -> Page[R]:
    find, column = _PARTS[part]
    is_backward = place.after is None and place.before is not None
    order = Order(column, is_descending=not is_backward)
    key = place.before if is_backward else place.after
    rows: list[Any] = _read(find(span), order, key, complete)
    if key is not None and not rows:
        return _page(span, part, Place(), complete)
    shown, has_more = rows[:ROWS_PER_PAGE], len(rows) > ROWS_PER_PAGE
    has_previous, has_next = (has_more, True) if is_backward else (key is not None, has_more)
    shown = shown[::-1] if is_backward else shown
    return Page(shown, shown[0].pk if has_previous else None, shown[-1].pk if has_next and shown else None)


def _read(
    rows: QuerySet[M], order: Order, key: int | None, complete: Callable[[QuerySet[Any]], list[R]]
) -> list[R]:
    """The keys first, so that what is shown beside cannot change the plan."""
    count = ROWS_PER_PAGE + 1
    found = order.sort(rows)[:count] if key is None else order.behind(rows, key, count)
    model = rows.model._default_manager
    return complete(order.sort_few(model.filter(pk__in=found.values("pk"))))[:count]


def keys(span: Span) -> dict[str, Keys]:
    """Of a file's lines, by part; the oldest first."""
    return {name: exports.keys(Order(column).sort(rows(span))) for name, (rows, column) in _PARTS.items()}


def lines(span: Span, keys: dict[str, Keys]) -> Iterator[Line]:
    """Who came and went, and then the records."""
    for part, moment in ((CAME, span.end), (WENT, span.start)):
        for row in exports.attachments(keys[part], moment=moment):
            yield Line(part, attachment=row)
    for part in (CHANGED, GONE):
        for chunk in exports.chunks(keys[part]):
            rows = RecordRevision.objects.select_related("record", "began_by", "ended_by").in_bulk(chunk)
            yield from (
                Line(part, revised=each) for each in _revised(span, part, [rows[key] for key in chunk])
            )
