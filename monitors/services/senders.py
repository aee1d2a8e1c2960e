"""Senders: the threads of a worker that make the calls of the queue, and the one that claims for them.

One transaction records the ends that came back and claims the next ones. A database's disk is then waited for once
for several calls, and each of them is pending on it before it leaves.
"""

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, transaction

from monitors.models import Operation, State
from monitors.services import clock, ends, queue, writers_lock
from monitors.services.outbound import call as outbound_call
from monitors.services.outbound import spool
from monitors.services.outbound.spool import CallEnd
from monitors.services.queue import Claimed

logger = logging.getLogger(__name__)
# A call that comes back waits for whatever else computes: of Python's 5 ms at each of its steps, half of a short call.
SWITCH_SECONDS = 0.0005
MOST_AHEAD = 3
BROKEN = CallEnd(state=State.UNKNOWN, note="The desk failed during the call.")


def send(claimed: Claimed) -> CallEnd:
    """Make one call; how it ended, and when by the database's clock and our own stopwatch."""
    operation = claimed.operation
    try:
        end = outbound_call.make(operation, is_admitted=True)
    except Exception:
        logger.exception("the call of operation %s failed", operation.uuid)
        end = BROKEN
    return replace(end, at=operation.left_at + timedelta(seconds=clock.stopwatch() - claimed.at))


@dataclass(slots=True)
class _UnderWay:
    """A call that this process has claimed; `begun_at` by time.monotonic, None while it waits for a sender.

    `seconds` is how long it took, None until it has ended.
    """

    claimed: Claimed
    begun_at: float | None = None
    seconds: float | None = None


class Dispatcher:
    """What the senders and the one who claims for them share: who calls what, and which ends have come back."""

    def __init__(self, senders: int) -> None:
        self.senders = senders
        self.is_stopping = False
        self.something_happened = threading.Event()
        self._to_send: SimpleQueue[Claimed | None] = SimpleQueue()
        self._came_back: SimpleQueue[ends.Ended] = SimpleQueue()
        self._under_way: dict[object, _UnderWay] = {}
        self._ended: list[ends.Ended] = []
        self._last_calls: deque[float] = deque(maxlen=senders)  # how many seconds they took
        self._failing_since: float | None = None

    @property
    def is_idle(self) -> bool:
        return not self._under_way and not self._ended

    # What a sender does

    def send_all(self) -> None:
        """One after the other, until there is a None."""
        while (claimed := self._to_send.get()) is not None:
            self.send_one(claimed)
        connection.close()

    def send_one(self, claimed: Claimed) -> None:
        under_way = self._under_way[claimed.operation.pk]
        under_way.begun_at = time.monotonic()
        end = send(claimed)
        under_way.seconds = time.monotonic() - under_way.begun_at
        self._came_back.put((claimed.operation, end))
        self.something_happened.set()

    def release(self) -> None:
        """Let all senders end."""
        for _ in range(self.senders):
            self._to_send.put(None)

    # What the one who claims does

    def turn(self) -> None:
        """Record what came back and claim what comes next. Raises DatabaseError; nothing is lost then."""
        self._collect()
        self._give_back_what_waits()
        if self._failing_since is not None:
            self._record_each()
        if self._failing_since is not None:
            return
        free = self._free()
        if not self._ended and not queue.is_ready(free):
            return
        try:
            self._record_and_claim(free)
        except Exception:
            self._failing_since = time.monotonic()
            raise

    def next_one(self) -> Claimed | None:
        """What a sender would take now; None where nothing waits."""
        try:
            return self._to_send.get_nowait()
        except Empty:
            return None

    def _record_and_claim(self, free: int) -> None:
        with transaction.atomic():
            chain, now = writers_lock.take_at()
            closed = ends.close(chain, self._ended, now)
            claimed = queue.claim(chain, free)
        self._ended = []
        closed.wake_worker()
        for each in claimed:
            self._under_way[each.operation.pk] = _UnderWay(each)
            self._to_send.put(each)

    def _record_each(self) -> None:
        """After a failure: one by one, so that none that cannot be recorded stands in the way of the others."""
        left: list[ends.Ended] = []
        for ended in self._ended:
            try:
                ends.finish(*ended)
            except DatabaseError:
                logger.warning("the end of operation %s could not be recorded", ended[0].uuid)
                left.append(ended)
            except Exception:  # as that of a process that died: a list will tell
                logger.exception("the end of operation %s cannot be recorded", ended[0].uuid)
        self._ended = self._kept(left)
        self._failing_since = self._failing_since if self._ended else None

    def _kept(self, left: list[ends.Ended]) -> list[ends.Ended]:
        """What is still to be recorded: nothing once it has been tried for long, it is in files then."""
        assert self._failing_since is not None
        patience = settings.PACE.recording_patience.total_seconds()
        if time.monotonic() - self._failing_since < patience:
            return left
        for operation, end in left:
            spool.keep(operation.uuid, end)
        return []

    def _collect(self) -> None:
        while True:
            try:
                operation, end = self._came_back.get_nowait()
            except Empty:
                return
            under_way = self._under_way.pop(operation.pk, None)
            if under_way is not None and under_way.seconds is not None:
                self._last_calls.append(under_way.seconds)
            self._ended.append((operation, end))

    def _free(self) -> int:
        """How many may be claimed."""
        if self.is_stopping:
            return 0
        return max(self.senders * (1 + self._ahead()) - len(self._under_way), 0)

    def _ahead(self) -> int:
        """How many may wait for each sender, claimed already: as many as leave soon, going by the last calls."""
        if self._is_slow():
            return 0
        soon = settings.PACE.claimed_ahead.total_seconds()
        return min(int(soon / max(self._last_calls, default=soon)), MOST_AHEAD)

    def _is_slow(self) -> bool:
        since = time.monotonic() - settings.PACE.slow_call.total_seconds()
        begun = [each.begun_at for each in list(self._under_way.values()) if each.begun_at is not None]
        return any(moment < since for moment in begun)

    def _give_back_what_waits(self) -> None:
        """Those that no sender has begun, where the calls before them take long, or the process is to end."""
        if not self.is_stopping and not self._is_slow():
            return
        waiting: list[Claimed] = []
        while len(self._under_way) > self.senders or self.is_stopping:
            claimed = self.next_one()
            if claimed is None:
                break
            self._under_way.pop(claimed.operation.pk)
            waiting.append(claimed)
        if waiting:
            _give_back([claimed.operation for claimed in waiting])


def _give_back(operations: Sequence[Operation]) -> None:
    try:
        queue.give_back(operations)
    except DatabaseError:  # as those of a process that died
        logger.exception("%d claimed operations could not be given back", len(operations))


class Senders:
    """The threads of one process. They end what is in flight before the process ends."""

    def __init__(self, count: int) -> None:
        self.dispatcher = Dispatcher(count)
        # No daemons, as a thread of Huey that starts them is: the process waits for them.
        self._threads = [
            threading.Thread(target=self._claim, name="queue", daemon=False),
            *(
                threading.Thread(target=self.dispatcher.send_all, name=f"sender {n}", daemon=False)
                for n in range(count)
            ),
        ]

    def start(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Nothing is claimed any more; what is in flight ends."""
        self.dispatcher.is_stopping = True
        self.dispatcher.something_happened.set()

    def are_alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def _claim(self) -> None:
        try:
            _again_and_again(
                self._turn, until=lambda: self.dispatcher.is_stopping and self.dispatcher.is_idle
            )
        finally:
            self.dispatcher.release()
            connection.close()

    def _turn(self) -> None:
        self.dispatcher.something_happened.wait(settings.PACE.queue_looks.total_seconds())
        self.dispatcher.something_happened.clear()
        if not threading.main_thread().is_alive():
            self.dispatcher.is_stopping = True
        close_old_connections()
        self.dispatcher.turn()


def _again_and_again(turn: Callable[[], None], *, until: Callable[[], bool]) -> None:
    """Whatever a turn raises, most often a database that is not there; said once until it is."""
    is_failing = False
    while not until():
        try:
            turn()
            is_failing = False
        except Exception:
            if not is_failing:
                logger.exception("the queue could not be served")
            is_failing = True
            time.sleep(settings.PACE.recording_pause.total_seconds())
