"""Search at any size: each way to search as so many constant pages beyond an empty search page, measured in one run.

python -m benchmarks.search [sqlite|postgresql]; SIZE is the number of records, each with ten customers.
"""

import statistics
import tempfile
import time
from collections.abc import Callable

from benchmarks import databases, scratch
from benchmarks.databases import SIZE
from benchmarks.population import Population, fill

ROUNDS = 21
FILL_CUSTOMERS = 100_000
CHUNK_ROWS = 1000
FRAME, CONSTANT = "/search/", "/healthz"
PAGES = {
    "substring, few": "/search/?q=r-00017",
    "substring, thousands": "/search/?q=0017",
    "substring, all": "/search/?q=omer-",
    "prefix, few": "/search/?q=customer-000012",
    "prefix, all": "/search/?q=customer-",
    "exact": "/search/?q=customer-0000777",
    "mailbox": "/search/?q=box-77%40northmail",
    "two letters": "/search/?q=cu",
    "two digits": "/search/?q=17",
    "nothing": "/search/?q=no-such-name",
    "nothing, common parts": "/search/?q=customer-9999999",
    "typeahead, prefix": "/customers/suggest/?q=customer-00017",
    "typeahead, substring": "/customers/suggest/?q=0017",
    "typeahead, nothing": "/customers/suggest/?q=no-such-name",
}


def main() -> None:
    databases.on_each("benchmarks.search", _measure)


def _measure(_database: str) -> None:
    with scratch.desk(), tempfile.TemporaryDirectory() as folder:
        from django.conf import settings
        from django.contrib.auth.models import User
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client
        from django.utils import timezone

        from monitors.models import Mirror

        settings.ALLOWED_HOSTS, settings.STATIC_ROOT = ["testserver"], folder
        call_command("collectstatic", interactive=False, verbosity=0)
        print(
            f"first fill on {connection.vendor}, {FILL_CUSTOMERS:,} customers in CPU-seconds and by the clock:"
        )
        for name, seconds in first_fill().items():
            print(f"  {name:28}{seconds[0]:6.2f}{seconds[1]:8.2f}")
        fill(Population(records=SIZE, ended=1000, events=1000))
        now = timezone.now()
        Mirror.objects.update_or_create(
            pk=1, defaults={"asked_at": now, "whole_asked_at": now, "worker_seen_at": now}
        )
        client = Client()
        client.force_login(User.objects.create_superuser("root", password=None))
        print(
            f"{SIZE * 10:,} customers; × the constant page beyond the empty search page, by the clock and in CPU:"
        )
        report(measured(client.get))


def measured(read: Callable[[str], object]) -> dict[str, tuple[float, float]]:
    """Medians of each page by the clock and in CPU-seconds, the pages taking turns."""
    times: dict[str, list[tuple[float, float]]] = {path: [] for path in (FRAME, CONSTANT, *PAGES.values())}
    for _ in range(ROUNDS):
        for path, rows in times.items():
            wall, processor = time.perf_counter(), time.thread_time()
            read(path)
            rows.append((time.perf_counter() - wall, time.thread_time() - processor))
    return {path: (_median(rows, 0), _median(rows, 1)) for path, rows in times.items()}


def _median(rows: list[tuple[float, float]], column: int) -> float:
    return statistics.median(row[column] for row in rows[1:])


def report(times: dict[str, tuple[float, float]]) -> None:
    frame, constant = times[FRAME], times[CONSTANT]
    print(f"  {'constant page':28}{constant[0] * 1000:7.2f} ms")
    print(f"  {'empty search page':28}{frame[0] * 1000:7.2f} ms")
    for name, path in PAGES.items():
        ratios = [(times[path][column] - frame[column]) / constant[column] for column in (0, 1)]
        print(f"  {name:28}{times[path][0] * 1000:7.2f} ms{ratios[0]:8.1f}{ratios[1]:8.1f}")


def first_fill() -> dict[str, tuple[float, float]]:
    """Raw writing of customers with the index and without; everything is rolled back."""
    return {"without the trigram index": _filled(is_indexed=False), "with it": _filled(is_indexed=True)}


def _filled(*, is_indexed: bool) -> tuple[float, float]:
    from django.db import connection, transaction

    rows = [(name, name) for name in (f"client-{number:07}" for number in range(FILL_CUSTOMERS))]
    with transaction.atomic(), connection.cursor() as cursor:
        if not is_indexed:
            cursor.execute(WITHOUT_INDEX[connection.vendor])
        wall, processor = time.perf_counter(), time.process_time()
        for start in range(0, len(rows), CHUNK_ROWS):
            cursor.executemany(INSERT, rows[start : start + CHUNK_ROWS])
        spent = time.process_time() - processor, time.perf_counter() - wall
        transaction.set_rollback(True)
    return spent


INSERT = (
    "INSERT INTO monitors_customer (username, sort_name, first_seen, record_count) "
    "VALUES (%s, %s, '2026-03-03 00:00:00+00', 0)"
)
WITHOUT_INDEX = {
    "sqlite": "DROP TRIGGER monitors_customersearch_insert",
    "postgresql": "DROP INDEX monitors_customersearch",
}

if __name__ == "__main__":
    main()
