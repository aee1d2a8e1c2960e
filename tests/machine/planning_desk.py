"""The same desk with plans: drawn, run, tended by whoever comes along, paused, cancelled, tried again, taken back."""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import rule

from monitors.models import (
    Change,
    ChangeKind,
    ChangeState,
    MonitorRecord,
    Operation,
    Plan,
    PlanSource,
    State,
    Task,
)
from monitors.services.errors import Busy, Invalid
from monitors.services.plans import drawing, editing, running, sending, tending, undo, wanted
from monitors.services.submission import Submission
from tests.machine.deciding_desk import DecidingDesk
from tests.machine.desk import names
from tests.machine.kill import killed_after
from tests.machine.stage import USERS

TEND_STEPS = st.integers(0, 60)
choices = st.sampled_from(("too", "move"))
DONE_BY = (
    State.ACCEPTED,
    State.CONFIRMED,
)  # SendGrid said so and no list contradicts it, or one has shown it


class PlanningDesk(DecidingDesk):
    # What a person wants done at once

    @rule(name=names, elsewhere=choices)
    def plan_appends_everybody(self, name: str, elsewhere: str) -> None:
        self._plan(name, ChangeKind.APPEND, elsewhere)

    @rule(name=names)
    def plan_detaches_everybody(self, name: str) -> None:
        self._plan(name, ChangeKind.DETACH)

    @rule(change=st.sampled_from((running.pause, running.resume, running.cancel, running.retry)))
    def plan_is_changed(self, change: Callable[..., Plan]) -> None:
        plan = Plan.objects.order_by("-created_at").first()
        if plan is not None:
            with suppress(Invalid, Busy), self.a_worker_is_alive():
                change(submission=Submission(actor=self.actor), plan=plan)

    @rule()
    def plan_is_taken_back(self) -> None:
        plan = Plan.objects.order_by("-created_at").first()
        if plan is not None:
            with suppress(Invalid, Busy), self.a_worker_is_alive():
                self._run(undo.of_plan(submission=Submission(actor=self.actor), plan=plan))

    # Who carries plans on

    @rule()
    def plans_are_tended(self) -> None:
        with self.a_worker_is_alive():
            tending.tend()

    @rule(name=names, kind=st.sampled_from((ChangeKind.APPEND, ChangeKind.DETACH)), elsewhere=choices)
    def plan_is_carried_out(self, name: str, kind: ChangeKind, elsewhere: str) -> None:
        self._plan(name, kind, elsewhere)
        self.plans_are_tended()
        for worker in range(len(self.workers)):
            self.worker_serves_the_queue(worker)
        self.plans_are_tended()

    @rule(steps=TEND_STEPS)
    def worker_killed_while_it_tends_plans(self, steps: int) -> None:
        with killed_after(steps):
            self.plans_are_tended()

    def _plan(self, name: str, kind: ChangeKind, elsewhere: str = "") -> None:
        record = MonitorRecord.objects.named(name)
        if record is None:
            return
        submission = Submission(actor=self.actor)
        changes = wanted.of_names(enumerate(USERS, 1), kind=kind, record=record)
        wish = drawing.Wish(source=PlanSource.NAMES, changes=changes, until="none", elsewhere=elsewhere)
        with suppress(Invalid, Busy), self.a_worker_is_alive():
            plan = drawing.draw(submission=submission, wish=wish)
            self._run(editing.insist(submission=submission, plan=plan))

    def _run(self, plan: Plan) -> None:
        running.run(submission=Submission(actor=self.actor), plan=plan, seen=plan.digest)

    def check_the_end(self) -> None:
        super().check_the_end()
        self.plans_are_tended()
        for change in Change.objects.filter(state=ChangeState.DONE):
            tries = Operation.objects.filter(change=change)
            # It was so already when its turn came, or came again: by another operation.
            is_needless = not tries.exclude(state=State.NOT_SENT).exists()
            assert is_needless or tries.filter(state__in=DONE_BY).exists(), f"{change} is not done"
            if change.kind == ChangeKind.MOVE:
                left = Operation.objects.filter(token=sending.token(change), task=Task.DETACH)
                assert not left.filter(state=State.CONTRADICTED).exists(), f"{change} left nothing"
        tokens = Operation.objects.exclude(change=None).values_list("token", flat=True)
        assert len(tokens) == len(set(tokens))
