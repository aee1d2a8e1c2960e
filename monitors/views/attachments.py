"""Append and detach, from a record's page and from a customer's."""

from uuid import UUID, uuid5

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from monitors.forms import AppendForm, DetachForm
from monitors.models import ChangeKind, MonitorRecord, Operation, Plan, PlanSource, Right
from monitors.selectors import customers, records
from monitors.services import attachments, moves
from monitors.services.errors import Invalid
from monitors.services.plans import drawing, names, wanted
from monitors.views.access import DeskRequest, needs, or_404, submission, until_choices
from monitors.views.answers import attempt, form_page, show
from monitors.views.frame import desk_of
from monitors.views.in_place import place_of


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.ATTACH)
def append(request: DeskRequest, record_id: int) -> HttpResponse:
    record = _record_of(request, record_id)
    if record.gone_at is not None and request.method != "POST":
        return redirect("record", record_id)
    form = AppendForm(
        request.POST if request.method == "POST" else None,
        record=record,
        user=request.GET.get("user", ""),
        **until_choices(request),
    )
    pasted = names.split(request.POST.get("names", ""))
    if pasted and (plan := _many(request, form, record, pasted)):
        return redirect("plan", plan.pk)
    if request.method == "POST" and not pasted:
        operation = attempt(
            request, form, lambda: _append_or_move(request, form, record, form.cleaned_data["user"])
        )
        if operation is not None:
            return show(request, operation, to=reverse("record", args=[record.pk]))
    return form_page(request, "monitors/append.html", form, record=record)


def _record_of(request: DeskRequest, record_id: int) -> MonitorRecord:
    """With the frame, by one query."""
    beside = desk_of(request, records.of_form(record_id)).beside
    return or_404(records.get_of_form(beside))


def _many(
    request: DeskRequest, form: AppendForm, record: MonitorRecord, pasted: list[tuple[int, str]]
) -> Plan | None:
    """Many names in the append field are a plan, with its preview; None when the form must be shown again."""
    form.fields["user"].required = False
    if not form.is_valid():
        return None
    values = form.cleaned_data
    wish = drawing.Wish(
        source=PlanSource.NAMES,
        changes=wanted.of_names(pasted, kind=ChangeKind.APPEND, record=record),
        until=values["until"],
        elsewhere=values["elsewhere"],
    )
    try:
        return drawing.draw(submission=submission(request, form), wish=wish)
    except Invalid as error:
        form.error(error.field, error.message)
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.ATTACH)
def append_customer(request: DeskRequest, customer_id: int) -> HttpResponse:
    customer = or_404(customers.get(customer_id))
    form = AppendForm(
        request.POST if request.method == "POST" else None, customer=customer, **until_choices(request)
    )
    if request.method == "POST":
        operation = attempt(
            request,
            form,
            lambda: _append_or_move(request, form, _named(form.cleaned_data["name"]), customer.username),
        )
        if operation is not None:
            return show(request, operation, to=reverse("customer", args=[customer.pk]))
    return form_page(request, "monitors/append.html", form, customer=customer)


def _append_or_move(request: DeskRequest, form: AppendForm, record: MonitorRecord, user: str) -> Operation:
    """Somebody who is elsewhere is moved where the form says so."""
    chosen, by = form.cleaned_data, submission(request, form)
    if chosen["elsewhere"] == attachments.MOVE or chosen["move_from"]:
        old = or_404(records.get(chosen["move_from"])) if chosen["move_from"] else None
        return moves.move(submission=by, record=record, user=user, from_record=old, until=chosen["until"])
    return attachments.append(
        submission=by, record=record, user=user, until=chosen["until"], elsewhere=chosen["elsewhere"]
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.ATTACH)
def detach(request: DeskRequest, record_id: int) -> HttpResponse:
    record = _record_of(request, record_id)
    form = DetachForm(
        _with_own_token(request.POST) if request.method == "POST" else None,
        record=record,
        initial={"user": request.GET.get("user", "")},
    )
    if place_of(request.GET) is not None:
        return render(request, "monitors/_detach_here.html", {"form": form, "record": record})
    if request.method == "POST":
        operation = attempt(
            request,
            form,
            lambda: attachments.detach(
                record=record, user=form.cleaned_data["user"], submission=submission(request, form)
            ),
        )
        if operation is not None:
            return show(request, operation, to=reverse("record", args=[record.pk]))
    return form_page(request, "monitors/detach.html", form, record=record)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.ATTACH)
def detach_customer(request: DeskRequest, customer_id: int) -> HttpResponse:
    """Off every record, or off the one that `name` says."""
    customer = or_404(customers.get(customer_id))
    form = DetachForm(request.POST if request.method == "POST" else None, customer=customer)
    if request.method == "POST":
        operation = attempt(
            request,
            form,
            lambda: attachments.detach(
                record=_named(name) if (name := form.cleaned_data["name"]) else None,
                user=customer.username,
                submission=submission(request, form),
            ),
        )
        if operation is not None:
            return show(request, operation, to=reverse("customer", args=[customer.pk]))
    lasting = customers.attachments(customer)
    return form_page(request, "monitors/detach.html", form, customer=customer, attachments=lasting)


def _with_own_token(posted: QueryDict) -> QueryDict:
    """A table has one form and one token for all its rows: `row` is the customer, who gets a token of its own."""
    try:
        page = UUID(posted.get("page_token", ""))
    except ValueError:
        return posted
    own, user = posted.copy(), posted.get("row", "")
    own["user"], own["token"] = user, str(uuid5(page, user))
    return own


def _named(name: str) -> MonitorRecord:
    record = MonitorRecord.objects.named(name)
    if record is None:
        raise Invalid("name", "SendGrid's list has no record of this name.")
    return record
