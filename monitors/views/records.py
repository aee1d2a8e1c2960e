"""The records page, one record's page, and the forms that create, edit and delete."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from monitors.forms import AppendForm, CreateForm, DeleteForm, EditForm
from monitors.models import MonitorRecord, Right
from monitors.selectors import history, operations
from monitors.selectors import records as selectors
from monitors.services import records as services
from monitors.views.access import DeskRequest, needs, submission
from monitors.views.answers import attempt, call_of, page, show
from monitors.views.listing import Choice, listing


@require_safe
@needs(Right.LOOK)
def records(request: DeskRequest) -> HttpResponse:
    asked = listing(request, default_sort="name")
    counts = selectors.counts()
    found = selectors.search(q=asked.q, chosen=asked.filter, sort=asked.sort, number=asked.page)
    return render(
        request,
        "monitors/records.html",
        {
            "asked": asked,
            "found": found,
            "counts": counts,
            "choices": (
                Choice("", "All", counts.all),
                Choice("no-customers", "No customers", counts.no_customers),
                Choice("changed-outside", "Changed outside", counts.changed_outside),
                Choice("under-way", "Under way", counts.under_way),
            ),
            "under_way": operations.on_records(found.rows),
            "creations": selectors.creations_under_way(),
            "notice": operations.find(request.GET.get("operation", "")),
        },
    )


@require_safe
@needs(Right.LOOK)
def record(request: DeskRequest, record_id: int) -> HttpResponse:
    shown = selectors.get(record_id)
    asked = listing(request, default_sort="customer")
    found = selectors.attachments(shown, q=asked.q, sort=asked.sort, number=asked.page)
    form = AppendForm(record=shown).inline()
    return render(
        request,
        "monitors/record.html",
        {
            "record": shown,
            "ending": selectors.ending(shown),
            "successor": selectors.named(shown.name) if shown.gone_at else None,
            "asked": asked,
            "found": found,
            "under_way": operations.on_attachments(found.rows),
            "appends": operations.appends_without_attachment(record=shown),
            "own": operations.on_records([shown]).get(shown.pk),
            "history": history.of_record(shown),
            "form": form,
            "call": call_of(form),
            "notice": operations.find(request.GET.get("operation", "")),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MANAGE)
def create(request: DeskRequest) -> HttpResponse:
    form = CreateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        operation = attempt(
            form, lambda: services.create(**form.values(), submission=submission(request, form))
        )
        if operation is not None:
            return show(request, operation, at=_page_of(operation.record))
    return page(request, "monitors/create.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MANAGE)
def edit(request: DeskRequest, record_id: int) -> HttpResponse:
    shown = selectors.get(record_id)
    if shown.gone_at is not None:
        return redirect("record", record_id)
    form = EditForm(request.POST if request.method == "POST" else None, record=shown)
    if request.method == "POST":
        operation = attempt(
            form, lambda: services.edit(record=shown, **form.changes(), submission=submission(request, form))
        )
        if operation is not None:
            return show(request, operation, at=_page_of(shown))
    return page(request, "monitors/edit.html", form, record=shown)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MANAGE)
def delete(request: DeskRequest, record_id: int) -> HttpResponse:
    shown = selectors.get(record_id)
    form = DeleteForm(request.POST if request.method == "POST" else None, record=shown)
    if request.method == "POST":
        operation = attempt(form, lambda: services.delete(record=shown, submission=submission(request, form)))
        if operation is not None:
            return show(request, operation, at=reverse("records"))
    if shown.gone_at is not None:
        return redirect("record", record_id)
    found = selectors.attachments(shown, q="", sort="customer", number=None)
    return page(request, "monitors/delete.html", form, record=shown, found=found)


def _page_of(record: MonitorRecord | None) -> str:
    """A record that was not taken up yet has no page: its notice stands on the list."""
    return reverse("record", args=[record.pk]) if record else reverse("records")
