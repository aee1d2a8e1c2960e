"""What a web worker holds in memory while it answers mixed requests, ten thousand of them.

python -m benchmarks.memory [sqlite|postgresql]; SIZE is the number of records, REQUESTS how many it answers.
"""

import os
import random
import threading
from pathlib import Path

from benchmarks import databases, scratch, web

STEP, PEOPLE = 500, 4
REQUESTS = int(os.environ.get("REQUESTS", "10000"))
MAX_MEGABYTES = 90


def main() -> None:
    databases.on_each("benchmarks.memory", _measure)


def _measure(database: str) -> None:
    with scratch.desk():
        from benchmarks.pages import fill_desk

        fill_desk(events=10_000)
        with web.served(workers=1, threads=4) as desk:
            (worker,) = desk.workers()
            print(
                f"\n{database}, {databases.SIZE:,} records; MB of a worker of four threads (at most {MAX_MEGABYTES})"
            )
            print(f"{0:8,}{_megabytes(worker):8.1f}", flush=True)
            for done in range(STEP, REQUESTS + 1, STEP):
                _ask(desk, done)
                print(f"{done:8,}{_megabytes(worker):8.1f}", flush=True)


def _ask(desk: web.Web, seed: int) -> None:
    def ask(number: int) -> None:
        dice, connection = random.Random(seed + number), desk.connect()
        for _ in range(STEP // PEOPLE):
            desk.get(connection, _path(dice))

    people = [threading.Thread(target=ask, args=(number,)) for number in range(PEOPLE)]
    for person in people:
        person.start()
    for person in people:
        person.join()


def _path(dice: random.Random) -> str:
    """As people turn to them: mostly lists, records and customers."""
    record, customer = dice.randint(1, databases.SIZE), dice.randint(1, databases.CUSTOMERS)
    pages = {
        "/": 10,
        f"/?after={record}": 5,
        f"/?sort=-customers&filter=changed-outside&after={record}": 2,
        f"/records/{record}/": 15,
        f"/records/1/?after={customer}": 5,
        f"/records/{record}/edit/": 3,
        f"/customers/?after={customer}": 10,
        f"/customers/{customer}/": 15,
        f"/search/?q={customer}": 10,
        f"/customers/suggest/?q={customer}": 15,
        "/audit/": 4,
        f"/audit/?record=%23{record}": 2,
        f"/monitored/?customer=%23{customer}": 1,
        "/insight/": 1,
        "/upstream/": 2,
    }
    return dice.choices(list(pages), list(pages.values()))[0]


def _megabytes(pid: int) -> float:
    """Resident, shared pages included."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


if __name__ == "__main__":
    main()
