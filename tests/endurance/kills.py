"""SIGKILL to processes of the product, which come back."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from tests.endurance.background import again_and_again
from tests.endurance.ledger import writes
from tests.product import Product, wait_until


def kill_web(desk: Product, chance: random.Random) -> str:
    """One of gunicorn's workers, which its master replaces, or the master with all of them; what was killed."""
    _master, *workers = desk.web_pids
    if workers and chance.random() < 0.5:
        killed = chance.choice(workers)
        with suppress(ProcessLookupError):
            os.kill(killed, signal.SIGKILL)
        # Only then whoever asks next finds a kept connection closed, and not while the question is on its way.
        wait_until(lambda: killed not in desk.web_pids)
        return "one web process"
    desk.kill_web()
    desk.start_web()
    return "all web processes"


def kill_worker(desk: Product, chance: random.Random) -> str:
    number = chance.randrange(desk.worker_count)
    desk.kill_worker(number)
    desk.start_worker(number)
    return "worker"


def killing_workers(desk: Product, chance: random.Random) -> AbstractContextManager[list[str]]:
    return killing(desk, chance, kill_worker, (1, 12))


@contextmanager
def killing(
    desk: Product,
    chance: random.Random,
    kill: Callable[[Product, random.Random], str],
    between: tuple[int, int],
) -> Iterator[list[str]]:
    """Until the block ends, and never twice without as many calls `between`: a slow machine gets on too."""
    kills: list[str] = []
    last = 0

    def kill_after_some_calls() -> None:
        nonlocal last
        if len(writes(desk)) >= last:
            time.sleep(chance.uniform(0, 0.3))
            kills.append(kill(desk, chance))
            last = len(writes(desk)) + chance.randint(*between)

    with again_and_again(kill_after_some_calls, pause=0.05):
        yield kills
