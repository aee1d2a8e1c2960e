"""Prints the KiB by which one call raises the peak memory of a new process: URL FORMAT list|create."""

import sys
from collections.abc import Callable
from pathlib import Path

from monitors.gateway.client import Format

from .calls import end_of, gateway


def peak() -> int:
    """Not from getrusage: a child inherits that value from its parent."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def main(url: str, form: str, task: str) -> None:
    caller = gateway(url, Format(form), key="canary", deadline=30)
    calls: dict[str, Callable[[], object]] = {
        "list": caller.list_records,
        "create": lambda: caller.create(name="a", email="a@b.example", frequency=1),
    }
    # The other call, which meets no fault, imports what is imported once.
    end_of(calls["create" if task == "list" else "list"])
    before = peak()

    end = end_of(calls[task])

    print(peak() - before, type(end).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
