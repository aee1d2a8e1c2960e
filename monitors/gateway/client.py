"""The upstream's six tasks as six methods; every call ends, in time, in a result or in one of errors.py."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from monitors.gateway import pacing
from monitors.gateway.errors import GatewayError, NotSent, OutcomeUnknown, RateLimited, UnusableList
from monitors.gateway.judging import Judge
from monitors.gateway.records import Listing
from monitors.gateway.request import curl
from monitors.gateway.sessions import close_session_of_this_thread
from monitors.gateway.transport import Answer, NoAnswer, Transport, Unreadable
from monitors.gateway.upstream import Format, Upstream

__all__ = ["Format", "Gateway", "Throttle", "Unthrottled", "Upstream"]


class Throttle(Protocol):
    """What stands before every request: the rate limit and the breaker of all processes."""

    def admit(self) -> None:
        """Called before every request, also before each retry; raises NotSent when closed."""

    def report(self, *, is_healthy: bool, pause_for: float | None = None) -> None:
        """Called after every attempt; `closed_for` is how many seconds a 429 asks for. Must not raise."""


class Unthrottled:
    def admit(self) -> None:
        pass

    def report(self, *, is_healthy: bool, pause_for: float | None = None) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Try:
    """How one request ended: with `result`, and whether asking again after `wait` seconds may end better."""

    result: Listing | GatewayError | None
    is_passing: bool = False
    wait: float | None = None


class Gateway:
    """Raises GatewayError only; a write that returns was answered with `success`. Threads may share one."""

    def __init__(
        self,
        upstream: Upstream,
        *,
        throttle: Throttle | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._upstream = upstream
        self._throttle = throttle or Unthrottled()
        self._transport = Transport(upstream)
        self._judge = Judge(upstream)
        self._sleep, self._now, self._jitter = sleep, now, jitter

    def create(self, *, name: str, email: str, frequency: int) -> None:
        self._write("create", {"name": name, "email": email, "frequency": str(frequency)})

    def edit(
        self,
        *,
        name: str,
        new_name: str | None = None,
        new_email: str | None = None,
        new_frequency: int | None = None,
    ) -> None:
        changes = {"new_name": new_name, "new_email": new_email, "new_frequency": new_frequency}
        self._write("edit", {"name": name} | _given(changes))

    def delete(self, *, name: str) -> None:
        """Refused while customers are on the record."""
        self._write("delete", {"name": name})

    def list_records(self) -> Listing:
        """Asks again up to twice after a passing failure.

        Raises UnusableList where an answer came that is no usable list, OutcomeUnknown where none came.
        """
        ends_at = self._ends_at()
        tried = self._try_list(ends_at)
        for attempt in range(len(pacing.PAUSES)):
            wait = self._wait_before_retry(tried, attempt, ends_at)
            if wait is None:
                break
            self._sleep(wait)
            try:
                tried = self._try_list(ends_at)
            except NotSent:  # The throttle holds it back now; the failure before says more.
                break
        if isinstance(tried.result, Listing):
            return tried.result
        raise tried.result or UnusableList("no list came")

    def append(self, *, user: str, name: str) -> None:
        self._write("append", {"user": user, "name": name})

    def detach(self, *, user: str, name: str | None = None) -> None:
        """Without `name` from all records (docs/upstream.md, "What is sent")."""
        self._write("detach", {"user": user} | _given({"name": name}))

    def as_curl(self, *, task: str, parameters: Mapping[str, str]) -> str:
        """The request that a call would send, for people: several lines for a shell, the key hidden."""
        return curl(self._upstream, task, parameters)

    def close(self) -> None:
        """Close the connection that is kept for the calling thread."""
        close_session_of_this_thread()

    def _ends_at(self) -> float:
        return time.monotonic() + self._upstream.deadline

    def _write(self, task: str, parameters: Mapping[str, str]) -> None:
        ends_at = self._ends_at()  # The wait for the throttle is part of the call.
        self._throttle.admit()
        answer = self._transport.post(
            task, parameters, ends_at=ends_at, max_bytes=self._upstream.max_result_bytes
        )
        tried = self._judge_write(answer)
        self._report(answer, tried)
        if isinstance(tried.result, GatewayError):
            raise tried.result

    def _judge_write(self, answer: Answer | Unreadable | NoAnswer) -> _Try:
        if isinstance(answer, NoAnswer):
            return _Try(_no_answer(answer), answer.is_passing)
        if isinstance(answer, Unreadable):
            return _Try(OutcomeUnknown(answer.reason, http_status=answer.status))
        wait = pacing.asked_wait(answer.headers, self._now())
        return _Try(self._judge.of_write(answer, retry_after=wait), wait=wait)

    def _try_list(self, ends_at: float) -> _Try:
        self._throttle.admit()
        answer = self._transport.post("list", {}, ends_at=ends_at, max_bytes=self._upstream.max_list_bytes)
        tried = self._judge_list(answer)
        self._report(answer, tried)
        return tried

    def _judge_list(self, answer: Answer | Unreadable | NoAnswer) -> _Try:
        if isinstance(answer, NoAnswer):
            return _Try(_no_answer(answer), answer.is_passing)
        if isinstance(answer, Unreadable):
            return _Try(UnusableList(answer.reason, http_status=answer.status))
        wait = pacing.asked_wait(answer.headers, self._now())
        is_passing = answer.status >= 500 or answer.status in {408, 429}
        return _Try(self._judge.of_list(answer, retry_after=wait), is_passing, wait)

    def _wait_before_retry(self, tried: _Try, attempt: int, ends_at: float) -> float | None:
        """None where asking again is of no use, or not before the deadline."""
        if not tried.is_passing:
            return None
        wait = max(pacing.pause(attempt, self._jitter()), tried.wait or 0.0)
        if isinstance(tried.result, RateLimited) and tried.wait is None:
            wait = max(wait, pacing.UNSAID_PAUSE_SECONDS)
        fits = wait <= pacing.LONGEST_WAIT and time.monotonic() + wait < ends_at
        return wait if fits else None

    def _report(self, answer: Answer | Unreadable | NoAnswer, tried: _Try) -> None:
        is_limited = isinstance(answer, Answer) and answer.status == 429
        if is_limited or isinstance(tried.result, RateLimited):
            asked = pacing.UNSAID_PAUSE_SECONDS if tried.wait is None else tried.wait
            self._throttle.report(is_healthy=True, pause_for=min(asked, pacing.LONGEST_PAUSE_SECONDS))
        else:
            is_failure = isinstance(tried.result, NotSent | OutcomeUnknown | UnusableList)
            self._throttle.report(is_healthy=not is_failure)


def _given(parameters: Mapping[str, str | int | None]) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items() if value is not None}


def _no_answer(answer: NoAnswer) -> GatewayError:
    return OutcomeUnknown(answer.reason) if answer.has_begun else NotSent(answer.reason)
