"""A first fill beside eight people who write and two who read, each a process of its own; on both databases.

python -m benchmarks.crowd [sqlite|postgresql]; SIZE records stand for ten customers each

Goals: nothing fails; 99 % of the writes within 2 s on SQLite and 0.3 s on PostgreSQL. The same people without a
refresh are the limit: what they take then is theirs and the machine's.
"""

import time
from collections.abc import Callable

from benchmarks import bystanders, databases, refresh, scratch

WRITERS, READERS = 8, 2
QUIET_SECONDS = 10


def main() -> None:
    databases.on_each("benchmarks.crowd", _measure)


def _measure(database: str) -> None:
    customers = databases.CUSTOMERS
    with scratch.desk():
        from django.contrib.auth.models import User

        User.objects.create(username="bench", is_superuser=True)
        print(f"{database}, {customers:,} customers, {WRITERS} who write and {READERS} who read")
        listing = refresh.listing_of(customers)
        _row("without a refresh", lambda: time.sleep(QUIET_SECONDS))
        _row("first fill", lambda: refresh.run(listing))


def _row(name: str, run: Callable[[], None]) -> None:
    with bystanders.at_work(writers=WRITERS, readers=READERS) as waits:
        began = time.perf_counter()
        run()
        wall = time.perf_counter() - began
    cells = (
        f"{role} {len(acts.seconds):5}, failed {acts.failures}, 99 % {acts.percentile_99 * 1000:5.0f} ms, "
        f"longest {acts.longest * 1000:5.0f} ms"
        for role, acts in (("writes", waits.writer), ("pages", waits.reader))
    )
    print(f"{name:18} {wall:6.1f} s  " + "  ".join(cells), flush=True)


if __name__ == "__main__":
    main()
