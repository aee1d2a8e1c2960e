"""Files of exactly what a table shows. Each is an audit event before its first row leaves."""

import json
from html import unescape

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.html import strip_tags
from django.views.decorators.http import require_GET

from monitors.filters.audit import AuditFilter
from monitors.filters.fields import chosen, query
from monitors.filters.monitored import MonitoredFilter
from monitors.models import AuditEvent, Right
from monitors.models.person import display_name
from monitors.selectors import audit, monitored
from monitors.selectors.monitored import Row
from monitors.services import exports
from monitors.views import sheets
from monitors.views.access import DeskRequest, needs
from monitors.views.audit import again as log_again
from monitors.views.monitored import SORT, again
from monitors.views.sheets import Cell
from monitors.wording.events import event_sentence

MONITORED = (
    *("Customer", "Record", "Record's name now", "Mailbox", "One sample in", "Origin"),
    *("Since", "Since, not before", "By", "Role", "Why", "Planned until"),
    *("Until", "Until, not before", "Ended by", "Ended why"),
)
AUDIT = (
    *("Number", "At", "Kind", "What", "Who", "Role", "Task", "Outcome", "Source", "Record", "Customer"),
    *("Reason", "Upstream's words", "Note", "Operation", "List", "Details", "Hash before", "Hash"),
)


@require_GET
@needs(Right.AUDIT)
def monitored_csv(request: DeskRequest) -> HttpResponseBase:
    filters = MonitoredFilter(request.GET)
    if not filters.is_valid():
        return again(request, filters)
    attachments, sort = filters.living(), request.GET.get("sort") or SORT
    _note_monitored(request, filters, "csv", attachments.count())
    rows = map(monitored_cells, monitored.rows(attachments, moment=filters.moment, sort=sort))
    return sheets.csv_response(MONITORED, rows, name=f"{_name(filters)}.csv")


@require_GET
@needs(Right.AUDIT)
def monitored_xlsx(request: DeskRequest) -> HttpResponseBase:
    filters = MonitoredFilter(request.GET)
    if not filters.is_valid():
        return again(request, filters)
    attachments, sort = filters.living(), request.GET.get("sort") or SORT
    count = attachments.count()
    if count > sheets.MOST_ROWS:
        return again(
            request, filters, f"{count:,} rows do not fit into one sheet. Take the CSV file, or narrow."
        )
    _note_monitored(request, filters, "xlsx", count)
    rows = map(monitored_cells, monitored.rows(attachments, moment=filters.moment, sort=sort))
    about = _about(request, filters)
    return sheets.xlsx_response(MONITORED, rows, about=about, name=f"{_name(filters)}.xlsx")


@require_GET
@needs(Right.AUDIT)
def audit_csv(request: DeskRequest) -> HttpResponseBase:
    # Up to the newest event now: the note of this very export is not part of it.
    written = AuditEvent.objects.filter(number__lte=audit.length())
    filters = AuditFilter(request.GET, written)
    if not filters.is_valid():
        return log_again(request, filters)
    events = filters.qs.order_by("number")
    asked, count = query(filters), events.count()
    exports.note(actor=request.user, table="audit", file_format="csv", filters=asked, rows=count)
    rows = map(audit_cells, events.iterator(chunk_size=audit.CHUNK))
    return sheets.csv_response(AUDIT, rows, name=f"audit-{timezone.localtime():%Y-%m-%d-%H%M%S}.csv")


def audit_cells(event: AuditEvent) -> list[Cell]:
    details = event.details
    return [
        event.number,
        event.at.isoformat(),
        event.kind,
        unescape(strip_tags(event_sentence(event))),
        event.actor_name,
        event.actor_roles,
        event.task,
        event.outcome,
        event.source,
        event.record_name,
        event.username,
        event.reason,
        " | ".join(str(it) for it in details.get("words", ())),
        str(details.get("note", "")),
        str(event.operation_id or ""),
        event.refresh_id,
        json.dumps(details, ensure_ascii=False, sort_keys=True),
        event.previous_hash,
        event.hash,
    ]


def monitored_cells(row: Row) -> list[Cell]:
    attachment = row.attachment
    began, ended = attachment.began_by, attachment.ended_by
    return [
        attachment.customer.username,
        row.record_name,
        attachment.record.name,
        row.email,
        row.frequency,
        "desk" if began else "first list" if attachment.is_baseline else "outside",
        attachment.since,
        attachment.attached_after,
        began.actor_name if began else "",
        row.began_roles,
        attachment.reason,
        attachment.expires_at,
        attachment.detached_at,
        attachment.detached_after,
        ended.actor_name if ended else "outside" if attachment.detached_at else "",
        ended.reason if ended else "",
    ]


def _note_monitored(request: DeskRequest, filters: MonitoredFilter, file_format: str, rows: int) -> None:
    asked = query(filters, at=filters.moment.isoformat())
    exports.note(actor=request.user, table="monitored", file_format=file_format, filters=asked, rows=rows)


def _about(request: DeskRequest, filters: MonitoredFilter) -> list[tuple[str, str]]:
    narrowing = [(it.label, it.value) for it in chosen(filters) if it.name != "at"]
    return [
        ("Who was monitored at", timezone.localtime(filters.moment).isoformat(timespec="seconds")),
        *narrowing,
        ("Times are in", settings.TIME_ZONE),
        ("Taken by", display_name(request.user)),
        ("Taken at", timezone.localtime().isoformat(timespec="seconds")),
    ]


def _name(filters: MonitoredFilter) -> str:
    return f"monitored-{timezone.localtime(filters.moment):%Y-%m-%d-%H%M%S}"
