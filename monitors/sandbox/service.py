"""The honest upstream: credentials, doors, tasks, rate limit, and the right answer to each request."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from monitors.sandbox import answers
from monitors.sandbox.answers import Answer
from monitors.sandbox.calls import CallLog
from monitors.sandbox.messages import Invented
from monitors.sandbox.rendering import Format
from monitors.sandbox.store import Refused, Store, UnknownCustomer
from monitors.sandbox.tasks import TASKS, WRITES, problems
from monitors.sandbox.wire import Request
from monitors.sandbox.writes import LateWrites, carry_out_and_log

# path -> whether it needs method=monitor
DOORS = {
    "/api/distributor.manage": True,
    "/apiv2/reseller.manage": True,
    "/apiv2/customer.monitor": False,
}
_WINDOW = 60.0


class Limiter:
    """At most so many requests in any minute; 0 is no limit."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.time) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def reset_time(self) -> float | None:
        """None admits the request; otherwise the Unix time from which one will be admitted again."""
        if not self.per_minute:
            return None
        with self._lock:
            now = self._clock()
            while self._times and self._times[0] <= now - _WINDOW:
                self._times.popleft()
            if len(self._times) >= self.per_minute:
                return self._times[0] + _WINDOW
            self._times.append(now)
            return None


class Service:
    def __init__(
        self,
        *,
        store: Store,
        log: CallLog,
        late_writes: LateWrites,
        user: str,
        key: str,
        rate_per_minute: int,
    ) -> None:
        self._store = store
        self._log = log
        self._late_writes = late_writes
        self._credentials = (user, key)
        self._limiter = Limiter(rate_per_minute)
        self._printed: dict[Format, tuple[tuple[int, int], Answer]] = {}
        self._printing = threading.Lock()

    def answer(self, request: Request, call: int, *, carry_out_writes: bool = True) -> Answer:
        """Do what is asked and say so; without `carry_out_writes` a good write is refused instead."""
        format_ = request.format
        refused = self._turned_away(request)
        if refused is not None:
            return refused
        if request.parameters["task"] == "list":
            return self.listing(format_)
        return self._write(request, call, carry_out_writes=carry_out_writes)

    def postpone(self, request: Request, call: int) -> None:
        """Keep a write to be carried out later, unless it is turned away before its parameters are read."""
        if self._turned_away(request) is None:
            self._late_writes.keep(call)

    def listing(self, format_: Format) -> Answer:
        """The whole list; printed once for each state, as a large one takes its time."""
        with self._printing:
            version = self._store.version()
            known = self._printed.get(format_)
            if known is None or known[0] != version:
                known = (version, answers.listing(format_, self._store.snapshot()))
                self._printed[format_] = known
            return known[1]

    def _turned_away(self, request: Request) -> Answer | None:
        """Doors, credentials, rate and task, in this order (a guess; only the envelopes are recorded)."""
        door, _, extension = request.path.rpartition(".")
        if door not in DOORS or extension not in set(Format):
            return answers.page(404, "404 Not Found")
        if request.method not in {"GET", "POST"}:
            return answers.page(405, "405 Not Allowed")
        given = request.parameters
        if (given.get("api_user"), given.get("api_key")) != self._credentials:
            return answers.bad_credentials(request.format)
        if (reset := self._limiter.reset_time()) is not None:
            return answers.too_many_requests(request.format, *self._rate_headers(reset))
        if given.get("task") not in TASKS or (DOORS[door] and given.get("method") != "monitor"):
            return answers.not_found(request.format)
        return None

    def _rate_headers(self, reset: float) -> tuple[tuple[str, str], ...]:
        return (
            ("X-RateLimit-Limit", str(self._limiter.per_minute)),
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", str(math.ceil(reset))),
        )

    def _write(self, request: Request, call: int, *, carry_out_writes: bool) -> Answer:
        format_, task, given = request.format, request.parameters["task"], request.parameters
        assert task in WRITES
        if wrong := problems(task, given):
            return answers.refusal(format_, *wrong)
        if not carry_out_writes:
            return answers.refusal(format_, Invented.NOT_CARRIED_OUT)
        try:
            carry_out_and_log(self._store, self._log, call=call, task=task, parameters=given)
        except UnknownCustomer:
            return answers.user_not_found(format_)
        except Refused as error:
            return answers.refusal(format_, error.words)
        return answers.success(format_)
