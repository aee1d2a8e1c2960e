"""Plans: the list of them, a new one, what one would do, how far it is, and its results as a file."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitors.forms import PlanEditForm, PlanForm, ScheduleForm
from monitors.limits import MAX_FILE_BYTES
from monitors.models import (
    NOT_STARTED,
    SENT_EFFECTS,
    Change,
    ChangeKind,
    Effect,
    MonitorRecord,
    Plan,
    PlanSource,
    Right,
)
from monitors.selectors import plans as selectors
from monitors.services import exports
from monitors.services.errors import Invalid
from monitors.services.plans import drawing, files, names, wanted
from monitors.services.submission import Submission
from monitors.views import sheets
from monitors.views.access import DeskRequest, needs, or_404, until_choices
from monitors.views.answers import UNPROCESSABLE
from monitors.views.listing import Choice
from monitors.views.meter import Meter
from monitors.views.plan_file import PLAN_HEAD, cells
from monitors.views.turns import single_file
from monitors.wording import zones
from monitors.wording.plans import duration

POLL_SECONDS = 2


@require_safe
@needs(Right.LOOK)
def plans(request: DeskRequest) -> HttpResponse:
    group = request.GET.get("filter", "")
    counts = selectors.counts(request.user)
    labels = {"": "All", "mine": "Mine", "running": "Running", "scheduled": "Scheduled", "done": "Done"}
    return render(
        request,
        "monitors/plans.html",
        {
            "results": selectors.search(group=group, person=request.user, page=request.GET.get("page")),
            "choices": [
                Choice(label, counts[key or "all"], _address(request, key), key == group)
                for key, label in labels.items()
            ],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.PLAN)
def new_plan(request: DeskRequest) -> HttpResponse:
    if request.method == "POST":
        form = PlanForm(request.POST, request.FILES, **until_choices(request))
        plan = _drawn(request, form) if form.is_valid() else None
        if plan is not None:
            return redirect("plan", plan.pk)
    else:
        initial = {"name": request.GET.get("record", ""), "names": request.GET.get("names", "")}
        form = PlanForm(initial=initial, **until_choices(request))
    return render(
        request,
        "monitors/plan_new.html",
        {"form": form},
        status=UNPROCESSABLE if form.is_bound else 200,
    )


def _drawn(request: DeskRequest, form: PlanForm) -> Plan | None:
    values = form.cleaned_data
    try:
        return drawing.draw(
            submission=Submission(
                actor=request.user,
                reason=values["reason"],
                token=values["token"],
                request_id=request.request_id,
            ),
            wish=drawing.Wish(
                source=PlanSource.FILE if values["file"] else PlanSource.NAMES,
                changes=_wanted(values),
                until=values["until"],
                elsewhere="move" if values["kind"] == ChangeKind.MOVE else "",
            ),
        )
    except Invalid as error:
        form.error(error.field, error.message)
        return None


def _wanted(values: dict[str, Any]) -> list[Change]:
    record = MonitorRecord.objects.named(values["name"]) if values["name"] else None
    kind = ChangeKind(values["kind"])
    if values["file"]:
        lines = files.read(values["file"].read(MAX_FILE_BYTES + 1), name=values["file"].name)
        return wanted.of_lines(lines, kind=kind, record=record)
    return wanted.of_names(names.split(values["names"]), kind=kind, record=record)


@require_safe
@needs(Right.LOOK)
def plan(request: DeskRequest, uuid: UUID) -> HttpResponse:
    """The preview of one that has not begun; how far one is that has."""
    plan = or_404(selectors.get(uuid))
    return preview(request, plan) if plan.state in NOT_STARTED else _progress_page(request, plan)


def preview(request: DeskRequest, plan: Plan, *, problem: str = "", status: int = 200) -> HttpResponse:
    """`problem` says why it was not run as it was asked."""
    groups = selectors.groups(plan)
    key = request.GET.get("group", "")
    alone = next((group for group in groups if group.key == key), None)
    shown = selectors.group_page(plan, alone.key, request.GET.get("page")) if alone else None
    unknown = [change.username for change in _unknown(groups, shown.rows if shown else None)]
    return render(
        request,
        "monitors/plan.html",
        {
            "plan": plan,
            "groups": groups,
            "alone": alone,
            "shown": shown,
            "counts": _counts(groups),
            "former": selectors.former_records(plan),
            "near": selectors.near_names(unknown),
            "facts": _facts(plan, groups),
            "is_undecided": selectors.is_undecided(plan),
            "edit_form": PlanEditForm(
                **until_choices(request) | {"default_until": plan.until}, initial={"reason": plan.reason}
            ),
            "schedule_form": ScheduleForm(initial={"starts_at": _tomorrow()}),
            "problem": problem,
        },
        status=status,
    )


_SKIPPED = (Effect.ALREADY, Effect.TWICE)
_TROUBLED = (Effect.UNKNOWN_CUSTOMER, Effect.NOT_ALLOWED)


def _counts(groups: list[selectors.Group]) -> dict[str, Any]:
    """By effect; and of those that need nothing, and of those that need somebody."""
    counts: dict[str, Any] = {group.key: group.count for group in groups}
    counts["skipped"] = sum(counts.get(effect, 0) for effect in _SKIPPED)
    counts["troubled"] = sum(counts.get(effect, 0) for effect in _TROUBLED)
    counts["first_trouble"] = next((effect.value for effect in _TROUBLED if effect in counts), "")
    return counts


def _unknown(groups: list[selectors.Group], shown: list[Change] | None) -> list[Change]:
    rows = shown if shown is not None else [row for group in groups for row in group.rows]
    return [row for row in rows if row.effect == Effect.UNKNOWN_CUSTOMER]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan costs, and on what it rests."""

    record: MonitorRecord | None
    calls: int
    most_calls: int
    least_time: str
    rate: int


def _facts(plan: Plan, groups: list[selectors.Group]) -> Facts:
    sent = sum(group.count for group in groups if group.key in SENT_EFFECTS)
    moves = next((group.count for group in groups if group.key == Effect.MOVES), 0)
    name = str(plan.outline.get("record", ""))
    rate = int(settings.SENDGRID_RATE_PER_MINUTE)
    return Facts(
        record=MonitorRecord.objects.named(name) if name else None,
        calls=sent,
        most_calls=sent + (moves if plan.elsewhere == "move" else 0),
        least_time=duration(timedelta(minutes=sent / rate)),
        rate=rate,
    )


def _tomorrow() -> Any:
    return (zones.local(timezone.now()) + timedelta(days=1)).replace(
        hour=8, minute=0, second=0, microsecond=0
    )


def _progress_page(request: DeskRequest, plan: Plan) -> HttpResponse:
    progress = selectors.progress(plan)
    version = (
        f"{plan.state}-{plan.is_waiting}-{progress.sent}-{progress.done}-{progress.left}-{progress.sending}"
    )
    if request.htmx and request.GET.get("version") == version:
        return HttpResponse(status=204)
    group = request.GET.get("filter", "")
    shown = group if group in selectors.RESULTS else ""
    results = selectors.results(plan, group=group, page=request.GET.get("page"))
    operations = selectors.latest_operations(results.rows)
    return render(
        request,
        "monitors/plan_progress.html",
        {
            "plan": plan,
            "progress": progress,
            "meter": Meter(progress),
            "version": version,
            "poll_seconds": POLL_SECONDS,
            "results": results,
            "rows": [(change, operations.get(change.pk)) for change in results.rows],
            "choices": [
                Choice(label, progress.of(key), _address(request, key), key == shown)
                for key, label in _RESULT_LABELS.items()
                if not key or progress.of(key)
            ],
            "rate": settings.SENDGRID_RATE_PER_MINUTE,
            "time_left": duration(timedelta(minutes=progress.left / settings.SENDGRID_RATE_PER_MINUTE)),
            "undone_by": list(plan.undone_by.order_by("created_at")),
        },
    )


def _address(request: DeskRequest, group: str) -> str:
    return f"?filter={group}" if group else request.path


_RESULT_LABELS = {
    "": "All",
    "failed": "Failed",
    "unknown": "Unknown",
    "done": "Done",
    "left": "Left",
    "left-out": "Left out",
}


@require_POST
@needs(Right.LOOK)
@single_file
def plan_results(request: DeskRequest, uuid: UUID) -> HttpResponseBase:
    """Every change with what became of it, in the order of the plan."""
    plan = or_404(selectors.get(uuid))
    changes = list(selectors.all_results(plan))
    exports.note(
        actor=request.user,
        right=Right.LOOK,
        table="plan",
        file_format="csv",
        filters={"plan": str(plan.pk)},
        rows=len(changes),
    )
    operations = selectors.latest_operations(changes)
    rows = (cells(change, operations.get(change.pk)) for change in changes)
    return sheets.csv_response(PLAN_HEAD, rows, name=f"plan-{plan.pk}.csv")
