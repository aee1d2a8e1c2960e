"""Files of exactly what a table shows, by the filters in the address; each is an event before its first row leaves."""

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_POST

from monitors.filters.audit import AuditFilter
from monitors.filters.fields import active_filters, query_parameters
from monitors.filters.monitored import MonitoredFilter
from monitors.models import AuditEvent, Right
from monitors.models.person import display_name
from monitors.selectors import audit, exports, held, monitored
from monitors.selectors import mirror as mirrors
from monitors.services import exports as export_log
from monitors.views import listing, sheets
from monitors.views.access import DeskRequest, fresh, needs, or_404
from monitors.views.audit import filters_page as audit_filters_page
from monitors.views.columns import AUDIT, MONITORED
from monitors.views.held_columns import HELD
from monitors.views.monitored import DEFAULT_SORT, filters_page
from monitors.views.turns import single_file
from monitors.wording import zones


@require_POST
@needs(Right.AUDIT)
@fresh
@single_file
def monitored_csv(request: DeskRequest) -> HttpResponseBase:
    filters = MonitoredFilter(request.GET)
    if not filters.is_valid():
        return filters_page(request, filters)
    keys = _attachment_keys(request, filters)
    _note_monitored(request, filters, "csv", len(keys))
    rows = map(MONITORED.cells, exports.attachments(keys, moment=filters.moment))
    return sheets.csv_response(MONITORED.head, rows, name=f"{_name(filters)}.csv")


@require_POST
@needs(Right.AUDIT)
@fresh
@single_file
def monitored_xlsx(request: DeskRequest) -> HttpResponseBase:
    filters = MonitoredFilter(request.GET)
    if not filters.is_valid():
        return filters_page(request, filters)
    keys = _attachment_keys(request, filters)
    if len(keys) > sheets.MAX_ROWS:
        return filters_page(
            request, filters, f"{len(keys):,} rows do not fit into one sheet. Export CSV or filter more."
        )
    _note_monitored(request, filters, "xlsx", len(keys))
    rows = map(MONITORED.cells, exports.attachments(keys, moment=filters.moment))
    about = _about(request, filters)
    return sheets.xlsx_response(
        MONITORED.head_in(zones.current_name()), rows, about=about, name=f"{_name(filters)}.xlsx"
    )


@require_POST
@needs(Right.AUDIT)
@fresh
@single_file
def audit_csv(request: DeskRequest) -> HttpResponseBase:
    # Up to the newest event now: the event of this very export is not part of it.
    written = AuditEvent.objects.filter(number__lte=audit.length())
    filters = AuditFilter(request.GET, written)
    if not filters.is_valid():
        return audit_filters_page(request, filters)
    numbers = exports.keys(filters.qs.order_by("number"))
    export_log.note(
        actor=request.user,
        table="audit",
        file_format="csv",
        filters=query_parameters(filters),
        rows=len(numbers),
    )
    rows = map(AUDIT.cells, exports.events(numbers))
    name = f"audit-{zones.local(timezone.now()):%Y-%m-%d-%H%M%S}.csv"
    return sheets.csv_response(AUDIT.head, rows, name=name, timespec="auto")


@require_POST
@needs(Right.AUDIT)
@fresh
@single_file
def held_csv(request: DeskRequest, refresh_id: int) -> HttpResponseBase:
    """What a held list would change: all of it, or what its page is narrowed to."""
    refresh = or_404(mirrors.refresh(refresh_id))
    query = listing.list_query(request, default_sort="")
    keys = exports.keys(held.changes(refresh, kind=query.filter, text=query.text).order_by("pk"))
    narrowing = {"list": str(refresh.pk), "filter": query.filter, "q": query.text}
    export_log.note(
        actor=request.user,
        table="held",
        file_format="csv",
        filters={name: value for name, value in narrowing.items() if value},
        rows=len(keys),
    )
    rows = map(HELD.cells, exports.held_changes(keys))
    name = f"held-list-{timezone.localtime(refresh.asked_at):%Y-%m-%d-%H%M%S}.csv"
    return sheets.csv_response(HELD.head, rows, name=name)


def _attachment_keys(request: DeskRequest, filters: MonitoredFilter) -> exports.Keys:
    sort = request.GET.get("sort") or DEFAULT_SORT
    return exports.keys(monitored.in_order(filters.attachments(), sort))


def _note_monitored(request: DeskRequest, filters: MonitoredFilter, file_format: str, rows: int) -> None:
    parameters = query_parameters(filters, at=filters.moment.isoformat())
    export_log.note(
        actor=request.user, table="monitored", file_format=file_format, filters=parameters, rows=rows
    )


def _about(request: DeskRequest, filters: MonitoredFilter) -> list[tuple[str, str]]:
    narrowing = [(active.label, active.value) for active in active_filters(filters) if active.name != "at"]
    return [
        ("Who was monitored at", zones.local(filters.moment).isoformat(timespec="seconds")),
        *narrowing,
        ("Times are in", zones.current_name()),
        ("Exported by", display_name(request.user)),
        ("Exported at", zones.local(timezone.now()).isoformat(timespec="seconds")),
    ]


def _name(filters: MonitoredFilter) -> str:
    return f"monitored-{zones.local(filters.moment):%Y-%m-%d-%H%M%S}"
