"""One round: everybody works on a fresh desk while everything breaks, then it must be as if nothing had."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import requests

from monitors.sandbox.server import SandboxServer
from tests.endurance.answers import Answers
from tests.endurance.background import again_and_again
from tests.endurance.ledger import accept_held_list, lines, mirror_of
from tests.endurance.outsiders import STRANGERS, Outsiders
from tests.endurance.staff import MAILBOXES, Manager
from tests.endurance.visitor import Visitor
from tests.fresh_database import Postgres
from tests.postgres import Cluster
from tests.product import Product, wait_until
from tests.soak import placements
from tests.soak.faults import break_something
from tests.soak.findings import differences
from tests.soak.outages import outages
from tests.soak.reader import Reader
from tests.soak.tally import Tally

CUSTOMERS = [f"customer {n}" for n in range(24)]
RECORDS = [f"shared {n}" for n in range(8)]
MANAGERS = ("ana", "ben", "ana", "ben")
READER = ADMINISTRATOR = "ben"  # may see every page
PAUSE_SECONDS = 0.1
WAITS = {"SENDGRID_DEADLINE": "2", "SENDGRID_READ_TIMEOUT": "2", "REFRESH_SECONDS": "1"}


@dataclass(frozen=True, slots=True)
class Staff:
    managers: list[Manager]
    reader: Reader
    administrator: Visitor
    answers: Answers

    @property
    def unanswered(self) -> int:
        answers = [answer for manager in self.managers for answer in manager.answers]
        return self.reader.unanswered + sum(isinstance(answer, str) for answer in answers)


def play(cluster: Cluster, tally: Tally, *, seed: int, seconds: float) -> None:
    """Add a round to the tally."""
    database = Postgres(cluster.url, patience=60)
    settings = WAITS | _choices(database, seed)
    with (
        Product(workers=2, worker=2, sandbox=_sandbox(), overrides=settings, database=database) as desk,
        ExitStack() as people,
    ):
        staff = _staff(desk, people, seed=seed)
        tally.outages.update(_work(desk, cluster, staff, seed=seed, seconds=seconds))
        problems = differences(desk, staff.administrator, staff.answers, users=CUSTOMERS)
        _add_up(tally, desk, staff)
        if problems:
            print(desk.log_text())
        tally.differences += [f"seed {seed}: {line}" for line in problems]


def _choices(database: Postgres, seed: int) -> dict[str, str]:
    """JSON and XML in turns; the queue in turns in a file of its own and in the cluster, which then takes it along."""
    queue = {"QUEUE_URL": database.url} if seed % 2 else {}
    return queue | {"SENDGRID_API_FORMAT": "xml" if seed // 2 % 2 else "json"}


def _sandbox() -> SandboxServer:
    # Where an append moves, a detach from the old record is shown by the list whether it was done or not.
    sandbox = SandboxServer(control_port=None, latency_ms=30, second_append="both")
    placements.write_down(sandbox.store)
    sandbox.store.seed(
        records=[(name, MAILBOXES[0], 5, ()) for name in RECORDS], customers=CUSTOMERS + STRANGERS
    )
    return sandbox


def _staff(desk: Product, people: ExitStack, *, seed: int) -> Staff:
    answers = Answers()
    visitors = [
        people.enter_context(Visitor(desk.url, name, timeout=30))
        for name in (*MANAGERS, READER, ADMINISTRATOR)
    ]
    visitors[-1].refresh()
    wait_until(lambda: mirror_of(desk))
    for visitor in visitors:
        answers.watch(visitor)
    *colleagues, reader, administrator = visitors
    managers = [Manager(desk, person, seed=seed + n, users=CUSTOMERS) for n, person in enumerate(colleagues)]
    return Staff(managers, Reader(desk, reader, seed=seed), administrator, answers)


def _work(desk: Product, cluster: Cluster, staff: Staff, *, seed: int, seconds: float) -> Counter[str]:
    """Everybody until the time is over; which outages there were."""
    chance, outsiders = random.Random(f"faults {seed}"), Outsiders(desk.sandbox.store, seed)
    ends_at = time.monotonic() + seconds
    with ExitStack() as busy:
        counts = busy.enter_context(outages(desk, cluster, seed=seed))
        for do, pause in (
            (outsiders.change, 0.3),
            (lambda: break_something(desk.sandbox, chance), 0.9),
            (staff.reader.read, 0.1),
            (lambda: _look_after_lists(desk, staff.administrator), 3),
        ):
            busy.enter_context(again_and_again(do, pause=pause))
        with ThreadPoolExecutor(len(staff.managers)) as pool:
            list(pool.map(lambda manager: manager.work_until(ends_at, pause=PAUSE_SECONDS), staff.managers))
    desk.sandbox.clear()
    return counts


def _look_after_lists(desk: Product, administrator: Visitor) -> None:
    with suppress(requests.RequestException):
        administrator.post("/refresh/")
        accept_held_list(desk, administrator)


def _add_up(tally: Tally, desk: Product, staff: Staff) -> None:
    tally.rounds += 1
    tally.requests.update({str(status): count for status, count in staff.answers.statuses.items()})
    tally.requests["without an answer"] += staff.unanswered
    tally.writes.update(line.state for line in lines(desk))
    tally.lists.update(outcome for (outcome,) in desk.rows("SELECT outcome FROM monitors_refresh"))
    tally.faults += sum(call.fault is not None for call in desk.sandbox.calls)
    tally.kept_ends += sum(page.is_kept for page in staff.answers.unavailable)
