"""Who was monitored, at any date: each page of the past against the same page of now, in one run.

python -m benchmarks.any_date
"""

import statistics
import time
from datetime import datetime, timedelta

from benchmarks import past, scratch

ATTACHMENTS = 1_000_000


def main() -> None:
    with scratch.desk():
        from django.db import transaction
        from django.utils import timezone

        from monitors.models import Refresh

        began = time.perf_counter()
        with transaction.atomic():
            start = past.fill(ATTACHMENTS)
        print(f"{ATTACHMENTS:,} attachments over three years, written in {time.perf_counter() - began:.0f} s")
        Refresh.objects.create(asked_at=start, answered_at=start, outcome="applied")
        now, count = _page(timezone.now())
        print(f"now: {now * 1000:.0f} ms, {count:,} attachments")
        for days in (1, 30, 180, 365, 730, 900):
            moment = timezone.now() - timedelta(days=days)
            seconds, count = _page(moment)
            print(
                f"{days} days ago: {seconds * 1000:.0f} ms, {count:,} attachments, {seconds / now:.2f} x now"
            )
        seconds, count = _page(start - timedelta(days=1))
        print(f"before everything: {seconds * 1000:.0f} ms, {count} attachments")
        for days in (30, 90, 365):
            seconds = _trend(days)
            print(f"insight's trend of {days} days: {seconds * 1000:.0f} ms, {seconds / now:.1f} x now")


def _page(moment: datetime) -> tuple[float, int]:
    """The median time of the page's queries (totals, fifty rows, what may have been), and how many there are."""
    from monitors.selectors import monitored, monitored_pages

    durations, count = [], 0
    for _ in range(5):
        began = time.perf_counter()
        count = monitored_pages.known_totals(moment, None, is_now=False).attachments
        place = monitored_pages.Place()
        monitored_pages.table_page(monitored_pages.EVERYBODY, moment=moment, sort="customer", place=place)
        monitored.evidence(moment, monitored.possible(moment))
        durations.append(time.perf_counter() - began)
    return statistics.median(durations), count


def _trend(days: int) -> float:
    from django.utils import timezone

    from monitors.selectors.trend import trend

    began = time.perf_counter()
    trend(timezone.now(), days)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
