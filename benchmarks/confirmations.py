"""What lists cost while somebody writes each second, with the rest between them and without.

python -m benchmarks.confirmations [customers]

Goal: lists take at most a tenth of one core.
"""

import math
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks import scratch

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CUSTOMERS, SECONDS, GOAL = 100_000, 60, 0.1


def main() -> None:
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS
    with scratch.desk(seed="large", customers=customers):
        from django.conf import settings
        from django.contrib.auth.models import User

        from monitors.models import Mirror
        from monitors.services.lists import refresh

        person = User.objects.create(username="bench", is_superuser=True)
        assert refresh.run(source="bench") is not None
        with_rest = settings.PACE
        for name, pace in (
            ("a list after each write", replace(with_rest, list_share=math.inf)),
            ("with the rest", with_rest),
        ):
            settings.PACE = pace
            Mirror.objects.update(confirm_from=None)  # of what was before
            print(f"{name:24} {_measure(person)}", flush=True)


@dataclass(slots=True)
class _Tally:
    writes: int = 0
    lists: int = 0
    processor: float = 0
    seconds: float = 0
    longest: float = 0

    def __str__(self) -> str:
        return (
            f"{self.writes} writes and {self.lists} lists in {self.seconds:.0f} s; lists took "
            f"{self.processor / self.seconds:.0%} of one core (goal {GOAL:.0%}), "
            f"{self.processor / max(self.lists, 1):.2f} s each; confirmed after at most {self.longest:.0f} s"
        )


def _measure(person: "User") -> _Tally:
    tally, began, since = _Tally(), time.monotonic(), datetime.now(UTC)
    while (passed := time.monotonic() - began) < SECONDS:
        if passed >= tally.writes:
            _write(person)
            tally.writes += 1
        _look(tally)
        time.sleep(0.05)
    tally.seconds = time.monotonic() - began
    tally.longest = _longest_confirmation(since)
    return tally


def _look(tally: _Tally) -> None:
    """As the worker does at each wake-up."""
    from monitors.services.lists import refresh

    processor = time.thread_time()
    if refresh.run_if_due(source="bench") is not None:
        tally.lists += 1
        tally.processor += time.thread_time() - processor


def _write(person: "User") -> None:
    """Nobody waits for the other: each write is about another customer."""
    from monitors.models import Attachment
    from monitors.services import attachments
    from monitors.services.submission import Submission

    attachment = Attachment.objects.lasting().select_related("record", "customer").earliest("pk")
    user = attachment.customer.username
    attachments.detach(submission=Submission(actor=person), record=attachment.record, user=user)


def _longest_confirmation(since: datetime) -> float:
    """From the answer to the verdict, in seconds, of the writes since then that have one."""
    from django.db.models import F, Max

    from monitors.models import Operation

    judged = Operation.objects.filter(started_at__gte=since).exclude(settled_at=None)
    longest: timedelta | None = judged.aggregate(longest=Max(F("settled_at") - F("ended_at")))["longest"]
    return longest.total_seconds() if longest else 0


if __name__ == "__main__":
    main()
