"""What people do with a plan: change it, run it, pause it, go on, cancel it, try again, take it back."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from monitors.forms import PlanEditForm, ScheduleForm
from monitors.models import NOT_STARTED, Effect, Operation, Plan, Right
from monitors.selectors import audit
from monitors.selectors import operations as operation_selectors
from monitors.selectors import plans as selectors
from monitors.selectors.mirror import is_worker_silent
from monitors.services import dismissals
from monitors.services.errors import Invalid
from monitors.services.plans import editing, running, tending, undo
from monitors.services.plans.running import Outdated
from monitors.services.submission import Submission
from monitors.views import in_place
from monitors.views.access import DeskRequest, needs, or_404
from monitors.views.answers import UNPROCESSABLE, safe_next
from monitors.views.frame import desk_of
from monitors.views.plans import preview

CALLS_WITHOUT_WORKER = 10  # that one press sends from the web process


def by(request: DeskRequest) -> Submission:
    return Submission(actor=request.user, request_id=request.request_id)


@require_POST
@needs(Right.PLAN)
def edit_plan(request: DeskRequest, uuid: UUID) -> HttpResponse:
    """`do` says what: leave-out, leave-out-group, take-in, correct, insist, elsewhere, change, draw-again."""
    plan = or_404(selectors.get(uuid))
    edit = _EDITS.get(request.POST.get("do", ""))
    if edit is not None:
        try:
            edit(by(request), plan, request.POST)
        except Invalid as error:
            messages.info(request, error.message)
    return redirect(safe_next(request, _address(plan)))


def _leave_out(submission: Submission, plan: Plan, posted: QueryDict) -> None:
    editing.leave_out(submission=submission, plan=plan, numbers=_numbers(posted))


def _leave_out_group(submission: Submission, plan: Plan, posted: QueryDict) -> None:
    effect = posted.get("effect", "")
    if effect in Effect.values:
        editing.leave_out_group(submission=submission, plan=plan, effect=Effect(effect))


def _take_in(submission: Submission, plan: Plan, posted: QueryDict) -> None:
    editing.take_in(submission=submission, plan=plan, numbers=_numbers(posted))


def _correct(submission: Submission, plan: Plan, posted: QueryDict) -> None:
    username = posted.get("username", "").strip()
    for number in _numbers(posted):
        editing.correct(submission=submission, plan=plan, number=number, username=username)


def _insist(submission: Submission, plan: Plan, posted: QueryDict) -> None:
    editing.insist(submission=submission, plan=plan, numbers=_numbers(posted) or None)


def _elsewhere(submission: Submission, plan: Plan, posted: QueryDict) -> None:
    editing.change(submission=submission, plan=plan, elsewhere=posted.get("elsewhere", ""))


def _change(submission: Submission, plan: Plan, posted: QueryDict) -> None:
    form = PlanEditForm(posted)
    if not form.is_valid():
        raise Invalid(None, " ".join(str(error) for errors in form.errors.values() for error in errors))
    values = form.cleaned_data
    editing.change(submission=submission, plan=plan, reason=values["reason"], until=values["until"])


def _draw_again(submission: Submission, plan: Plan, _: QueryDict) -> None:
    editing.draw_again(submission=submission, plan=plan)


_EDITS: dict[str, Callable[[Submission, Plan, QueryDict], None]] = {
    "leave-out": _leave_out,
    "leave-out-group": _leave_out_group,
    "take-in": _take_in,
    "correct": _correct,
    "insist": _insist,
    "elsewhere": _elsewhere,
    "change": _change,
    "draw-again": _draw_again,
}


def _numbers(posted: QueryDict) -> set[int]:
    texts = [text for text in posted.getlist("change") if text.isascii() and text.isdigit()]
    return {int(text) for text in texts if len(text) < 10}


@require_POST
@needs(Right.PLAN)
def run_plan(request: DeskRequest, uuid: UUID) -> HttpResponse:
    """With `digest` as it was seen, and `starts_at` where it is to begin later."""
    plan = or_404(selectors.get(uuid))
    starts_at = None
    if "starts_at" in request.POST:
        form = ScheduleForm(request.POST)
        if not form.is_valid():
            return preview(request, plan, problem="Choose a date and time.", status=UNPROCESSABLE)
        starts_at = form.cleaned_data["starts_at"]
    try:
        running.run(
            submission=by(request), plan=plan, seen=request.POST.get("digest", ""), starts_at=starts_at
        )
    except Outdated as error:
        return preview(request, error.plan, problem=str(error), status=UNPROCESSABLE)
    except Invalid as error:
        return preview(request, plan, problem=error.message, status=UNPROCESSABLE)
    return redirect("plan", plan.pk)


@require_POST
@needs(Right.PLAN)
def pause_plan(request: DeskRequest, uuid: UUID) -> HttpResponse:
    plan = or_404(selectors.get(uuid))
    running.pause(submission=by(request), plan=plan)
    return redirect("plan", plan.pk)


@require_POST
@needs(Right.PLAN)
def resume_plan(request: DeskRequest, uuid: UUID) -> HttpResponse:
    """With `here`, this process sends the next ones itself: there is no worker."""
    plan = or_404(selectors.get(uuid))
    running.resume(submission=by(request), plan=plan)
    if "here" in request.POST:
        tending.tend(at_most=CALLS_WITHOUT_WORKER)
    return redirect("plan", plan.pk)


@require_POST
@needs(Right.PLAN)
def cancel_plan(request: DeskRequest, uuid: UUID) -> HttpResponse:
    plan = or_404(selectors.get(uuid))
    was_draft = plan.state in NOT_STARTED
    running.cancel(submission=by(request), plan=plan)
    return redirect("plans") if was_draft else redirect("plan", plan.pk)


@require_POST
@needs(Right.PLAN)
def retry_plan(request: DeskRequest, uuid: UUID) -> HttpResponse:
    """All that failed, or the changes that are named."""
    plan = or_404(selectors.get(uuid))
    try:
        running.retry(submission=by(request), plan=plan, numbers=_numbers(request.POST) or None)
    except Invalid as error:
        messages.info(request, error.message)
    return redirect("plan", plan.pk)


@require_POST
@needs(Right.PLAN)
def dismiss_plan(request: DeskRequest, uuid: UUID) -> HttpResponse:
    """Its author has seen what became of it."""
    dismissals.dismiss_plan(or_404(selectors.get(uuid)), by=request.user)
    return redirect(safe_next(request, reverse("home")))


@require_POST
@needs(Right.PLAN)
def undo_plan(request: DeskRequest, uuid: UUID) -> HttpResponse:
    """Draw the inverse of all that was done, or of the changes that are named."""
    plan = or_404(selectors.get(uuid))
    numbers = _numbers(request.POST) or None
    return _to_inverse(
        request,
        lambda: undo.of_plan(submission=by(request), plan=plan, numbers=numbers),
        back=_address(plan),
    )


@require_POST
@needs(Right.PLAN)
def undo_operation(request: DeskRequest, uuid: UUID) -> HttpResponse:
    operation = or_404(operation_selectors.get(uuid))
    if in_place.place_of(request.POST) is not None:
        return _undo_here(request, operation)
    return _to_inverse(
        request,
        lambda: undo.of_operation(submission=by(request), operation=operation),
        back=safe_next(request, reverse("operation", args=[uuid])),
    )


def _undo_here(request: DeskRequest, operation: Operation) -> HttpResponse:
    """One change is taken back at once; where there is something to decide, its plan is looked at first."""
    try:
        plan = undo.of_operation(submission=by(request), operation=operation)
    except Invalid as error:
        return in_place.of_words(request, error.message, ())
    try:
        if plan.changes.count() > 1:
            return HttpResponseClientRedirect(_address(plan))
        running.run(submission=by(request), plan=plan, seen=plan.digest)
    except (Outdated, Invalid):
        return HttpResponseClientRedirect(_address(plan))
    if is_worker_silent(desk_of(request).mirror):
        tending.tend(at_most=CALLS_WITHOUT_WORKER)
    return render(request, "monitors/_undoing.html", {"plan": plan})


@require_POST
@needs(Right.PLAN)
def undo_difference(request: DeskRequest, number: int) -> HttpResponse:
    """Make it as it was before something outside changed it; `number` is the audit event's."""
    event = or_404(audit.get(number))
    return _to_inverse(
        request,
        lambda: undo.of_difference(submission=by(request), event=event),
        back=safe_next(request, reverse("records")),
    )


def _to_inverse(request: DeskRequest, draw: Callable[[], Plan], *, back: str) -> HttpResponse:
    """To the preview of the plan that takes it back, or `back` with why there is none."""
    try:
        return redirect(_address(draw()))
    except Invalid as error:
        messages.info(request, error.message)
        return redirect(back)


def _address(plan: Plan) -> str:
    return reverse("plan", args=[plan.pk])
