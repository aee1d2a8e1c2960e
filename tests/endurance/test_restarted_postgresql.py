"""PostgreSQL restarted under load: no 500, pages that say so in the desk's own words, and all is settled."""

import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from monitors.sandbox.server import SandboxServer
from tests.endurance.answers import Answers, false_pages
from tests.endurance.background import again_and_again
from tests.endurance.ledger import calls_of_nobody, false_words, let_settle, lines
from tests.endurance.staff import MAILBOXES, Manager
from tests.endurance.visitor import Visitor
from tests.fresh_database import Postgres
from tests.postgres import Cluster, cluster
from tests.product import Product, wait_until

CUSTOMERS = [f"customer {n}" for n in range(20)]
SHORT_WAITS = {"SENDGRID_DEADLINE": "5", "SENDGRID_READ_TIMEOUT": "5"}
DOWN_SECONDS = 2.5  # more than an end is tried to be recorded, see tests/product_settings.py
STOP_MODES = ("fast", "immediate")  # shut down in order, and crash

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="a file cannot be restarted"
    ),
]


@contextmanager
def desk_on(own: Cluster) -> Iterator[Product]:
    sandbox = SandboxServer(control_port=None, latency_ms=300, second_append="both")
    sandbox.store.seed(records=[(f"shared {n}", MAILBOXES[0], 5, ()) for n in range(6)], customers=CUSTOMERS)
    database = Postgres(own.url, patience=30)
    with Product(workers=2, worker=2, sandbox=sandbox, overrides=SHORT_WAITS, database=database) as desk:
        yield desk


def restart(own: Cluster, mode: str) -> None:
    own.stop(mode=mode)
    time.sleep(DOWN_SECONDS)
    own.start()


def test_postgresql_restarted_under_load_is_no_500_and_every_write_is_settled_truthfully():
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    with cluster(is_durable=True) as own, desk_on(own) as desk, ExitStack() as people:
        answers = Answers()
        visitors = [people.enter_context(Visitor(desk.url, name)) for name in ("ana", "ben", "ana", "ben")]
        visitors[0].refresh()
        wait_until(lambda: desk.rows("SELECT 1 FROM monitors_monitorrecord"))
        staff = [
            Manager(desk, answers.watch(visitor), seed=seed + n, users=CUSTOMERS)
            for n, visitor in enumerate(visitors)
        ]

        work_through_restarts(own, staff)

        print(answers.statuses, [page.state for page in answers.unavailable])
        assert answers.surprises == []
        assert answers.unavailable != []
        let_settle(desk, visitors[1])
        assert false_pages(desk, answers) == []
        assert calls_of_nobody(desk) == []
        assert false_words(desk) == []
        assert_answers_came_from_the_spool(desk, answers)
        assert "events hold" in desk.manage("verify_audit")


def work_through_restarts(own: Cluster, staff: list[Manager]) -> None:
    """Also somebody who only reads, all the time."""
    reader = staff[0].visitor
    with ThreadPoolExecutor(len(staff)) as pool, again_and_again(lambda: reader.get("/"), pause=0.1):
        is_over = time.monotonic() + len(STOP_MODES) * 6
        working = [pool.submit(manager.work_until, is_over) for manager in staff]
        for mode in STOP_MODES:
            time.sleep(1.5)
            restart(own, mode)
        for worker in working:
            worker.result()


def assert_answers_came_from_the_spool(desk: Product, answers: Answers) -> None:
    """What a page promised to record, and what the workers kept, is recorded."""
    promises = {page.operation for page in answers.unavailable if page.is_kept}
    operations = [line for line in lines(desk) if line.uuid in promises]
    assert {line.uuid for line in operations if line.is_recorded} == promises
    assert list(desk.spool.glob("*")) == []
