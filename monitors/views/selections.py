"""What is done with many rows at once: a selection on a list or a record becomes a plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from monitors.forms import EditManyForm, MoveManyForm
from monitors.models import Change, ChangeKind, MonitorRecord, Plan, PlanSource, Right
from monitors.selectors import selections as selectors
from monitors.selectors.records import Ours
from monitors.services import stays
from monitors.services.errors import Invalid
from monitors.services.plans import drawing, wanted
from monitors.services.submission import Submission
from monitors.views.access import DeskRequest, needs, until_choices
from monitors.views.answers import UNPROCESSABLE, safe_next

NOTHING = "Select at least one row first."
ACTIONS = ("extend", "detach", "move", "append", "edit", "delete-with-customers")


@dataclass(frozen=True, slots=True)
class Selection:
    """What was ticked, or all that matched; `record` is the one whose page it was."""

    record: MonitorRecord | None
    usernames: Sequence[str]
    records: Sequence[MonitorRecord]

    @property
    def count(self) -> int:
        return len(self.usernames) or len(self.records)


@require_POST
@needs(Right.PLAN)
def select(request: DeskRequest) -> HttpResponse:
    """`do` says what; `pick` names rows, or `all` with `q` and `filter` what the list showed."""
    action, selection = request.POST.get("do", ""), _selection(request)
    if action not in ACTIONS or (not selection.count and action != "delete-with-customers"):
        messages.info(request, NOTHING)
        return redirect(safe_next(request, reverse("records")))
    if action == "extend":
        return _extend(request, selection)
    if action in _FORMS and "ask" not in request.POST:
        return _ask(request, action, selection, _form(request, action))
    return _draw(request, action, selection)


def _extend(request: DeskRequest, selection: Selection) -> HttpResponse:
    """An end is the desk's own, so nothing is sent and no plan is needed."""
    keys = selectors.attachments_on(selection.record, selection.usernames) if selection.record else []
    back = safe_next(request, reverse("records"))
    if not 0 < len(keys) <= stays.MAX_AT_ONCE:
        messages.info(request, f"Select up to {stays.MAX_AT_ONCE} customers to give them another end.")
        return redirect(back)
    query = urlencode({"attachment": keys, "next": back}, doseq=True)
    return redirect(f"{reverse('extend')}?{query}")


def _selection(request: DeskRequest) -> Selection:
    """`of` says which list it was: record, customers or records."""
    posted, kind = request.POST, request.POST.get("of", "")
    record = selectors.record(posted.get("record", ""))
    picked = posted.getlist("pick")
    query, group = posted.get("q", ""), posted.get("filter", "")
    is_all = "all" in posted
    if kind == "records":
        ours = Ours(posted.get("owner", ""), posted.get("tag", ""))
        found = selectors.records(picked, query=query, group=group, ours=ours, is_all=is_all)
        return Selection(None, [], found)
    if record is not None:
        return Selection(
            record, selectors.customers_on(record, picked, query=query, group=group, is_all=is_all), []
        )
    return Selection(None, selectors.customers(picked, query=query, group=group, is_all=is_all), [])


def _ask(
    request: DeskRequest, action: str, selection: Selection, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    """The page between, for what needs one more word: where to, or which mailbox."""
    carried = [(key, value) for key, values in request.POST.lists() if key in _CARRIED for value in values]
    context = {"form": form, "action": action, "selection": selection, "carried": carried}
    return render(request, "monitors/select.html", context, status=status)


_CARRIED = ("do", "of", "record", "pick", "all", "q", "filter", "owner", "tag", "next")


def _draw(request: DeskRequest, action: str, selection: Selection) -> HttpResponse:
    form = _form(request, action, request.POST) if action in _FORMS else None
    if form is not None and not form.is_valid():
        return _ask(request, action, selection, form, status=UNPROCESSABLE)
    values = form.cleaned_data if form else {}
    try:
        plan = _plan(request, action, selection, values)
    except Invalid as error:
        if form is not None:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return _ask(request, action, selection, form, status=UNPROCESSABLE)
        messages.info(request, error.message)
        return redirect(safe_next(request, reverse("records")))
    return redirect("plan", plan.pk)


def _form(request: DeskRequest, action: str, *bound: Any) -> forms.Form:
    choices = until_choices(request) if _FORMS[action] is MoveManyForm else {}
    return _FORMS[action](*bound, **choices)


def _plan(request: DeskRequest, action: str, selection: Selection, values: dict[str, Any]) -> Plan:
    return drawing.draw(
        submission=Submission(
            actor=request.user,
            reason=values.get("reason", ""),
            token=values.get("token"),
            request_id=request.request_id,
        ),
        wish=drawing.Wish(
            source=PlanSource.DELETION if action == "delete-with-customers" else PlanSource.SELECTION,
            changes=_CHANGES[action](selection, values),
            until=values.get("until", ""),
        ),
    )


def _detach(selection: Selection, _: dict[str, Any]) -> list[Change]:
    if selection.record is not None:
        return wanted.detaches(selection.record, selection.usernames)
    return wanted.detaches_from_all(selection.usernames)


def _move(selection: Selection, values: dict[str, Any]) -> list[Change]:
    target = MonitorRecord.objects.named(values["name"])
    assert target is not None  # the form has looked
    if selection.record is not None:
        return wanted.moves(selection.record, target, selection.usernames)
    return wanted.of_names(((0, name) for name in selection.usernames), kind=ChangeKind.MOVE, record=target)


def _append(selection: Selection, values: dict[str, Any]) -> list[Change]:
    target = MonitorRecord.objects.named(values["name"])
    return wanted.of_names(((0, name) for name in selection.usernames), kind=ChangeKind.APPEND, record=target)


def _edit(selection: Selection, values: dict[str, Any]) -> list[Change]:
    return wanted.edits(selection.records, values["parameters"])


def _delete(selection: Selection, _: dict[str, Any]) -> list[Change]:
    if selection.record is None:
        raise Invalid(None, NOTHING)
    return wanted.deletion(selection.record)


_FORMS: dict[str, type[forms.Form]] = {"move": MoveManyForm, "append": MoveManyForm, "edit": EditManyForm}
_CHANGES: dict[str, Callable[[Selection, dict[str, Any]], list[Change]]] = {
    "detach": _detach,
    "move": _move,
    "append": _append,
    "edit": _edit,
    "delete-with-customers": _delete,
}
