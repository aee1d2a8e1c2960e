"""What one append costs beyond SendGrid's time, before and after a million others, and how many eight people make.

python -m benchmarks.appends [sqlite|postgresql]
"""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from benchmarks import databases, processors, scratch, stopwatch
from benchmarks.population import Population, fill, fill_operations

if TYPE_CHECKING:
    from django.test import Client

    from monitors.sandbox.server import SandboxServer
    from tests.product import Product

Meters = Mapping[str, Callable[[], float]]  # seconds of processor that a part has used
Desk = Callable[[], AbstractContextManager[None]]  # which database is asked within the block
PEOPLE, SECONDS = 8, 15
RECORDS, PAST = 500, 1_000_000
APPENDS, WARM_UP, TURNS = 200, 20, 20  # in one process, one after the other
RECORD_ID = 9  # of the record that customers are appended to
MAX_MILLISECONDS, MAX_STATEMENTS, MAX_RATIO = 12, 18, 1.1
MIN_A_SECOND = {"SQLite": 60, "PostgreSQL": 100}


def main() -> None:
    databases.on_each("benchmarks.appends", measure, is_durable=True)


def measure(database: str) -> None:
    print(f"== {database}")
    with scratch.desk() as server:
        together(database)
        alone(server)


def alone(server: "SandboxServer") -> None:
    """The person's request in this process, by its processor; what it queued is sent outside the time."""
    from django.conf import settings

    settings.PACE = replace(settings.PACE, worker_silent_after=timedelta(days=1))
    population = Population(records=RECORDS, ended=0, events=0, operations=PAST)
    fill(Population(records=RECORDS, ended=0, events=0))
    names = _customers(population)
    server.store.seed(records=[(_record(), "a@northmail.example", 5, ())], customers=names)
    client, customers = _client(), iter(names[population.customers // 2 :])
    statements = _statements(client, customers)
    with _copy_with_a_past(population) as past:
        young, old = _cost_in_turns(client, customers, past)
        with past():
            locked = _under_the_lock(client, customers)
    ratio = old / young
    print(f"statements {statements} (at most {MAX_STATEMENTS}, with the session, the person and their roles)")
    print(
        f"processor {young.processor:.1f} ms (at most {MAX_MILLISECONDS}), by the clock {young.wall:.1f} ms"
    )
    print(
        f"after {PAST:,} operations {old.processor:.1f} ms, {ratio.processor:.2f} times (at most {MAX_RATIO}), "
        f"by the clock {old.wall:.1f} ms, {ratio.wall:.2f} times"
    )
    print(f"under the writers' lock {locked.processor:.1f} ms, by the clock {locked.wall:.1f} ms")


@contextmanager
def _copy_with_a_past(population: Population) -> Iterator[Desk]:
    """A second database, copied from this one, that has the past operations; what it yields turns to it."""
    from django.db import connections

    creation = connections["default"].creation
    connections["default"].close()
    creation.clone_test_db("past", verbosity=0)
    copy = connections.create_connection("default")
    copy.settings_dict = creation.get_test_db_clone_settings("past")

    @contextmanager
    def turned() -> Iterator[None]:
        own = connections["default"]
        connections["default"] = copy
        try:
            yield
        finally:
            connections["default"] = own

    with turned():
        fill_operations(population)
    yield turned
    copy.close()


def _record() -> str:
    return f"record-{RECORD_ID:07}"


def _customers(population: Population) -> list[str]:
    return [f"customer-{number:07}" for number in range(1, population.customers + 1)]


def _client() -> "Client":
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from monitors.demo.people import make_people

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "whitenoise" not in name]
    make_people()
    client = Client()
    client.force_login(User.objects.get(username="ana"))
    return client


def _append(client: "Client", customer: str) -> None:
    form = {"user": customer, "reason": "ESC-1", "token": str(uuid4()), "elsewhere": "too"}
    answer = client.post(f"/records/{RECORD_ID}/append/", form)
    assert answer.status_code == 302, answer.content


def _send() -> None:
    """As a worker does, in this thread."""
    from django.utils import timezone

    from monitors.models import Mirror
    from monitors.services.senders import Dispatcher

    Mirror.objects.update(worker_seen_at=timezone.now())
    dispatcher = Dispatcher(1)
    dispatcher.turn()
    while not dispatcher.is_idle:
        while (claimed := dispatcher.next_one()) is not None:
            dispatcher.send_one(claimed)
        dispatcher.turn()


def _statements(client: "Client", customers: Iterator[str]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(WARM_UP):
        _send()
        _append(client, next(customers))
    _send()
    with CaptureQueriesContext(connection) as queries:
        _append(client, next(customers))
    return len(queries)


def _under_the_lock(client: "Client", customers: Iterator[str]) -> "Cost":
    """An append's transactions, the request's and the worker's, while which nobody else can write."""
    with stopwatch.transactions() as measured:
        for _ in range(APPENDS):
            _append(client, next(customers))
            _send()
    walls, processors = zip(*measured.times, strict=True)
    return Cost(sum(processors) * 1000 / APPENDS, sum(walls) * 1000 / APPENDS)


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one append, the median: this thread's processor, and by the clock with the database."""

    processor: float
    wall: float

    def __truediv__(self, other: "Cost") -> "Cost":
        return Cost(self.processor / other.processor, self.wall / other.wall)


def _cost_in_turns(client: "Client", customers: Iterator[str], past: Desk) -> tuple[Cost, Cost]:
    """Of an append without and with the past operations: a machine may be slower for a minute, but for both."""
    young: list[tuple[float, float]] = []
    old: list[tuple[float, float]] = []
    for _ in range(TURNS):
        for desk, times in ((nullcontext, young), (past, old)):
            with desk():
                _append(client, next(customers))  # warms up
                _send()
                times += [_timed(client, next(customers)) for _ in range(APPENDS // TURNS)]
    return _median(young), _median(old)


def _timed(client: "Client", customer: str) -> tuple[float, float]:
    processor, wall = time.thread_time(), time.perf_counter()
    _append(client, customer)
    seconds = time.thread_time() - processor, time.perf_counter() - wall
    _send()
    return seconds


def _median(times: Sequence[tuple[float, float]]) -> Cost:
    return Cost(*(statistics.median(each) * 1000 for each in zip(*times, strict=True)))


def together(database: str) -> None:
    """Eight people against gunicorn, with a worker that fetches the lists; all on this machine."""
    from tests.product import Product, wait_until
    from tests.template_database import begin_run, end_run

    folder = begin_run()
    try:
        with Product(workers=2, threads=4) as product:
            names = [f"customer-{number:05}" for number in range(SECONDS * 400)]
            product.sandbox.store.seed(records=[("one", "a@northmail.example", 5, ())], customers=names)
            product.start_worker()
            wait_until(lambda: product.rows("SELECT asked_at FROM monitors_mirror")[0][0])
            count, used = _eight_people(product.url, names, _meters(product, database))
        print(
            f"{count / SECONDS:.0f} appends a second by {PEOPLE} people (at least {MIN_A_SECOND[database]})"
        )
        parts = ", ".join(f"{name} {seconds * 1000 / count:.1f}" for name, seconds in used.items())
        print(f"processor of an append {sum(used.values()) * 1000 / count:.1f} ms: {parts}")
    finally:
        end_run(folder)


def _meters(product: "Product", database: str) -> Meters:
    """By the names of the parts; the sandbox and the eight people are in this process."""
    web, worker = product.web_pids[0], product.worker_pids[0]
    meters = {
        "web": lambda: processors.used(web),
        "worker": lambda: processors.used(worker),
        "sandbox and people": processors.used_here,
    }
    if database != "PostgreSQL":
        return meters
    [[child]] = product.rows("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
    server = processors.parent(child)
    return meters | {"PostgreSQL": lambda: processors.used(server)}


def _eight_people(url: str, names: list[str], meters: Meters) -> tuple[int, dict[str, float]]:
    """How many appends, and the seconds of processor meanwhile."""
    from tests.endurance.visitor import Visitor

    before: dict[str, float] = {}

    def begin() -> None:
        before.update({name: read() for name, read in meters.items()})

    counts, is_ready = [0] * PEOPLE, threading.Barrier(PEOPLE, action=begin)

    def act(number: int) -> None:
        mine = iter(names[number::PEOPLE])
        with Visitor(url, "ana") as visitor:
            form = _Form(url, dict(visitor.session.cookies))
            form.append(next(mine))
            is_ready.wait()
            ends_at = time.monotonic() + SECONDS
            while time.monotonic() < ends_at:
                form.append(next(mine))
                counts[number] += 1

    people = [threading.Thread(target=act, args=(number,)) for number in range(PEOPLE)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return sum(counts), {name: read() - before[name] for name, read in meters.items()}


class _Form:
    """One person's, on a connection that stays: what sends the load shares the machine with what is measured."""

    def __init__(self, url: str, cookies: dict[str, str]) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._csrf = cookies["csrftoken"]
        self._headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def append(self, customer: str) -> None:
        fields = {"csrfmiddlewaretoken": self._csrf, "token": str(uuid4()), "user": customer}
        self._connection.request("POST", "/records/1/append/", urlencode(fields), self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status == 302, text


if __name__ == "__main__":
    main()
