"""Pages a second with two workers of four threads: records against the admin's change list, taking turns.

python -m benchmarks.throughput [sqlite|postgresql]; SIZE is the number of records.
"""

import statistics
import threading
import time

from benchmarks import databases, peer, scratch, web

PEOPLE, SECONDS, TURNS = 8, 4, 3
PATHS = {
    "admin: records": peer.PATH,
    "records": "/",
    "largest record": "/records/1/",
    "customers": "/customers/",
    "customer": "/customers/7/",
}
MIN_RATIO = 3


def main() -> None:
    databases.on_each("benchmarks.throughput", _measure)


def _measure(database: str) -> None:
    with scratch.desk():
        from benchmarks.pages import fill_desk

        fill_desk(events=10_000)
        with web.served(workers=2, threads=4) as desk:
            rates: dict[str, list[float]] = {name: [] for name in PATHS}
            for _ in range(TURNS):
                for name, path in PATHS.items():
                    rates[name].append(_rate(desk, path))
    _print(database, {name: statistics.median(each) for name, each in rates.items()})


def _rate(desk: web.Web, path: str) -> float:
    """Pages a second that eight people get who ask again at once."""
    counts, ends_at = [0] * PEOPLE, time.monotonic() + SECONDS

    def ask(number: int) -> None:
        connection = desk.connect()
        while time.monotonic() < ends_at:
            desk.get(connection, path)
            counts[number] += 1

    people = [threading.Thread(target=ask, args=(number,)) for number in range(PEOPLE)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return sum(counts) / SECONDS


def _print(database: str, rates: dict[str, float]) -> None:
    print(
        f"\n{database}, {databases.SIZE:,} records, 2 workers × 4 threads, {PEOPLE} people, medians of {TURNS}"
    )
    for name, rate in rates.items():
        print(f"{name:20}{rate:8.0f} pages/s{rate / rates['admin: records']:8.2f} × admin")
    print(f"(records: at least {MIN_RATIO} × admin)")


if __name__ == "__main__":
    main()
