"""A mailbox's page: whose samples it gets, how many these may be, and which it got before."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitors.models import Right
from monitors.selectors import mailboxes as selectors
from monitors.selectors import trend
from monitors.selectors.mailboxes import Mailbox
from monitors.views import listing, rows
from monitors.views.access import DeskRequest, needs, or_404
from monitors.views.chart import PERIODS, Chart, chosen_period, chosen_volume, first_list_of
from monitors.views.frame import desk_of
from monitors.views.listing import ListQuery, list_query

RECORD_COLUMNS = (
    ("", "Name", "c-name"),
    ("", "Mailbox", "c-mail"),
    ("", "Sample", "num c-sample"),
    ("", "Customers", "num c-count"),
    ("", "Last change", "c-when"),
    ("", "State", "c-state"),
)
CUSTOMER_COLUMNS = (
    ("", "Customer", "c-name"),
    ("", "Record", "c-rec"),
    ("", "Since", "c-since"),
    ("", "Until", "c-until"),
)
PARTS = (
    ("", "Records"),
    ("customers", "Customers"),
    ("samples", "Estimated samples"),
    ("history", "History"),
)


@require_safe
@needs(Right.LOOK)
def mailbox(request: DeskRequest, email: str) -> HttpResponse:
    """`filter` says which of its parts."""
    now, desk = timezone.now(), desk_of(request, selectors.to_show(email))
    period = chosen_period(request)
    first = trend.first_day(now, period, first_list_of(desk)) if first_list_of(desk) else now.date()
    query, volume = list_query(request, default_sort="name"), chosen_volume(request)
    part = query.filter if query.filter in dict(PARTS) else ""
    mailbox = or_404(selectors.get(email, desk.beside))
    if part == "samples":
        mailbox = selectors.with_revisions(mailbox, datetime.combine(first, time(), UTC))
    context = {
        "mailbox": mailbox,
        "part": part,
        "parts": [(query.address(filter=value, q=None), label, value == part) for value, label in PARTS],
        "query": query,
        "period": period,
        "periods": PERIODS,
        "volume": volume,
        "sample_count": mailbox.samples(volume),
        "chart": _chart(mailbox, now, first, volume) if part == "samples" else None,
    }
    return render(request, "monitors/mailbox.html", context | _TABLES.get(part, _nothing)(mailbox, query))


def _chart(mailbox: Mailbox, now: datetime, first: date, volume: int) -> Chart | None:
    if not mailbox.is_charted:
        return None
    return Chart(selectors.samples_by_day(mailbox, now, first, volume), "Estimated samples")


def _records(mailbox: Mailbox, query: ListQuery) -> dict[str, Any]:
    results = selectors.records(mailbox, query.place)
    return {
        "results": results,
        "rows": rows.of_records(results.rows, {}, has_boxes=False),
        "heads": listing.heads(query, *RECORD_COLUMNS),
        "turns": listing.turns(query, results),
    }


def _customers(mailbox: Mailbox, query: ListQuery) -> dict[str, Any]:
    results, has_several = selectors.customers_of(mailbox, query.place, query.text), mailbox.records > 1
    columns = (each for each in CUSTOMER_COLUMNS if has_several or each[2] != "c-rec")
    return {
        "results": results,
        "rows": rows.of_mailbox(results.rows, names_record=has_several),
        "heads": listing.heads(query, *columns),
        "turns": listing.turns(query, results),
    }


def _history(mailbox: Mailbox, query: ListQuery) -> dict[str, Any]:
    results = selectors.history(mailbox.email, query.place)
    return {"results": results, "turns": listing.turns(query, results)}


def _nothing(_mailbox: Mailbox, _query: ListQuery) -> dict[str, Any]:
    return {}


_TABLES = {"": _records, "customers": _customers, "history": _history}
