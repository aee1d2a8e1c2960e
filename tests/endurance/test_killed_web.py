"""kill -9 of the web at random moments: nothing leaves without a committed operation, and all of them settle."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from monitors.sandbox.server import SandboxServer
from tests.endurance.kills import kill_web, killing
from tests.endurance.ledger import calls_of_nobody, false_words, let_settle, lines
from tests.endurance.staff import MAILBOXES, Manager
from tests.endurance.visitor import Visitor
from tests.product import Product

CLIENTS, ACTIONS = 4, 50
CALLS_BETWEEN = (2, 6)  # two kills
CUSTOMERS = [f"customer {n}" for n in range(20)]
SHORT_WAITS = {"SENDGRID_DEADLINE": "2", "SENDGRID_READ_TIMEOUT": "2"}


@pytest.mark.slow
def test_nothing_leaves_without_a_committed_operation_and_all_settle():
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    # As in test_everybody_at_once: after a silent move, no list could tell what a lost detach did.
    sandbox = SandboxServer(control_port=None, latency_ms=40, second_append="both")
    sandbox.store.seed(records=[(f"shared {n}", MAILBOXES[0], 5, ()) for n in range(6)], customers=CUSTOMERS)
    with (
        Product(workers=2, sandbox=sandbox, overrides=SHORT_WAITS, is_killed_often=True) as desk,
        ExitStack() as stack,
    ):
        names = ("ana", "ben", "ana", "ben")
        people = [stack.enter_context(Visitor(desk.url, name, timeout=10)) for name in names]
        people[0].refresh()
        managers = [Manager(desk, person, seed=seed + n, users=CUSTOMERS) for n, person in enumerate(people)]

        killed = killing(desk, random.Random(seed), kill_web, CALLS_BETWEEN)
        with killed as kills, ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda manager: manager.work(ACTIONS), managers))

        answers = [answer for manager in managers for answer in manager.answers]
        statuses = [answer for answer in answers if isinstance(answer, int)]
        print(f"{len(kills)} kills, {len(statuses)} of {len(answers)} actions answered: {kills}")
        assert len(answers) == CLIENTS * ACTIONS
        assert len(kills) > 5
        assert set(statuses) <= {302, 404, 422}
        let_settle(desk, people[1])
        assert desk.rows("SELECT 1 FROM monitors_auditevent WHERE kind = 'operation.abandoned'") != []
        assert calls_of_nobody(desk) == []
        assert false_words(desk) == []
        # Or the above says little.
        assert sum(bool(line.calls) for line in lines(desk)) > len(kills)
        assert "events hold" in desk.manage("verify_audit")
