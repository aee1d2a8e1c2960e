"""Two people, two processes, refreshes and outside changes at once: the end is the upstream's, and every word true."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from monitors.sandbox.server import SandboxServer
from tests.endurance.background import again_and_again
from tests.endurance.ledger import calls_of_nobody, false_words, let_settle, lines, mirror_of
from tests.endurance.outsiders import OUTSIDERS_RECORDS, STRANGERS, Outsiders
from tests.endurance.staff import MAILBOXES, Manager
from tests.endurance.visitor import Visitor
from tests.product import Product, wait_until

ACTIONS = 40  # of each person
CUSTOMERS = [f"customer {n}" for n in range(12)]
SHORT_WAITS = {"SENDGRID_DEADLINE": "2", "SENDGRID_READ_TIMEOUT": "2", "REFRESH_SECONDS": "1"}


# Not `lie`: after one, no list can tell what the next operation on the same customer did.
FAULTS = ("close_before_answer", "rst_within_answer", "status_500_html", "truncated", "unknown_message")


@pytest.mark.slow
@pytest.mark.parametrize("has_worker", [False, True], ids=["no worker", "worker"])
@pytest.mark.parametrize("is_ill", [False, True], ids=["healthy", "ill"])
def test_end_is_the_upstreams(has_worker, is_ill):
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    with (
        Product(workers=2, worker=has_worker, sandbox=shared(), overrides=SHORT_WAITS) as desk,
        ExitStack() as stack,
    ):
        people = [stack.enter_context(Visitor(desk.url, name)) for name in ("ana", "ben", "sam")]
        people[2].refresh()
        wait_until(lambda: mirror_of(desk))

        statuses = everybody_works(desk, people, seed=seed, is_ill=is_ill)

        assert set(statuses) <= {302, 404, 422}
        let_settle(desk, people[1])
        assert len(lines(desk)) > ACTIONS / 4  # not everything waited behind something else
        assert calls_of_nobody(desk) == []
        assert false_words(desk, but_for=OUTSIDERS_RECORDS) == []
        assert "events hold" in desk.manage("verify_audit")


def shared() -> SandboxServer:
    # Where an append moves, a detach from the old record is shown by the list whether it was done or not.
    sandbox = SandboxServer(control_port=None, latency_ms=30, second_append="both")
    sandbox.store.seed(
        records=[(f"shared {n}", MAILBOXES[0], 5, ()) for n in range(4)], customers=CUSTOMERS + STRANGERS
    )
    return sandbox


def everybody_works(desk: Product, people: list[Visitor], *, seed: int, is_ill: bool) -> list[int | str]:
    """Two make changes, the third presses Refresh, others use the API directly; what the two were answered."""
    chance, others = random.Random(seed), Outsiders(desk.sandbox.store, seed)
    managers = [Manager(desk, person, seed=seed + n, users=CUSTOMERS) for n, person in enumerate(people[:2])]
    with ExitStack() as busy:
        busy.enter_context(again_and_again(people[2].refresh, pause=0.05))
        busy.enter_context(again_and_again(others.change, pause=0.05))
        if is_ill:
            busy.enter_context(again_and_again(lambda: break_something(desk.sandbox, chance), pause=0.4))
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda manager: manager.work(ACTIONS), managers))
    desk.sandbox.clear()
    return [status for manager in managers for status in manager.answers]


def break_something(sandbox: SandboxServer, chance: random.Random) -> None:
    sandbox.fault(chance.choice(FAULTS), task="write", applied=chance.random() < 0.5)
