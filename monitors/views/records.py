"""The records page, one record's page, and the forms that create, edit and delete."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitors.forms import CreateForm, DeleteForm, EditForm, TaskForm
from monitors.models import MonitorRecord, PlanSource, Right, SavedFilter
from monitors.models.renames import probable_predecessor, probable_successor
from monitors.selectors import history, operations, races, saved_filters
from monitors.selectors import records as selectors
from monitors.selectors.audit import parse_number
from monitors.services import details, renames, rights
from monitors.services import records as services
from monitors.services.errors import Invalid
from monitors.services.plans import drawing, wanted
from monitors.services.submission import Submission
from monitors.views import listing, rows
from monitors.views.access import DeskRequest, needs, or_404, submission
from monitors.views.answers import append_here, attempt, form_page, redirect_with_notice
from monitors.views.frame import desk_of
from monitors.views.listing import list_query
from monitors.views.saved_filters import kept, saved_views
from monitors.wording.names import visible_text

# Sort, label and CSS class; templates/monitors/records.html and _attachments.html have the cells.
RECORD_COLUMNS = (
    ("name", "Name", "c-name"),
    ("email", "Mailbox", "c-mail"),
    ("frequency", "Sample", "num c-sample"),
    ("customers", "Customers", "num c-count"),
    ("changed", "Last change", "c-when"),
    ("", "State", "c-state"),
)
CUSTOMER_COLUMNS = (
    ("customer", "Customer", "c-name"),
    ("since", "Since", "c-since"),
    ("", "Until", "c-until"),
    ("", "State", "c-state"),
)

END_FILTERS = (
    ("", "All"),
    ("today", "Ends today"),
    ("week", "Ends this week"),
    ("none", "No end"),
    ("no-reason", "No reason"),
)


@require_safe
@needs(Right.LOOK)
def records(request: DeskRequest) -> HttpResponse:
    query = list_query(request, default_sort="name")
    ours = selectors.Ours(query.kept.get("owner", "").strip(), query.kept.get("tag", "").strip())
    desk = desk_of(request, saved_filters.beside(SavedFilter.Page.RECORDS))
    counts = selectors.counts(desk.version)
    results = selectors.search(
        query=query.text,
        group=query.filter,
        sort=query.sort,
        place=query.place,
        ours=ours,
        count=None if query.text or ours else counts.of(query.filter),
    )
    operations_under_way, creations = operations.on_records_page(results.rows)
    has_boxes = rights.may(request.user, Right.MANAGE)
    return render(
        request,
        "monitors/records.html",
        {
            "query": query,
            "ours": ours,
            "active_filters": listing.active(query, owner="Owner", tag="Tag"),
            **saved_views(request, desk, kept(query.kept)),
            "results": results,
            "rows": rows.of_records(results.rows, operations_under_way, has_boxes=has_boxes),
            "has_boxes": has_boxes,
            "counts": counts,
            "heads": listing.heads(query, *RECORD_COLUMNS),
            "turns": listing.turns(query, results),
            "choices": listing.choices(
                query,
                ("", "All", counts.all),
                ("no-customers", "No customers", counts.no_customers),
                ("changed-outside", "Changed outside", counts.changed_outside),
                ("under-way", "Under way", counts.under_way),
            ),
            "creations": creations,
            "notice": operations.parse_and_get(request.GET.get("operation", "")),
        },
    )


@require_safe
@needs(Right.LOOK)
def record(request: DeskRequest, record_id: int) -> HttpResponse:
    desk = desk_of(request, selectors.to_show(record_id))
    to_show = or_404(selectors.get_to_show(desk.beside))
    record = to_show.record
    last = selectors.last_revision(record)
    query = list_query(request, default_sort="customer")
    # Read first: a row beside it may say more by then, never less.
    notice = operations.parse_and_get(request.GET.get("operation", ""))
    results = selectors.attachments(
        record, query=query.text, group=query.filter, sort=query.sort, place=query.place
    )
    under_way = operations.under_way_on_record(record, results.rows, is_any=to_show.is_any_under_way)
    has_boxes = rights.may(request.user, Right.PLAN) and record.gone_at is None
    return render(
        request,
        "monitors/record.html",
        {
            "record": record,
            "details": to_show.details,
            "last_revision": last,
            "successor": MonitorRecord.objects.named(record.name) if record.gone_at else None,
            "renamed_to": probable_successor(record) if last and last.ended_by is None else None,
            "renamed_from": probable_predecessor(record) if to_show.has_namesake else None,
            "successors": record.successors.all() if to_show.has_successors else (),
            "query": query,
            "choices": listing.choices(query, *((value, label, None) for value, label in END_FILTERS)),
            "results": results,
            "rows": rows.of_attachments(
                results.rows,
                under_way.on_attachments,
                rows.Actions(record, request.path) if rights.may(request.user, Right.ATTACH) else None,
                has_boxes=has_boxes,
            ),
            "has_boxes": has_boxes,
            "heads": listing.heads(query, *CUSTOMER_COLUMNS),
            "turns": listing.turns(query, results),
            "appends": under_way.appends,
            "record_operation": under_way.on_record,
            "timeline": history.of_record(record, has_shared_ends=to_show.has_shared_ends),
            **append_here(request, name=record.name),
            "notice": notice,
        },
    )


@require_POST
@needs(Right.MANAGE)
def join(request: DeskRequest, record_id: int) -> HttpResponse:
    """A person confirms that this gone record was renamed outside."""
    gone = or_404(selectors.get(record_id))
    by = Submission(actor=request.user, request_id=request.request_id)
    try:
        successor = renames.join(submission=by, gone=gone)
    except Invalid as error:
        messages.info(request, error.message)
        return redirect("record", gone.pk)
    messages.info(request, f"The history of {gone.name} is joined to this record.")
    return redirect("record", successor.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MANAGE)
def create(request: DeskRequest) -> HttpResponse:
    copied = selectors.parse_and_get(request.GET.get("from", ""))
    form = CreateForm(
        request.POST if request.method == "POST" else None,
        copied=copied,
        copied_details=selectors.details(copied) if copied else None,
    )
    if request.method == "POST":
        if copied and form.is_valid() and form.cleaned_data.get("with_customers"):
            return _planned_copy(request, form, copied)
        operation = attempt(
            request,
            form,
            lambda: services.create(
                **form.values(), ours=details.Wanted(**form.details()), submission=submission(request, form)
            ),
        )
        if operation is not None:
            return redirect_with_notice(request, operation, to=_address_of(operation.record))
    return form_page(request, "monitors/create.html", form, copied=copied)


def _planned_copy(request: DeskRequest, form: CreateForm, copied: MonitorRecord) -> HttpResponse:
    """The record and its customers as a plan; they stay where they are as well."""
    try:
        changes = wanted.copy(copied, **form.values(), ours=details.Wanted(**form.details()))
        wish = drawing.Wish(source=PlanSource.SELECTION, changes=changes, elsewhere="too")
        plan = drawing.draw(submission=submission(request, form), wish=wish)
    except Invalid as error:
        form.error(error.field, error.message)
        return form_page(request, "monitors/create.html", form, copied=copied)
    return redirect("plan", plan.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MANAGE)
def edit(request: DeskRequest, record_id: int) -> HttpResponse:
    record = or_404(selectors.get(record_id))
    race = _race(request, record)
    if race is not None:
        own = selectors.details(race.record)
        form = EditForm.anew(request.POST.dict(), record=race.record, details=own, seen=race.seen)
        return _raced(request, "monitors/edit.html", form, race)
    if record.gone_at is not None:
        return _gone(request, record)
    form = EditForm(
        request.POST if request.method == "POST" else None,
        record=record,
        details=selectors.details(record),
        seen=races.present(record),
    )
    if request.method == "POST":
        done = _edited(request, form, record)
        if done is not None:
            return done
    return form_page(request, "monitors/edit.html", form, record=record)


def _edited(request: DeskRequest, form: EditForm, record: MonitorRecord) -> HttpResponse | None:
    """Where the form leads; None: it must be shown again. What is the desk's own makes no call."""
    if not form.is_valid():
        return None
    if not any(form.changes().values()):
        return _saved_here(request, form, record)
    operation = attempt(
        request,
        form,
        lambda: services.edit(record=record, **form.changes(), submission=submission(request, form)),
    )
    if operation is None:
        return None
    _save_details(request, form, record)
    return redirect_with_notice(request, operation, to=_address_of(record))


def _saved_here(request: DeskRequest, form: EditForm, record: MonitorRecord) -> HttpResponse | None:
    if not _save_details(request, form, record):
        form.is_unchanged = not form.errors
        return None
    messages.info(request, "Saved. Nothing was sent to SendGrid.")
    return redirect("record", record.pk)


def _save_details(request: DeskRequest, form: EditForm, record: MonitorRecord) -> bool:
    wanted = details.Wanted(**form.details())
    try:
        return details.save(submission=submission(request, form), record=record, wanted=wanted)
    except Invalid as error:
        form.error(error.field, error.message)
        return False


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MANAGE)
def delete(request: DeskRequest, record_id: int) -> HttpResponse:
    record = or_404(selectors.get(record_id))
    race = _race(request, record)
    if race is not None:
        again = DeleteForm(record=race.record, seen=race.seen, reason=request.POST.get("reason", ""))
        return _raced(request, "monitors/delete.html", again, race)
    form = DeleteForm(
        request.POST if request.method == "POST" else None, record=record, seen=races.present(record)
    )
    if request.method == "POST":  # also where it is gone: the same form sent again shows what it did
        operation = attempt(
            request, form, lambda: services.delete(record=record, submission=submission(request, form))
        )
        if operation is not None:
            return redirect_with_notice(request, operation, to=reverse("records"))
    if record.gone_at is not None:
        return _gone(request, record)
    results = selectors.attachments(record)
    return form_page(request, "monitors/delete.html", form, record=record, results=results)


def _race(request: DeskRequest, record: MonitorRecord) -> races.Race | None:
    """What became of the record since the form was opened that is sent now."""
    return races.of(record, parse_number(request.POST.get("seen", "")))


def _raced(request: DeskRequest, template: str, form: TaskForm, race: races.Race) -> HttpResponse:
    form.race = race
    results = selectors.attachments(race.record)
    return form_page(request, template, form, record=race.record, results=results)


def _gone(request: DeskRequest, record: MonitorRecord) -> HttpResponse:
    if request.method == "POST":
        messages.info(
            request, f"Nothing was sent: {visible_text(record.name)} is no longer in SendGrid's list."
        )
    return redirect("record", record.pk)


def _address_of(record: MonitorRecord | None) -> str:
    """A record that is not in the mirror yet has no page: its notice stands on the list."""
    return reverse("record", args=[record.pk]) if record else reverse("records")
