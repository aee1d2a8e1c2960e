"""The tickets that reasons name, each with what was done for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import tried as selectors
from monitors.selectors.tried import Tried
from monitors.views import operation_list
from monitors.views.access import DeskRequest, needs
from monitors.views.listing import list_query
from monitors.wording.text import Name, Part, Text, compose, join
from monitors.wording.tickets import ticket as first_ticket

MAX_SHOWN = 100
MAX_NAMES = 3  # in one cell


@dataclass(frozen=True, slots=True)
class Ticket:
    """`tries` are the operations whose reason names it, the newest first."""

    name: str
    tries: list[Tried]

    @property
    def open(self) -> int:
        return sum(tried.is_open for tried in self.tries)

    @property
    def failed(self) -> int:
        return sum(tried.has_failed for tried in self.tries)

    @property
    def customers(self) -> Text:
        return self._named(lambda tried: tried.username)

    @property
    def records(self) -> Text:
        return self._named(lambda tried: tried.record_name)

    @property
    def people(self) -> Text:
        return self._named(lambda tried: tried.actor_name)

    @property
    def last(self) -> datetime:
        return self.tries[0].started_at

    def _named(self, name: Callable[[Tried], str]) -> Text:
        """The newest few, and how many more."""
        names = list(dict.fromkeys(filter(None, map(name, self.tries))))
        more = len(names) - MAX_NAMES
        shown: list[Part] = list(map(Name, names[:MAX_NAMES]))
        return join(", ", shown) if more <= 0 else compose("{} and {} more", join(", ", shown), str(more))


@require_safe
@needs(Right.LOOK)
def tickets(request: DeskRequest) -> HttpResponse:
    found = _by_ticket(selectors.with_reasons())
    context = {
        "tickets": found[:MAX_SHOWN],
        "count": len(found),
        "newest": selectors.NEWEST,
        "choices": operation_list.choices(list_query(request, default_sort=""), "", request.user),
    }
    return render(request, "monitors/tickets.html", context)


def _by_ticket(tries: Iterable[Tried]) -> list[Ticket]:
    """In the order of their newest operations; a reason names one ticket, the first."""
    ticket_of, found = cache(first_ticket), dict[str, list[Tried]]()
    for tried in tries:
        if name := ticket_of(tried.reason):
            found.setdefault(name, []).append(tried)
    return [Ticket(name, tries) for name, tries in found.items()]
