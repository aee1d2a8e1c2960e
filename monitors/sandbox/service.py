"""The upstream without faults: doors, credentials, rate limit, tasks, and the right answer."""

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
_RATE_WINDOW_SECONDS = 60.0


class Limiter:
    """At most `per_minute` requests in any minute; 0: no limit."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.time) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def reset_time(self) -> float | None:
        """None if the request is admitted, else the Unix time from which requests are admitted again."""
        if not self.per_minute:
            return None
        with self._lock:
            now = self._clock()
            while self._times and self._times[0] <= now - _RATE_WINDOW_SECONDS:
                self._times.popleft()
            if len(self._times) >= self.per_minute:
                return self._times[0] + _RATE_WINDOW_SECONDS
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
        self._list_cache: dict[Format, tuple[tuple[int, int], Answer]] = {}
        self._list_lock = threading.Lock()

    def answer(self, request: Request, call: int, *, carry_out_writes: bool = True) -> Answer:
        """Carry out the request and answer it. Without `carry_out_writes` a valid write is refused instead."""
        format_ = request.format
        rejection = self._rejection(request)
        if rejection is not None:
            return rejection
        if request.parameters["task"] == "list":
            return self.listing(format_)
        return self._write(request, call, carry_out_writes=carry_out_writes)

    def postpone(self, request: Request, call: int) -> None:
        """Keep a write for later, unless it is rejected before its parameters are read."""
        if self._rejection(request) is None:
            self._late_writes.keep(call)

    def listing(self, format_: Format) -> Answer:
        """The whole list, rendered once for each state: a large one takes a while."""
        with self._list_lock:
            version = self._store.version()
            entry = self._list_cache.get(format_)
            if entry is None or entry[0] != version:
                entry = (version, answers.listing(format_, self._store.snapshot()))
                self._list_cache[format_] = entry
            return entry[1]

    def _rejection(self, request: Request) -> Answer | None:
        """By door, method, credentials, rate and task, in this order (a guess; only the envelopes are recorded)."""
        door, _, extension = request.path.rpartition(".")
        if door not in DOORS or extension not in set(Format):
            return answers.page(404, "404 Not Found")
        if request.method not in {"GET", "POST"}:
            return answers.page(405, "405 Not Allowed")
        parameters = request.parameters
        if (parameters.get("api_user"), parameters.get("api_key")) != self._credentials:
            return answers.bad_credentials(request.format)
        if (reset := self._limiter.reset_time()) is not None:
            return answers.too_many_requests(request.format, *self._rate_headers(reset))
        if parameters.get("task") not in TASKS or (DOORS[door] and parameters.get("method") != "monitor"):
            return answers.not_found(request.format)
        return None

    def _rate_headers(self, reset: float) -> tuple[tuple[str, str], ...]:
        return (
            ("X-RateLimit-Limit", str(self._limiter.per_minute)),
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", str(math.ceil(reset))),
        )

    def _write(self, request: Request, call: int, *, carry_out_writes: bool) -> Answer:
        format_, task, parameters = request.format, request.parameters["task"], request.parameters
        assert task in WRITES
        if wrong := problems(task, parameters):
            return answers.refusal(format_, *wrong)
        if not carry_out_writes:
            return answers.refusal(format_, Invented.NOT_CARRIED_OUT)
        try:
            carry_out_and_log(self._store, self._log, call=call, task=task, parameters=parameters)
        except UnknownCustomer:
            return answers.user_not_found(format_)
        except Refused as error:
            return answers.refusal(format_, error.words)
        return answers.success(format_)
