"""Carrying running plans on: ends of operations become ends of changes, and as many are asked for as may be under way.

The rows are the truth: whoever calls this, and however often, each try of each change is one operation.
"""

from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q, QuerySet

from monitors.models import (
    STARTED,
    UNFINISHED,
    Change,
    Operation,
    Plan,
    PlanState,
    State,
    Throttle,
)
from monitors.services import clock
from monitors.services.plans import asking, outcomes, running, standing
from monitors.services.submission import Submission

SLOTS_PER_SENDER = 4
FINISHES_WITHIN = timedelta(days=1)


def tend(*, at_most: int | None = None) -> int:
    """Start what is due and carry on what runs, `at_most` so many calls; how many changes were sent."""
    for plan in Plan.objects.filter(state=PlanState.SCHEDULED, starts_at__lte=clock.now()):
        _start(plan)
    sent = 0
    for plan in _running():
        sent += _tend(plan, None if at_most is None else at_most - sent)
    return sent


def pause() -> timedelta:
    """How long whoever tends may rest."""
    try:
        is_busy = Plan.objects.filter(state=PlanState.RUNNING).exists()
    except DatabaseError:
        is_busy = False
    return settings.PACE.plan_look if is_busy else settings.PACE.plan_rest


def _running() -> QuerySet[Plan]:
    """Also paused ones, and of the last day cancelled ones, whose calls may not be over yet."""
    open_changes = Change.objects.filter(plan=OuterRef("pk"), state__in=UNFINISHED)
    cancelled = Q(state=PlanState.CANCELLED, ended_at__gte=clock.now() - FINISHES_WITHIN)
    running = Plan.objects.filter(Q(state__in=STARTED) | cancelled & Exists(open_changes))
    return running.order_by("started_at")


def _start(plan: Plan) -> None:
    """Nobody has looked at it since: it runs as it was scheduled, but for what no longer holds."""
    assert plan.run_by is not None
    running.start(submission=Submission(actor=plan.run_by), plan=plan, seen=plan.digest)


def _tend(plan: Plan, at_most: int | None) -> int:
    sent = 0
    while True:
        outcomes.take_over(plan)
        plan.refresh_from_db()
        if plan.state not in (PlanState.RUNNING, PlanState.CANCELLED) and not plan.is_waiting:
            return sent
        free = _free_slots(plan)
        wanted = free if at_most is None else min(free, at_most - sent)
        now_sent = asking.ask_for_some(plan, wanted) if wanted > 0 else 0
        sent += now_sent
        if not now_sent:
            standing.end_if_over(plan)
            return sent


def _free_slots(plan: Plan) -> int:
    throttle, now = Throttle.objects.get(pk=1), clock.now()
    is_silent = throttle.is_broken(now) or throttle.is_probing(now)
    standing.wait_for_answers(plan, is_silent=is_silent)
    if is_silent or throttle.is_paused(now):
        return 0
    under_way = Operation.objects.filter(settled_at=None, state__in=(State.QUEUED, State.PENDING))
    busy = under_way.exclude(change=None).count()
    slots = 1 if throttle.broken_until else settings.SENDERS * SLOTS_PER_SENDER
    return max(slots - busy, 0)
