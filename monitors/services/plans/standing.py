"""The states of a plan as the desk itself moves it: waiting for SendGrid, paused by trouble, at its end."""

from datetime import datetime
from typing import Any

from django.db import transaction

from monitors.models import UNFINISHED, Change, Kind, Plan, PlanState
from monitors.services import clock, writers_lock
from monitors.services.plans import running

NO_ANSWER = "SendGrid is not answering. The plan continues by itself when it does."
LOST_RIGHT = "The person who started this plan no longer has the right to do this."


def wait_for_answers(plan: Plan, *, is_silent: bool) -> None:
    """A dead SendGrid pauses a plan, and it goes on by itself."""
    if is_silent and plan.state == PlanState.RUNNING:
        pause(plan, NO_ANSWER, is_waiting=True)
    elif not is_silent and plan.state == PlanState.PAUSED and plan.is_waiting:
        _change_state(plan, PlanState.RUNNING, Kind.PLAN_RESUMED, why_paused="", is_waiting=False)


def pause(plan: Plan, why: str, *, is_waiting: bool = False) -> None:
    _change_state(plan, PlanState.PAUSED, Kind.PLAN_PAUSED, why_paused=why, is_waiting=is_waiting)


def end_if_over(plan: Plan) -> None:
    is_over = not Change.objects.filter(plan=plan, state__in=UNFINISHED).exists()
    if plan.state != PlanState.RUNNING or not is_over:
        return
    ended_at: datetime = clock.now()
    with transaction.atomic():
        chain = writers_lock.take()
        if Plan.objects.filter(pk=plan.pk, state=PlanState.RUNNING).update(
            state=PlanState.DONE, ended_at=ended_at
        ):
            running.note(chain, Kind.PLAN_ENDED, plan, {"counts": dict(running.counts(plan))})


def _change_state(plan: Plan, to: PlanState, kind: Kind, **values: Any) -> None:
    """Only from the state that we read: a person may have been quicker."""
    with transaction.atomic():
        chain = writers_lock.take()
        rows = Plan.objects.filter(pk=plan.pk, state=plan.state, is_waiting=plan.is_waiting)
        if rows.update(state=to, **values):
            running.note(chain, kind, plan, {"why": values.get("why_paused", "")})
    plan.refresh_from_db()
