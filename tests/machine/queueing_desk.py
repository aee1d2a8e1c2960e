"""The same desk with workers: what people ask for is queued, claimed by one of two, sent by it, or by nobody."""

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import strategies as st
from hypothesis.stateful import rule

from monitors.models import Mirror
from monitors.services import queue
from monitors.services.queue import Claimed
from monitors.services.senders import Dispatcher
from tests.machine.desk import names, users
from tests.machine.failing_database import UNTIL_THE_STEP_IS_OVER, failing_after
from tests.machine.failing_desk import FailingDesk
from tests.machine.kill import killed_after

SENDERS = (1, 2)  # of each worker
SERVE_STEPS = st.integers(0, 90)

workers = st.sampled_from(range(len(SENDERS)))
failures = st.sampled_from((1, 3, UNTIL_THE_STEP_IS_OVER))  # statements


class QueueingDesk(FailingDesk):
    def __init__(self) -> None:
        super().__init__()
        self.workers = [Dispatcher(senders) for senders in SENDERS]

    @contextmanager
    def a_worker_is_alive(self) -> Iterator[None]:
        Mirror.objects.update(worker_seen_at=self.clock.moment)
        try:
            yield
        finally:
            Mirror.objects.update(worker_seen_at=None)

    # What a person asks for

    @rule(name=names, user=users)
    def append_is_queued(self, name: str, user: str) -> None:
        with self.a_worker_is_alive():
            self.append(name, user)

    @rule(name=names, user=users)
    def append_and_detach_are_queued(self, name: str, user: str) -> None:
        with self.a_worker_is_alive():
            self.append(name, user)
            self.detach(name, user)

    @rule(user=users)
    def detach_is_queued(self, user: str) -> None:
        with self.a_worker_is_alive():
            self.detach_everywhere(user)

    @rule(name=names, new_name=names)
    def rename_is_queued(self, name: str, new_name: str) -> None:
        with self.a_worker_is_alive():
            self.edit(name, new_name, None, 2)

    @rule(name=names)
    def deletion_is_queued(self, name: str) -> None:
        with self.a_worker_is_alive():
            self.delete(name)

    # What the workers do

    @rule(worker=workers)
    def worker_serves_the_queue(self, worker: int) -> None:
        self._claims(worker)
        self._sends_all(worker)
        self.workers[worker].turn()

    @rule(worker=workers)
    def worker_claims(self, worker: int) -> None:
        self._claims(worker)

    @rule(worker=workers)
    def worker_sends_what_it_has_claimed(self, worker: int) -> None:
        self._sends_all(worker)

    @rule()
    def nobody_serves_the_queue_and_its_time_is_over(self) -> None:
        self.let_every_deadline_pass()
        queue.expire()

    @rule(steps=SERVE_STEPS, worker=workers)
    def worker_killed_while_it_serves_the_queue(self, steps: int, worker: int) -> None:
        with killed_after(steps):
            self.worker_serves_the_queue(worker)
        self.workers[worker] = Dispatcher(SENDERS[worker])

    @rule(statements=SERVE_STEPS, failures=failures, worker=workers)
    def database_fails_while_a_worker_serves_the_queue(
        self, statements: int, failures: int, worker: int
    ) -> None:
        with failing_after(statements, failures=failures):
            self.worker_serves_the_queue(worker)

    def _claims(self, worker: int) -> None:
        self.workers[worker].turn()

    def _sends_all(self, worker: int) -> None:
        while (claimed := self.workers[worker].next_one()) is not None:
            self._send(worker, claimed)

    def _send(self, worker: int, claimed: Claimed) -> None:
        since = self.clock.moment
        try:
            self.workers[worker].send_one(claimed)
        finally:
            calls = self.upstream.new_calls()
            assert len(calls) <= 1
            self.upstream.note_operation(claimed.operation.pk, calls, since)

    def check_the_end(self) -> None:
        """What a worker still holds is recorded; what it has claimed and not sent, it never will."""
        for worker in self.workers:
            worker.turn()
            worker.turn()
        super().check_the_end()
