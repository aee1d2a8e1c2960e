"""The query string of a list, and the links to itself: chips, columns' heads and pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from monitors.filters.fields import ActiveFilter
from monitors.selectors import keyset, matching
from monitors.views.access import DeskRequest

_PLACE = ("after", "before", "from", "page")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """`text` is the parameter `q`. Values are as given: selectors use the nearest that makes sense."""

    text: str
    sort: str
    filter: str
    page: str | None
    place: keyset.Place
    kept: dict[str, str]  # what a link to the same list keeps

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.filter)

    @property
    def is_short(self) -> bool:
        """So short that not all names are looked into."""
        return matching.is_short(self.text)

    def address(self, **changed: object) -> str:
        """The query string of the beginning of the same list, with other parameters; without those that are empty."""
        parameters = {**self.kept, **changed}
        return f"?{urlencode({name: value for name, value in parameters.items() if value})}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter chip."""

    label: str
    count: int | None
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A column's: `kind` is a CSS class, `direction` says how the list is sorted by it; no address, no sorting."""

    label: str
    kind: str
    direction: str
    address: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A link to another page."""

    label: str
    rel: str
    address: str


def list_query(
    request: DeskRequest,
    *,
    default_sort: str,
    parse: Callable[[str | None], keyset.Key | None] = keyset.parse_key,
) -> ListQuery:
    """`parse` reads the key of a row."""
    parameters = request.GET.dict()
    place = keyset.Place(
        after=parse(parameters.get("after")),
        before=parse(parameters.get("before")),
        first=keyset.parse_key(parameters.get("from")),
        page=parameters.get("page"),
    )
    return ListQuery(
        text=parameters.get("q", "").replace("\x00", "").strip(),
        sort=parameters.get("sort") or default_sort,
        filter=parameters.get("filter", ""),
        page=place.page,
        place=place,
        kept={name: value for name, value in parameters.items() if name not in (*_PLACE, "operation")},
    )


def choices(query: ListQuery, *groups: tuple[str, str, int | None]) -> list[Choice]:
    """Chips of groups as value, label and how many there are; None: nobody counted."""
    return [
        Choice(label, count, query.address(filter=value), value == query.filter)
        for value, label, count in groups
    ]


def active(query: ListQuery, **labels: str) -> list[ActiveFilter]:
    """The filters of these names that are set, each with the way back to the list without it."""
    return [
        ActiveFilter(name, label, query.kept[name], query.address(**{name: None}).removeprefix("?"))
        for name, label in labels.items()
        if query.kept.get(name)
    ]


def heads(query: ListQuery, *columns: tuple[str, str, str]) -> list[Head]:
    """Heads of columns as sort, label and CSS class; the sort "" is none."""
    return [Head(label, kind, *_direction(query, sort)) for sort, label, kind in columns]


def fixed_heads(*columns: tuple[str, str, str]) -> list[Head]:
    """Of a table in one order only."""
    return [Head(label, kind, "", "") for _, label, kind in columns]


def _direction(query: ListQuery, sort: str) -> tuple[str, str]:
    """How the list is sorted by a column now, and the address that sorts it so or the other way round."""
    if not sort:
        return "", ""
    if query.sort == sort:
        return "ascending", query.address(sort=f"-{sort}")
    return "descending" if query.sort == f"-{sort}" else "", query.address(sort=sort)


def turns(query: ListQuery, page: keyset.Page[Any]) -> list[Turn]:
    """To the pages beside this one and to both ends of the list."""
    return [*_backwards(query, page), *_onwards(query, page)]


def _backwards(query: ListQuery, page: keyset.Page[Any]) -> Iterator[Turn]:
    if page.has_previous:
        first = max(page.first - keyset.ROWS_PER_PAGE, 1) if page.first else None
        yield Turn("First", "", query.address())
        yield Turn("Previous", "prev", query.address(**{"before": page.rows[0].pk, "from": first}))


def _onwards(query: ListQuery, page: keyset.Page[Any]) -> Iterator[Turn]:
    if page.has_next:
        first = page.last + 1 if page.last else None
        yield Turn("Next", "next", query.address(**{"after": page.rows[-1].pk, "from": first}))
        yield Turn("Last", "", query.address(page=keyset.LAST))
