"""The query string of a list, and the chips above it."""

from dataclasses import dataclass

from monitors.selectors import matching
from monitors.views.access import DeskRequest


@dataclass(frozen=True, slots=True)
class ListQuery:
    """`text` is the parameter `q`. Values are as given: selectors use the nearest that makes sense."""

    text: str
    sort: str
    filter: str
    page: str | None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.filter)

    @property
    def is_short(self) -> bool:
        """So short that not all names are looked into."""
        return matching.is_short(self.text)


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """One filter chip."""

    value: str
    label: str
    count: int


def list_query(request: DeskRequest, *, default_sort: str) -> ListQuery:
    parameters = request.GET
    return ListQuery(
        text=parameters.get("q", "").replace("\x00", "").strip(),
        sort=parameters.get("sort") or default_sort,
        filter=parameters.get("filter", ""),
        page=parameters.get("page"),
    )
