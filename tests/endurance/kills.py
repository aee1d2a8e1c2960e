"""SIGKILL to processes of the product, which come back."""

import os
import random
import signal
from contextlib import suppress

from tests.product import Product


def kill_web(desk: Product, chance: random.Random) -> str:
    """One of gunicorn's workers, which its master replaces, or the master with all of them; what was killed."""
    _master, *workers = desk.web_pids
    if workers and chance.random() < 0.5:
        with suppress(ProcessLookupError):
            os.kill(chance.choice(workers), signal.SIGKILL)
        return "one web process"
    desk.kill_web()
    desk.start_web()
    return "all web processes"


def kill_worker(desk: Product, chance: random.Random) -> str:
    number = chance.randrange(desk.worker_count)
    desk.kill_worker(number)
    desk.start_worker(number)
    return "worker"
