"""One page of a long list, found by the key of a row beside it: it costs the same wherever it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast
from uuid import UUID

from django.db.models import BigIntegerField, F, Func, Model, OrderBy, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from monitors.models import prepared
from monitors.selectors.totals import size

T = TypeVar("T")
U = TypeVar("U")
M = TypeVar("M", bound=Model)
Key = int | UUID  # of a row
ROWS_PER_PAGE = 50
MAX_COUNTED = 1000  # of rows that nobody has counted; beyond it a page says "more than"
MAX_SKIPPED = 1000  # rows, to a page that an address names by its number
MAX_DIGITS = 18  # of a key
LAST = "last"


@dataclass(frozen=True, slots=True)
class Place:
    """What an address says: behind the row `after`, in front of `before`, or `page`, `last` or a number.

    `first` is the number of the page's first row, as the page beside it counted.
    """

    after: Key | None = None
    before: Key | None = None
    first: int | None = None
    page: str | None = None


BEGINNING = Place()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`first` is the number of the first row (None: not known), `count` of all rows (None: more than MAX_COUNTED)."""

    rows: list[T]
    first: int | None
    count: int | None
    has_previous: bool
    has_next: bool

    def of(self, row: Callable[[T], U]) -> "Page[U]":
        """The same page with a row made of each."""
        return Page(list(map(row, self.rows)), self.first, self.count, self.has_previous, self.has_next)

    @property
    def last(self) -> int | None:
        """The number of the last row."""
        return self.first + len(self.rows) - 1 if self.first else None


@dataclass(frozen=True, slots=True)
class Order:
    """By one column that is never null, then by the key, both in one direction."""

    column: str
    is_descending: bool = False

    def reversed(self) -> "Order":
        return Order(self.column, not self.is_descending)

    def sort(self, rows: QuerySet[M]) -> QuerySet[M]:
        sign = "-" if self.is_descending else ""
        return rows.order_by(f"{sign}{self.column}", f"{sign}pk")

    def sort_few(self, rows: QuerySet[M]) -> QuerySet[M]:
        """In no way that an index has: SQLite would walk along it for the sake of the order."""
        by = OrderBy(Coalesce(self.column, self.column), descending=self.is_descending)
        return rows.order_by(by, OrderBy(F("pk"), descending=self.is_descending))

    def behind(self, rows: QuerySet[M], key: Key, count: int) -> "QuerySet[M]":
        """The first rows behind the one with the key, wherever that stands now; none when there is no such row.

        Those that are equal to it apart from those beyond: SQLite looks up a column in an index and the key behind
        it only where the column is compared by `=`, and half a million customers may be on one record each.
        """
        model, step = rows.model._default_manager, "lt" if self.is_descending else "gt"
        value = Subquery(model.filter(pk=key).values(self.column))
        equal = self.sort(rows.filter(**{self.column: value, f"pk__{step}": key}))
        beyond = self.sort(rows.filter(**{f"{self.column}__{step}": value}))
        either = (Subquery(each.values("pk")[:count]) for each in (equal, beyond))
        return model.filter(pk__in=Either(*either))


class Either(Func):
    """The keys of several subqueries, one after the other."""

    template = "(SELECT * FROM %(expressions)s AS beyond)"
    arg_joiner = " AS equal UNION ALL SELECT * FROM "
    output_field = BigIntegerField()


@dataclass(frozen=True, slots=True)
class Source(Generic[M]):
    """The rows of `build(*values)`; `shape` names all that is not a value (None: seldom the same twice).

    `complete` adds what a page shows of its few rows. `nearest` finds so many keys in an order, behind a key or from
    the beginning, where no index of one table does. `is_counting`: each row carries `found`, how many there are.
    """

    build: Callable[..., QuerySet[M]]
    values: tuple[int, ...] = ()
    shape: str | None = None
    complete: Callable[[QuerySet[M]], QuerySet[M]] = lambda rows: rows
    nearest: "Nearest | None" = None
    is_counting: bool = False

    def with_count(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Of which each tells how many there are, up to one more than are counted."""
        found = size(self.build(*self.values), MAX_COUNTED + 1)
        return cast("QuerySet[M]", rows.annotate(found=found))


class Nearest(Protocol):
    def __call__(self, count: int, *, behind: Key | None, is_descending: bool) -> RawSQL: ...


def order(columns: Mapping[str, str], sort: str) -> Order:
    """The order that a query string names, `-` before it for the other direction; else the first of the columns."""
    first = next(iter(columns.values()))
    return Order(columns.get(sort.removeprefix("-"), first), sort.startswith("-"))


def turn_to(
    source: Source[M], order: Order, place: Place, *, count: int | None = None, is_many: bool = False
) -> Page[M]:
    """The page at a place, the nearest there is when that is gone; `count` where the caller knows it.

    `is_many`: the caller knows that there are more than MAX_COUNTED.
    """
    pages = _Pages(source, order, count, is_many=is_many)
    if place.after is not None:
        return pages.after(place.after, place.first)
    if place.before is not None:
        return pages.before(place.before, place.first)
    return pages.last() if place.page == LAST else pages.numbered(parse_key(place.page))


def parse_key(text: str | None) -> int | None:
    """The key or number in a query string, None when there is none that could be."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) < MAX_DIGITS
    return int(text) if text and is_number else None


def parse_uuid(text: str | None) -> UUID | None:
    """The key in a query string of rows that have no number, None when there is none that could be."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


class _Pages(Generic[M]):
    def __init__(self, source: Source[M], order: Order, count: int | None, *, is_many: bool) -> None:
        self.source, self.order = source, order
        is_counted = count is None and not is_many and not source.is_counting
        self.count = _count(source) if is_counted else count

    def first(self) -> Page[M]:
        rows = self._read(self.order)
        return self._page(rows[:ROWS_PER_PAGE], 1, has_previous=False, has_next=len(rows) > ROWS_PER_PAGE)

    def last(self) -> Page[M]:
        rows = self._read(self.order.reversed())
        size = (self.count or 0) % ROWS_PER_PAGE or ROWS_PER_PAGE
        return self._page(rows[:size][::-1], None, has_previous=len(rows) > size, has_next=False)

    def after(self, key: Key, first: int | None) -> Page[M]:
        rows = self._read(self.order, key)
        if not rows:
            return self.last()
        has_next = len(rows) > ROWS_PER_PAGE
        return self._page(rows[:ROWS_PER_PAGE], first, has_previous=True, has_next=has_next)

    def before(self, key: Key, first: int | None) -> Page[M]:
        rows = self._read(self.order.reversed(), key)
        if len(rows) < ROWS_PER_PAGE:
            return self.first()
        has_previous = len(rows) > ROWS_PER_PAGE
        return self._page(rows[:ROWS_PER_PAGE][::-1], first, has_previous=has_previous, has_next=True)

    def numbered(self, number: int | None) -> Page[M]:
        """Addresses had numbers once. A walk to one in the middle of a long list costs too much."""
        if self.source.nearest or self.source.is_counting:
            return self.first()
        skipped = (max(number or 1, 1) - 1) * ROWS_PER_PAGE
        if skipped and self.count is not None and skipped + ROWS_PER_PAGE >= self.count:
            return self.last()
        return self._skip(skipped) if 0 < skipped <= MAX_SKIPPED else self.first()

    def _skip(self, skipped: int) -> Page[M]:
        rows = list(self.order.sort(self._rows())[skipped : skipped + ROWS_PER_PAGE + 1])
        has_next = len(rows) > ROWS_PER_PAGE
        return self._page(rows[:ROWS_PER_PAGE], skipped + 1, has_previous=True, has_next=has_next)

    def _rows(self) -> QuerySet[M]:
        return self.source.complete(self.source.build(*self.source.values))

    def _read(self, order: Order, *behind: Key) -> list[M]:
        """The rows of a page and one more, from the beginning or behind a key."""
        rows = self._found(order, *behind)
        if self.source.is_counting:
            found = rows[0].found if rows else 0  # type: ignore[attr-defined]  # `with_count` adds it
            self.count = found if found <= MAX_COUNTED else None
        return rows

    def _found(self, order: Order, *behind: Key) -> list[M]:
        source, keys = self.source, len(behind)

        def build(*values: Any) -> QuerySet[M]:
            rows, count = source.build(*values[keys:]), ROWS_PER_PAGE + 1
            if source.nearest:
                found = source.nearest(
                    count, behind=values[0] if keys else None, is_descending=order.is_descending
                )
                page = order.sort_few(source.complete(rows.model._default_manager.filter(pk__in=found)))
            elif keys:
                page = order.sort_few(source.complete(order.behind(rows, values[0], count)))
            else:
                page = order.sort(source.complete(rows))
            return (source.with_count(page) if source.is_counting else page)[:count]

        shape = (source.shape, order, keys) if source.shape else None
        return prepared.read(shape, build, *behind, *source.values)

    def _page(self, rows: list[M], first: int | None, *, has_previous: bool, has_next: bool) -> Page[M]:
        """With the number of its first row where an end of the list tells it."""
        if not has_previous:
            first = 1
        elif not has_next:
            first = None if self.count is None else self.count - len(rows) + 1
        return Page(rows, first, self.count, has_previous, has_next)


def _count(source: Source[Any]) -> int | None:
    counted = source.build(*source.values).order_by()[: MAX_COUNTED + 1].count()
    return counted if counted <= MAX_COUNTED else None
