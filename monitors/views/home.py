"""What needs somebody: the page that signing in leads to when there is something on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from monitors.models import Mirror, RefreshOutcome, Right, Visit, together
from monitors.selectors import ends, needs
from monitors.selectors import mirror as mirrors
from monitors.selectors.audit import parse_number
from monitors.services import dismissals, first_run, rights
from monitors.services.first_run import Item
from monitors.views.access import DeskRequest
from monitors.views.access import needs as requires
from monitors.views.frame import Frame, build, desk_of

UNDECIDED_ROWS = 5


@require_safe
@requires(Right.LOOK)
def home(request: DeskRequest) -> HttpResponse:
    now, person = timezone.now(), request.user
    visit = cast("Visit | None", desk_of(request, needs.to_show(person)).beside.rows["visit"])
    frame = build(request)
    assert frame is not None
    found = together.named(_asked(frame, person, visit, now))
    number, outside = sum(found.pop("number")), needs.Outside.of(found.pop("outside"))
    setup = _first_run(person, frame.mirror, sum(found.pop("people")))
    ends.add_last_tries(found["overdue"])
    is_calm = not (frame.is_held_for_them or setup or outside.events or any(found.values()))
    context = {
        **found,
        "heading": "Nothing needs you" if is_calm else "Needs you",
        "first_run": setup,
        "outside": outside,
        "visit": visit,
        "now": now,
        "undecided_count": number,
        "most": needs.MAX_COUNTED,
        "is_calm": is_calm,
    }
    return render(request, "monitors/home.html", context)


def _asked(
    frame: Frame, person: User, visit: Visit | None, now: datetime
) -> "dict[str, QuerySet[Any, Any] | None]":
    """All that the page shows; what the frame has counted to none is not read."""
    is_governing = frame.may["govern"]
    return {
        "operations": needs.operations(person) if frame.needs.operations else None,
        "ending": needs.ending(person, now) if frame.needs.ends else None,
        "plans": needs.waiting_plans(person) if frame.needs.plans else None,
        "failed_plans": needs.failed_plans(person, now) if frame.may["plan"] else None,
        "undecided": ends.first_undecided(person, UNDECIDED_ROWS),
        "number": ends.number_undecided(person, needs.MAX_COUNTED),
        "outside": needs.outside(visit, now),
        "overdue": ends.late(now) if is_governing else None,
        "people": first_run.number_with_role() if is_governing else None,
    }


@dataclass(frozen=True, slots=True)
class FirstRun:
    """The checklist of a desk that is not complete."""

    items: list[Item]

    @property
    def done(self) -> int:
        return sum(item.is_done for item in self.items)


def _first_run(person: User, mirror: Mirror, with_role: int | None = None) -> FirstRun | None:
    """For an administrator, until everything is done."""
    if not rights.may(person, Right.GOVERN):
        return None
    setup = FirstRun(first_run.items(mirror, with_role))
    return setup if setup.done < len(setup.items) else None


@require_POST
@requires(Right.LOOK)
def seen(request: DeskRequest) -> HttpResponseRedirect:
    """`number`: the newest change outside that the page showed."""
    number = parse_number(request.POST.get("number"))
    if number is not None:
        dismissals.have_seen(request.user, number)
    return redirect("home")


def landing(person: User) -> str:
    """The address to which signing in leads where nothing else was asked for."""
    return reverse("home" if _has_something(person) else "records")


def _has_something(person: User) -> bool:
    now = timezone.now()
    desk = mirrors.desk(counts=needs.counted_for(person.pk, now))
    if needs.Needs(**desk.beside.counts).number or _is_held_for(person, desk.mirror):
        return True
    if _first_run(person, desk.mirror):
        return True
    return needs.outside(needs.visit(person), now).exists()


def _is_held_for(person: User, mirror: Mirror) -> bool:
    is_held = mirror.held is not None and mirror.held.outcome == RefreshOutcome.HELD
    return is_held and rights.may(person, Right.GOVERN)
