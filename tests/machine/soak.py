"""The machine at random for as long as wanted: python -m tests.machine.soak --minutes 30 [--seed N] (`make soak`)."""

import argparse
import logging
import os
import random
import sys
import time
import traceback
from itertools import count

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")


def main() -> int:
    asked = _arguments()
    django.setup()
    logging.disable(logging.ERROR)
    from django.db import connection
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        return _play(connection.vendor, minutes=asked.minutes, first_seed=asked.seed)
    finally:
        teardown_databases(databases, verbosity=0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    return parser.parse_args()


def _play(database: str, *, minutes: float, first_seed: int) -> int:
    """One round each with the next seed, until the time is over or something is found."""
    ends_at = time.monotonic() + minutes * 60
    print(f"{database}: from seed {first_seed}", flush=True)
    for seed in count(first_seed):
        problem = _round(seed)
        if problem is not None or time.monotonic() >= ends_at:
            break
    if problem is not None:
        traceback.print_exception(problem, file=sys.stdout)
        print(f"{database}: found with seed {seed}; again: make soak SEED={seed}")
    print(f"{database}: {_summary()}, seeds {first_seed} to {seed}", flush=True)
    return 0 if problem is None else 1


def _round(seed: int) -> BaseException | None:
    from tests.machine import running
    from tests.machine.history_desk import HistoryDesk

    second_append = running.SECOND_APPENDS[seed % len(running.SECOND_APPENDS)]
    try:
        running.run(HistoryDesk, second_append=second_append, profile="soak", seed=seed)
    except (Exception, BaseExceptionGroup) as problem:  # noqa: BLE001 - whatever it is, it is the find
        return problem
    return None


def _summary() -> str:
    from tests.machine.tally import TALLY

    return ", ".join(f"{TALLY[what]:,} {what}" for what in ("examples", "steps", "operations"))


if __name__ == "__main__":
    raise SystemExit(main())
