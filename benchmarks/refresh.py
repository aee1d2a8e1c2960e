"""A refresh against raw executemany of the same rows into the same tables, and what it holds; on both databases.

python -m benchmarks.refresh [sqlite|postgresql]; SIZE records stand for ten customers each

Processor is that of this process; on PostgreSQL the server has its own, so the time by the clock without the
pauses between transactions counts there. Goals: 4 x, 0.05 x, 0.25 x; no transaction longer than 0.1 s.
"""

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from benchmarks import databases, scratch, stopwatch

if TYPE_CHECKING:
    from monitors.gateway.records import Listing

CUSTOMERS_PER_RECORD = 10
CHANGED_SHARE = 1_000  # one customer in so many moves to another record
INDEXES = ("monitors_customersearch", "monitors_recordsearch", "monitors_gonesearch", "monitors_formersearch")
MAX_SECONDS, MAX_MEGABYTES = 0.1, 400
_CHUNK = 10_000  # raw rows in memory at once
TABLES = ("monitors_attachment", "monitors_recordrevision", "monitors_customer", "monitors_monitorrecord")


def main() -> None:
    databases.on_each("benchmarks.refresh", _measure)


def _measure(database: str) -> None:
    customers = databases.CUSTOMERS
    with scratch.desk():
        print(f"{database}, {customers:,} customers on {len(_users(customers)):,} records")
        raw = _Row("raw executemany", lambda: _write_raw(customers), None)
        print(raw, flush=True)
        _forget()
        first = listing_of(customers)
        _print("first fill", first, raw, goal=4)
        _print("the same again", first, raw, goal=0.05)
        del first  # one list at a time, as in a worker
        _print("0.1 % changed", _listing(_moved(_users(customers))), raw, goal=0.25)


def _print(name: str, listing: "Listing", raw: "_Row", *, goal: float) -> None:
    print(_Row(name, lambda: run(listing), raw, goal=goal), flush=True)
    _check_counts(listing)


class _Row:
    """One run: its times, and its ratio to the raw one."""

    def __init__(
        self, name: str, run: Callable[[], None], raw: "_Row | None", *, goal: float | None = None
    ) -> None:
        self.name, self.raw, self.goal = name, raw, goal
        gc.collect()
        with stopwatch.transactions() as measured:
            wall, processor = time.perf_counter(), time.process_time()
            slept = _slept(run)
            self.processor = time.process_time() - processor
            self.wall = time.perf_counter() - wall - slept
        self.measured, self.peak = measured, stopwatch.peak_megabytes()

    @property
    def seconds(self) -> float:
        from django.db import connection

        return self.wall if connection.vendor == "postgresql" else self.processor

    def __str__(self) -> str:
        ratio = f"{self.seconds / self.raw.seconds:6.3f} x (goal {self.goal})" if self.raw else ""
        return (
            f"{self.name:18} processor {self.processor:7.2f} s  clock {self.wall:7.2f} s  "
            f"{len(self.measured.times):5} transactions, longest {self.measured.longest * 1000:4.0f} ms "
            f"(processor {self.measured.longest_processor * 1000:.0f})  "
            f"peak {self.peak} MB  {ratio}"
        )


def _slept(run: Callable[[], None]) -> float:
    """The seconds that `run` spent in pauses between its transactions."""
    from monitors.services.lists import transactions

    slept, pause = [0.0], transactions.pause

    def timed(*, waited: float = 0) -> None:
        began = time.perf_counter()
        pause(waited=waited)
        slept[0] += time.perf_counter() - began

    transactions.pause = timed
    try:
        run()
    finally:
        transactions.pause = pause
    return slept[0]


def _users(customers: int) -> list[list[str]]:
    """Who is on each record: half of all on the largest, a tenth on the second."""
    names = [f"customer-{number:07}@bulk.example" for number in range(customers)]
    half, tenth, others = customers // 2, customers // 10, customers // CUSTOMERS_PER_RECORD - 2
    rest = names[half + tenth :]
    return [names[:half], names[half : half + tenth], *(rest[part::others] for part in range(others))]


def _moved(users: list[list[str]]) -> list[list[str]]:
    count = sum(map(len, users)) // CHANGED_SHARE
    return [users[0][count:], [*users[1], *users[0][:count]], *users[2:]]


def _listing(users: list[list[str]]) -> "Listing":
    from monitors.gateway.records import Listing, Record

    records = tuple(
        Record(f"record-{number:06}", f"box-{number}@northmail.example", 1 + number % 1000, tuple(on_it))
        for number, on_it in enumerate(users)
    )
    return Listing(records=records, anomalies=(), size=0, digest=uuid4().hex)


def listing_of(customers: int) -> "Listing":
    return _listing(_users(customers))


def run(listing: "Listing") -> None:
    from monitors.services.lists import refresh

    assert refresh.run(source="bench", fetch=lambda _: replace(listing)) is not None


def _check_counts(listing: "Listing") -> None:
    from monitors.models import Attachment, MonitorRecord

    counts = {record.name: len(record.users or ()) for record in listing.records}
    assert dict(MonitorRecord.objects.values_list("name", "customer_count")) == counts
    assert Attachment.objects.lasting().count() == sum(counts.values())


def _write_raw(customers: int) -> None:
    """The rows of a first fill, table by table, in one transaction."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns, rows in _raw_rows(customers):
            marks = ", ".join(["%s"] * len(columns.split()))
            into = f"INSERT INTO {table} ({', '.join(columns.split())}) VALUES ({marks})"
            while chunk := list(islice(rows, _CHUNK)):
                cursor.executemany(into, chunk)


def _raw_rows(customers: int) -> Iterator[tuple[str, str, Iterator[tuple[Any, ...]]]]:
    from django.db import connection
    from django.utils import timezone

    now, users = connection.ops.adapt_datetimefield_value(timezone.now()), _users(customers)
    numbers = range(1, len(users) + 1)
    names = {number: (f"record-{number:06}", f"box-{number}@northmail.example") for number in numbers}
    yield (
        "monitors_monitorrecord",
        "id name sort_name email frequency customer_count first_seen content_hash changed_at changed_outside",
        (
            (n, name, name, email, n % 1000, len(users[n - 1]), now, "0" * 64, now, False)
            for n, (name, email) in names.items()
        ),
    )
    yield (
        "monitors_recordrevision",
        "record_id name email frequency since",
        ((n, name, email, n % 1000, now) for n, (name, email) in names.items()),
    )
    yield (
        "monitors_customer",
        "id username sort_name first_seen record_count",
        ((n, name, name, now, 1) for n, (_, name) in enumerate(_placements(users), 1)),
    )
    yield (
        "monitors_attachment",
        "record_id customer_id sort_name attached_at since span is_baseline is_endless reason",
        (
            (number, n, name, now, now, 0, True, False, "")
            for n, (number, name) in enumerate(_placements(users), 1)
        ),
    )


def _placements(users: list[list[str]]) -> Iterator[tuple[int, str]]:
    return ((number, name) for number, on_it in enumerate(users, 1) for name in on_it)


def _forget() -> None:
    """The triggers refuse it, and are made again afterwards."""
    from django.db import connection

    from monitors.models import guards

    guards.remove(connection)
    forget()
    guards.install(connection)


def forget() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")
        if (
            connection.vendor == "sqlite"
        ):  # else a first fill would merge what tells that a million names are gone
            for index in INDEXES:
                cursor.execute(f"INSERT INTO {index} ({index}) VALUES ('delete-all')")


if __name__ == "__main__":
    main()
