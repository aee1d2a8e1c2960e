"""The six tasks as six methods. Every call ends in time, with a result or with an error of errors.py."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from monitors.gateway import pacing
from monitors.gateway.errors import GatewayError, NotSent, OutcomeUnknown, RateLimited, UnusableList
from monitors.gateway.judging import Judge
from monitors.gateway.records import Listing
from monitors.gateway.sessions import close_session_of_this_thread
from monitors.gateway.transport import Answer, NoAnswer, Transport, Unreadable
from monitors.gateway.upstream import Format, Upstream

__all__ = ["Format", "Gateway", "Throttle", "Unthrottled", "Upstream"]


class Throttle(Protocol):
    """The rate limit and the circuit breaker that all calls pass."""

    def admit(self) -> None:
        """Called before each request, also before each retry. Raises NotSent while calls are paused or broken."""

    def report(self, *, is_healthy: bool, pause_for: float | None = None) -> None:
        """Called after each request; must not raise.

        `is_healthy`: the upstream gave a usable answer, which a refusal is too. `pause_for`: seconds for which
        all calls must pause, after a 429.
        """


class Unthrottled:
    def admit(self) -> None:
        pass

    def report(self, *, is_healthy: bool, pause_for: float | None = None) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How one request ended. `result` is None for a write that succeeded.

    `is_transient`: a retry may succeed. `retry_after`: the seconds to wait that the upstream asked for.
    """

    result: Listing | GatewayError | None
    is_transient: bool = False
    retry_after: float | None = None


class Gateway:
    """Raises only GatewayError. A write that returns was answered with `success`. Safe to share among threads."""

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
        self.write("create", {"name": name, "email": email, "frequency": str(frequency)})

    def edit(
        self,
        *,
        name: str,
        new_name: str | None = None,
        new_email: str | None = None,
        new_frequency: int | None = None,
    ) -> None:
        changes = {"new_name": new_name, "new_email": new_email, "new_frequency": new_frequency}
        self.write("edit", {"name": name} | _form_fields(changes))

    def delete(self, *, name: str) -> None:
        """Refused while the record has customers."""
        self.write("delete", {"name": name})

    def list_records(self) -> Listing:
        """Retries up to twice after a transient failure.

        Raises UnusableList for an answer that is not a usable list, OutcomeUnknown where no answer came.
        """
        ends_at = self._ends_at()
        outcome = self._request_list(ends_at)
        for retry in range(len(pacing.RETRY_PAUSES_SECONDS)):
            wait = self._wait_before_retry(outcome, retry, ends_at)
            if wait is None:
                break
            self._sleep(wait)
            try:
                outcome = self._request_list(ends_at)
            except NotSent:  # From the throttle; the failure before it says more.
                break
        if isinstance(outcome.result, Listing):
            return outcome.result
        raise outcome.result or UnusableList("SendGrid sent no list")

    def append(self, *, user: str, name: str) -> None:
        self.write("append", {"user": user, "name": name})

    def detach(self, *, user: str, name: str | None = None) -> None:
        """Without `name`: from all records (docs/upstream.md, "What is sent")."""
        self.write("detach", {"user": user} | _form_fields({"name": name}))

    def close(self) -> None:
        """Close the connection of the calling thread."""
        close_session_of_this_thread()

    def _ends_at(self) -> float:
        return time.monotonic() + self._upstream.deadline

    def write(self, task: str, parameters: Mapping[str, str]) -> None:
        """Any task but `list`, by the API's own names and values: what a row of the desk's queue holds."""
        ends_at = self._ends_at()  # The deadline includes the wait in the throttle.
        self._throttle.admit()
        answer = self._transport.post(
            task, parameters, ends_at=ends_at, max_bytes=self._upstream.max_result_bytes
        )
        outcome = self._judge_write(answer)
        self._report(answer, outcome)
        if isinstance(outcome.result, GatewayError):
            raise outcome.result

    def _judge_write(self, answer: Answer | Unreadable | NoAnswer) -> _Outcome:
        if isinstance(answer, NoAnswer):
            return _Outcome(_error_of(answer), answer.is_transient)
        if isinstance(answer, Unreadable):
            return _Outcome(OutcomeUnknown(answer.reason, http_status=answer.status))
        retry_after = pacing.retry_after(answer.headers, self._now())
        return _Outcome(self._judge.of_write(answer, retry_after=retry_after), retry_after=retry_after)

    def _request_list(self, ends_at: float) -> _Outcome:
        self._throttle.admit()
        answer = self._transport.post("list", {}, ends_at=ends_at, max_bytes=self._upstream.max_list_bytes)
        outcome = self._judge_list(answer)
        self._report(answer, outcome)
        return outcome

    def _judge_list(self, answer: Answer | Unreadable | NoAnswer) -> _Outcome:
        if isinstance(answer, NoAnswer):
            return _Outcome(_error_of(answer), answer.is_transient)
        if isinstance(answer, Unreadable):
            return _Outcome(UnusableList(answer.reason, http_status=answer.status))
        retry_after = pacing.retry_after(answer.headers, self._now())
        is_transient = answer.status >= 500 or answer.status in {408, 429}
        return _Outcome(self._judge.of_list(answer, retry_after=retry_after), is_transient, retry_after)

    def _wait_before_retry(self, outcome: _Outcome, retry: int, ends_at: float) -> float | None:
        """Seconds; None where a retry is useless or would begin after the deadline."""
        if not outcome.is_transient:
            return None
        wait = max(pacing.retry_pause(retry, self._jitter()), outcome.retry_after or 0.0)
        if isinstance(outcome.result, RateLimited) and outcome.retry_after is None:
            wait = max(wait, pacing.DEFAULT_THROTTLE_PAUSE_SECONDS)
        fits = wait <= pacing.MAX_RETRY_WAIT_SECONDS and time.monotonic() + wait < ends_at
        return wait if fits else None

    def _report(self, answer: Answer | Unreadable | NoAnswer, outcome: _Outcome) -> None:
        is_limited = isinstance(answer, Answer) and answer.status == 429
        if is_limited or isinstance(outcome.result, RateLimited):
            self._throttle.report(is_healthy=True, pause_for=_throttle_pause(outcome.retry_after))
        else:
            is_failure = isinstance(outcome.result, NotSent | OutcomeUnknown | UnusableList)
            self._throttle.report(is_healthy=not is_failure)


def _throttle_pause(retry_after: float | None) -> float:
    seconds = pacing.DEFAULT_THROTTLE_PAUSE_SECONDS if retry_after is None else retry_after
    return min(seconds, pacing.MAX_THROTTLE_PAUSE_SECONDS)


def _form_fields(parameters: Mapping[str, str | int | None]) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items() if value is not None}


def _error_of(answer: NoAnswer) -> GatewayError:
    return OutcomeUnknown(answer.reason) if answer.has_begun else NotSent(answer.reason)
