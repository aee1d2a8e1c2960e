"""What happens to the machine: processes are killed, PostgreSQL is shut down or crashes, and all of them come back."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tests.endurance.background import again_and_again
from tests.endurance.kills import kill_web, kill_worker
from tests.postgres import Cluster
from tests.product import Product

KILL_PAUSE_SECONDS = (3.0, 10.0)
RESTART_PAUSE_SECONDS = (10.0, 30.0)
DOWN_SECONDS = (0.0, 5.0)  # longer than an answer is tried to be recorded, now and then


@contextmanager
def outages(desk: Product, cluster: Cluster, *, seed: int) -> Iterator[Counter[str]]:
    """Until the block ends; how often each counts."""
    counts = Counter[str]()
    kill_chance, restart_chance = random.Random(f"kills {seed}"), random.Random(f"restarts {seed}")
    with (
        again_and_again(
            lambda: counts.update([_kill(desk, kill_chance)]),
            pause=partial(kill_chance.uniform, *KILL_PAUSE_SECONDS),
        ),
        again_and_again(
            lambda: counts.update([_restart(cluster, restart_chance)]),
            pause=partial(restart_chance.uniform, *RESTART_PAUSE_SECONDS),
        ),
    ):
        yield counts


def _kill(desk: Product, chance: random.Random) -> str:
    return chance.choice([kill_web, kill_worker])(desk, chance)


def _restart(cluster: Cluster, chance: random.Random) -> str:
    mode = chance.choice(["fast", "immediate"])
    cluster.stop(mode=mode)
    time.sleep(chance.uniform(*DOWN_SECONDS))
    cluster.start()
    return {"fast": "restart", "immediate": "crash"}[mode] + " of PostgreSQL"
