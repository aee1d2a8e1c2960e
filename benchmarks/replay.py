"""What it takes to play a long log again beside the history: `python -m benchmarks.replay [events]`, SQLite.

The log is the one of benchmarks.proof, of which every event says something of the history: a record for each twenty
events. It is verified by `verify_audit --history` in a process of its own, so that nothing else counts: events a second
of processor, and the most that this process held.
"""

import os
import resource
import subprocess
import sys
import time

EVENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
os.environ["SIZE"] = str(EVENTS // 20)


def main() -> None:
    from benchmarks import proof, scratch

    with scratch.desk():
        from django.db import connection

        from monitors.models import guards
        from monitors.services.log import history

        guards.remove(connection)
        began = time.perf_counter()
        proof.write(EVENTS)
        guards.install(connection)
        print(f"{EVENTS:,} events, written in {time.perf_counter() - began:.0f} s", flush=True)
        digest = _seconds_of(resource.RUSAGE_SELF)
        history.write_digest()
        print(f"digest of the tables {_seconds_of(resource.RUSAGE_SELF) - digest:.1f} s", flush=True)
        chain, peak = _verify()
        print(f"chain alone: {EVENTS / chain:,.0f} events a second of processor, {peak} MB", flush=True)
        whole, peak = _verify("--history")
        print(
            f"replay: {EVENTS / (whole - chain):,.0f} events a second of processor ({whole - chain:.0f} s), {peak} MB",
            flush=True,
        )


def _verify(*options: str) -> tuple[float, int]:
    """Seconds of processor of a process of its own, and megabytes of the largest so far."""
    before = _seconds_of(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "manage.py", "verify_audit", *options], check=True)
    spent = _seconds_of(resource.RUSAGE_CHILDREN) - before
    return spent, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def _seconds_of(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
