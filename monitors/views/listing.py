"""What a list is asked for by its query string."""

from dataclasses import dataclass

from monitors.views.access import DeskRequest


@dataclass(frozen=True, slots=True)
class Asked:
    """`q`, `sort`, `filter` and `page` as given; selectors take odd values for the nearest sensible ones."""

    q: str
    sort: str
    filter: str
    page: str | None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.filter)


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter chip."""

    value: str
    label: str
    count: int


def listing(request: DeskRequest, *, default_sort: str) -> Asked:
    query = request.GET
    return Asked(
        q=query.get("q", "").replace("\x00", "").strip(),
        sort=query.get("sort") or default_sort,
        filter=query.get("filter", ""),
        page=query.get("page"),
    )
