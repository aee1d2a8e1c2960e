"""Two moments of who is monitored, compared: a part of the page *Monitored*, and its files."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from monitors.filters.compare import CompareFilter
from monitors.filters.fields import active_filters, settled
from monitors.models import Right
from monitors.models.person import display_name
from monitors.selectors import comparing
from monitors.selectors.monitored_pages import Place
from monitors.selectors.trend import FIRST_LIST
from monitors.services import exports as export_log
from monitors.views import evidence_rows, sheets
from monitors.views.access import DeskRequest, fresh, needs
from monitors.views.chart import first_list_of
from monitors.views.columns import COMPARED
from monitors.views.frame import desk_of
from monitors.views.listing import fixed_heads
from monitors.views.turns import single_file
from monitors.wording import zones

PARTS = {
    comparing.CAME: "Came",
    comparing.WENT: "Went",
    comparing.CHANGED: "Records new or changed",
    comparing.GONE: "Records gone",
}


def is_asked(request: DeskRequest) -> bool:
    return "from" in request.GET or "to" in request.GET


def compare(request: DeskRequest) -> HttpResponse:
    if not request.GET.get("from"):
        return HttpResponseRedirect(f"{request.path}?{_from_a_week_ago(request)}")
    short = settled(request.GET)
    if short is not None:
        return HttpResponseRedirect(f"{request.path}?{short}")
    filters = CompareFilter(request.GET)
    if not filters.is_valid():
        return _filters_page(request, filters)
    return render(request, "monitors/compare.html", _context(request, filters))


def _from_a_week_ago(request: DeskRequest) -> str:
    start = zones.local(timezone.now() - timedelta(days=7)).isoformat(timespec="minutes")
    given = {name: value for name, value in request.GET.items() if value}
    return urlencode({"from": start} | given)


def _context(request: DeskRequest, filters: CompareFilter) -> dict[str, Any]:
    first_list, span = first_list_of(desk_of(request, FIRST_LIST)), filters.span()
    part, place = _part(request), _place(request)
    permalink, counts = filters.parameters, comparing.counts(span)
    is_of_customers = part in (comparing.CAME, comparing.WENT)
    read = comparing.customers if is_of_customers else comparing.records
    page: Any = read(span, part, place)
    return {
        "filters": filters,
        "span": span,
        "first_list": first_list,
        "is_before_first_list": first_list and first_list.answered_at and span.start < first_list.answered_at,
        "part": part,
        "parts": [
            (f"?{urlencode(permalink | {'part': name})}", label, counts[name], name == part)
            for name, label in PARTS.items()
        ],
        "active_filters": _narrowing(filters),
        "permalink": urlencode(permalink),
        "page": page,
        "heads": fixed_heads(*evidence_rows.COLUMNS),
        "rows": evidence_rows.of_monitored(page.rows) if is_of_customers else None,
        "turns": _turns(permalink | {"part": part}, page),
    }


def _narrowing(filters: CompareFilter) -> list[Any]:
    return [active for active in active_filters(filters) if active.name not in ("from", "to")]


def _part(request: DeskRequest) -> str:
    part = request.GET.get("part", "")
    return part if part in PARTS else comparing.CAME


def _place(request: DeskRequest) -> Place:
    return Place.parse(after=request.GET.get("after"), before=request.GET.get("before"))


def _turns(parameters: dict[str, str], page: Any) -> list[tuple[str, str, str]]:
    """Label, rel and address."""
    turns = []
    if page.previous:
        turns.append(("First", "", f"?{urlencode(parameters)}"))
        turns.append(("Previous", "prev", f"?{urlencode(parameters | {'before': page.previous})}"))
    if page.next:
        turns.append(("Next", "next", f"?{urlencode(parameters | {'after': page.next})}"))
    return turns


def _filters_page(request: DeskRequest, filters: CompareFilter, problem: str = "") -> HttpResponse:
    return render(request, "monitors/compare.html", {"filters": filters, "problem": problem}, status=400)


@require_POST
@needs(Right.AUDIT)
@fresh
@single_file
def compared_csv(request: DeskRequest) -> HttpResponseBase:
    filters = CompareFilter(request.GET)
    if not filters.is_valid():
        return _filters_page(request, filters)
    keys = comparing.keys(filters.span())
    _note(request, filters, "csv", sum(map(len, keys.values())))
    rows = map(COMPARED.cells, comparing.lines(filters.span(), keys))
    return sheets.csv_response(COMPARED.head, rows, name=f"{_name(filters)}.csv")


@require_POST
@needs(Right.AUDIT)
@fresh
@single_file
def compared_xlsx(request: DeskRequest) -> HttpResponseBase:
    filters = CompareFilter(request.GET)
    if not filters.is_valid():
        return _filters_page(request, filters)
    keys = comparing.keys(filters.span())
    count = sum(map(len, keys.values()))
    if count > sheets.MAX_ROWS:
        return _filters_page(
            request, filters, f"{count:,} rows do not fit into one sheet. Export CSV or filter more."
        )
    _note(request, filters, "xlsx", count)
    rows = map(COMPARED.cells, comparing.lines(filters.span(), keys))
    return sheets.xlsx_response(
        COMPARED.head_in(zones.current_name()),
        rows,
        about=_about(request, filters),
        name=f"{_name(filters)}.xlsx",
    )


def _note(request: DeskRequest, filters: CompareFilter, file_format: str, rows: int) -> None:
    export_log.note(
        actor=request.user, table="compared", file_format=file_format, filters=filters.parameters, rows=rows
    )


def _about(request: DeskRequest, filters: CompareFilter) -> list[tuple[str, str]]:
    start, end = (zones.local(each).isoformat(timespec="seconds") for each in (filters.start, filters.end))
    return [
        ("What changed from", start),
        ("to", end),
        *((active.label, active.value) for active in _narrowing(filters)),
        ("Times are in", zones.current_name()),
        ("Exported by", display_name(request.user)),
        ("Exported at", zones.local(timezone.now()).isoformat(timespec="seconds")),
    ]


def _name(filters: CompareFilter) -> str:
    start, end = (f"{zones.local(each):%Y-%m-%d-%H%M%S}" for each in (filters.start, filters.end))
    return f"compared-{start}-to-{end}"
