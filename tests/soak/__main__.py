"""Rounds until the time is over or something is found: python -m tests.soak --minutes 30 [--seed N] (`make soak`)."""

import argparse
import os
import random
import time
import traceback
from itertools import count

import django

from tests.postgres import Cluster, cluster
from tests.soak.tally import Tally
from tests.template_database import begin_run, end_run

ROUND_SECONDS = 180
MIN_ROUND_SECONDS = 30  # of the last one, which the end of the time cuts short


def main() -> int:
    arguments = _arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    folder = begin_run()
    try:
        with cluster(is_durable=True) as own:
            return _play(own, minutes=arguments.minutes, first_seed=arguments.seed)
    finally:
        end_run(folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    return parser.parse_args()


def _play(own: Cluster, *, minutes: float, first_seed: int) -> int:
    began, tally = time.monotonic(), Tally()
    print(f"real processes: from seed {first_seed}", flush=True)
    for seed in count(first_seed):
        left = minutes * 60 - (time.monotonic() - began)
        _round(own, tally, seed=seed, seconds=min(ROUND_SECONDS, max(left, MIN_ROUND_SECONDS)))
        if tally.differences or time.monotonic() - began > minutes * 60 - MIN_ROUND_SECONDS:
            break
    for difference in tally.differences:
        print(difference)
    if tally.differences:
        print(f"real processes: found with seed {seed}; again: make soak SEED={seed}")
    duration = (time.monotonic() - began) / 60
    print(f"real processes: {tally.paragraph(first_seed=first_seed, minutes=duration)}", flush=True)
    return 1 if tally.differences else 0


def _round(own: Cluster, tally: Tally, *, seed: int, seconds: float) -> None:
    from tests.soak.round import play  # only now can models be loaded

    try:
        play(own, tally, seed=seed, seconds=seconds)
    except Exception:  # noqa: BLE001 - whatever it is, it is the find
        tally.differences.append(f"seed {seed}: {traceback.format_exc()}")


if __name__ == "__main__":
    raise SystemExit(main())
